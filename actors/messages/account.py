"""What accounts can be told. The key of an "account" is the user's id; the one "helpdesk" is for those without."""

from msgspec import Struct

from actors.values import Caller


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message about accounts. None of them belongs into a log."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


class ChangeProfile(Message, frozen=True, kw_only=True):
    """Change some of fullname, phone, birthday and gender; None clears. Answer: `Done`."""

    changes: dict[str, str | None]


class ChangePassword(Message, frozen=True, kw_only=True):
    """Set a password in place of the one that was shown to be known, and end all sessions.

    Answer: `SessionBegun` with a new one; `unauthenticated` when the password is not `instead_of` any more.
    """

    new_hash: str
    instead_of: str | None


class ResetPassword(Message, frozen=True, kw_only=True):
    """Use a reset token to set a password, and end all sessions. Answer: `Done`; `bad_request` for a dead token."""

    token: str
    new_hash: str


class SignOut(Message, frozen=True, kw_only=True):
    """End one session. Answer: `Done`."""

    token: str
    session_id: str


class DeleteAccount(Message, frozen=True, kw_only=True):
    """End the account and its bots. Answer: `Done`; `conflict` for the last administrator."""

    by: Caller


class Forgot(Message, frozen=True, kw_only=True):
    """Somebody who gives this address forgot the password. No answer."""

    email: str


AnyAccountMessage = ChangeProfile | ChangePassword | ResetPassword | SignOut | DeleteAccount
