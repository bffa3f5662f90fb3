"""The answers that actors give to each other and to the edges.

`Refused` is the one form of a refusal; its code is the wire's, so that no edge translates it back.
"""

from msgspec import Struct

from actors.values import Command
from protocol.codes import ErrorCode
from protocol.frames import BotView, Summary, UserView


class Outcome(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every answer."""


class Refused(Outcome, frozen=True, kw_only=True):
    """Nothing was done; `message` says what to do about it. Temporary codes carry `retry_ms`."""

    code: ErrorCode
    message: str
    retry_ms: int | None = None
    field: str | None = None


class Published(Outcome, frozen=True, kw_only=True):
    """The message is on disk; `dup` if it already was."""

    conv: int
    seq: int
    id: int
    at: int
    dup: bool = False


class Changed(Outcome, frozen=True, kw_only=True):
    """The change is on disk as event `seq` (for a change that changed nothing: the last event)."""

    seq: int


class Described(Outcome, frozen=True, kw_only=True):
    """A conversation as a member sees it.

    With `counted` false the unread counts in `summary` are still zero: the asker looks them up to `summary.seq` and
    tells the conversation with `Counted`, passing `count_mark` back. `size` is the number of members.
    """

    summary: Summary
    size: int
    counted: bool
    count_mark: int = 0


class NotMember(Outcome, frozen=True, kw_only=True):
    """The caller is not, or no longer, in the conversation."""


class BotSaved(Outcome, frozen=True, kw_only=True):
    """The bot as it now is; new secrets stand in it once."""

    bot: BotView


class UserSaved(Outcome, frozen=True, kw_only=True):
    """The user as it now is."""

    user: UserView


class SessionBegun(Outcome, frozen=True, kw_only=True):
    """Somebody is signed in on the web; the token is shown this once."""

    token: str

    def __repr__(self) -> str:
        return "SessionBegun(…)"


class Said(Outcome, frozen=True, kw_only=True):
    """What a bot said is on disk in every conversation that it is assigned to, `count` of them."""

    count: int


class NotAssigned(Outcome, frozen=True, kw_only=True):
    """The bot is in no conversation, so nobody heard it."""


class CommandSaved(Outcome, frozen=True, kw_only=True):
    """The command as it is stored."""

    command: Command


class CommandsLeased(Outcome, frozen=True, kw_only=True):
    """Commands in the order in which they were queued, for whoever asked alone."""

    commands: list[Command]


class Done(Outcome, frozen=True, kw_only=True):
    """Done, and nothing to say about it."""


AnyOutcome = (
    Refused
    | Published
    | Changed
    | Described
    | NotMember
    | BotSaved
    | UserSaved
    | SessionBegun
    | Said
    | NotAssigned
    | CommandSaved
    | CommandsLeased
    | Done
)


def not_found(what: str, field: str | None = None) -> Refused:
    """Answer for what is not there, or not for the caller to see."""
    return Refused(code=ErrorCode.NOT_FOUND, message=f"no such {what}, or it is not yours to see", field=field)


def forbidden(message: str) -> Refused:
    """Answer for what the caller may see and not do."""
    return Refused(code=ErrorCode.FORBIDDEN, message=message)


def bad_request(message: str, field: str) -> Refused:
    """Answer for a value that cannot be."""
    return Refused(code=ErrorCode.BAD_REQUEST, message=message, field=field)
