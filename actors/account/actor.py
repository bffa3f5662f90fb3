"""The account actor: what changes one user, one at a time, with all that follows from it.

The change is one transaction of the store. What follows (sessions and sockets end, names spread, bots leave) happens
here, whether or not the client still waits for its answer.
"""

from typing import Literal, Protocol, assert_never

from msgspec import Struct

from actors.faults import refusal_for
from actors.messages.account import (
    AnyAccountMessage,
    ChangePassword,
    ChangeProfile,
    DeleteAccount,
    ResetPassword,
    SignOut,
)
from actors.messages.bot import BuryBot
from actors.messages.conversation import Leave
from actors.messages.outcomes import Done, Refused, SessionBegun, bad_request, not_found
from actors.ports import Feed, LastAdministrator, Library, PasswordChanged, People, PortError, WebSessions
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import Refusal
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.spreading import spread_name
from actors.switchboard import Switchboard
from actors.values import Who
from protocol.codes import ErrorCode

IDLE_S = 5.0

Outcome = Done | SessionBegun | Refused


class Revoker(Protocol):
    """Ends native sessions whose credential died; `actors.auth.doorman.Doorman` is it."""

    def revoke(self, who: Who, credential: Literal["password"] | None = None) -> None:
        """Close the live sessions that came in by this credential, all for None."""


class AccountPorts(Struct, frozen=True):
    """What all accounts share."""

    people: People
    sessions: WebSessions
    library: Library
    switchboard: Switchboard
    revoker: Revoker
    feed: Feed


def account_kind(
    *,
    people: People,
    sessions: WebSessions,
    library: Library,
    switchboard: Switchboard,
    revoker: Revoker,
    feed: Feed,
    mailbox_limit: int = 64,
) -> Kind[AnyAccountMessage]:
    """The kind "account". Its key is the user's id."""
    ports = AccountPorts(people, sessions, library, switchboard, revoker, feed)
    return Kind(
        name="account",
        factory=lambda context: AccountActor(context, ports),
        messages=AnyAccountMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )


class AccountActor(Actor[AnyAccountMessage]):
    """Changes one user. It has no state."""

    __slots__ = ("_context", "_id", "_ports")

    def __init__(self, context: Context, ports: AccountPorts) -> None:
        self._context = context
        self._id = int(context.address.key)
        self._ports = ports

    async def receive(self, message: AnyAccountMessage, reply: Reply) -> None:
        """Do it. Whoever asked hears when it is stored, or why it is not."""
        outcome: Outcome
        try:
            outcome = await self._handle(message)
        except PortError as error:
            outcome = refusal_for(error)
        except LookupError:
            outcome = not_found("user")
        reply.answer(outcome)

    async def _handle(self, message: AnyAccountMessage) -> Outcome:
        match message:
            case ChangeProfile():
                return await self._change_profile(message)
            case ChangePassword():
                return await self._change_password(message)
            case ResetPassword():
                return await self._reset_password(message)
            case SignOut():
                return await self._sign_out(message)
            case DeleteAccount():
                return await self._delete(message)
            case _:
                assert_never(message)

    async def _change_profile(self, message: ChangeProfile) -> Done:
        person = await self._ports.people.change_profile(self._id, message.changes)
        if "fullname" in message.changes:
            convs = await self._ports.library.memberships(self._who)
            spread_name(self._context, self._ports.switchboard, self._who, person.caller.name, convs)
        return Done()

    async def _change_password(self, message: ChangePassword) -> SessionBegun | Refused:
        try:
            token = await self._ports.sessions.change_password(
                self._id, message.new_hash, instead_of=message.instead_of
            )
        except PasswordChanged:
            return Refused(code=ErrorCode.UNAUTHENTICATED, message="the present password is another")
        self._end_sessions()
        return SessionBegun(token=token)

    async def _reset_password(self, message: ResetPassword) -> Done | Refused:
        try:
            await self._ports.sessions.reset_password(message.token, message.new_hash)
        except PasswordChanged:
            return bad_request("the token is none, used, or too old", "token")
        self._end_sessions()
        return Done()

    async def _sign_out(self, message: SignOut) -> Done:
        await self._ports.sessions.close(message.token)
        self._ports.feed.disconnect_session(message.session_id)
        return Done()

    async def _delete(self, message: DeleteAccount) -> Done | Refused:
        convs = await self._ports.library.memberships(self._who)
        try:
            gone = await self._ports.people.delete(self._id)
        except LastAdministrator:
            return Refused(code=ErrorCode.CONFLICT, message="the last administrator cannot go")
        self._ports.revoker.revoke(self._who)
        self._ports.feed.disconnect_user(self._id)
        for bot in gone.bots:
            # At once, and here: whatever becomes of the bot's actor, nothing speaks for it any more.
            self._ports.revoker.revoke(bot.who)
            self._ports.feed.disconnect_bot(bot.id)
            self._tell("bot", bot.id, BuryBot(by=bot))
        for conv in convs:
            self._tell("conversation", conv, Leave(by=gone.user))
        return Done()

    def _end_sessions(self) -> None:
        """The password is another: what came in by the old one goes. Tokens are not passwords; they stay."""
        self._ports.revoker.revoke(self._who, "password")
        self._ports.feed.disconnect_cookies(self._id)

    @property
    def _who(self) -> Who:
        return Who("user", self._id)

    def _tell(self, kind: str, key: int, message: object) -> None:
        try:
            self._context.ref(kind, key).tell(message, urgent=True)
        except Refusal:
            return  # what takes nothing now reads what is stored when it is back
