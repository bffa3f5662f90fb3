"""The bot actor: one owner's order at a time for each bot. It keeps nothing; what is stored is what counts."""

from typing import Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from actors.bot.state import changes, owned, refusal
from actors.messages.bot import AnyBotMessage, CreateBot, DeleteBot, RotateBot, UpdateBot
from actors.messages.conversation import Leave, Renamed
from actors.messages.conversation import Message as ToConversation
from actors.messages.outcomes import BotSaved, Done, Refused
from actors.ports import Accounts, Library, LogBusy, PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import Refusal
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.switchboard import Switchboard
from actors.values import Caller, Who
from protocol.codes import ErrorCode
from protocol.frames import BotView

IDLE_S = 30.0


class Revoker(Protocol):
    """Ends sessions whose credential died; `actors.auth.doorman.Doorman` is it."""

    def revoke(self, who: Who, credential: Literal["token"] | None = None) -> None:
        """Close the live sessions that came in by this credential, all for None."""


class BotPorts(Struct, frozen=True):
    """What all bots share."""

    accounts: Accounts
    library: Library
    switchboard: Switchboard
    revoker: Revoker


def bot_kind(
    *, accounts: Accounts, library: Library, switchboard: Switchboard, revoker: Revoker, mailbox_limit: int = 64
) -> Kind[AnyBotMessage]:
    """The kind "bot". Its key is the bot's id, a fresh one for `CreateBot`."""
    ports = BotPorts(accounts, library, switchboard, revoker)
    return Kind(
        name="bot",
        factory=lambda context: BotActor(context, ports),
        messages=AnyBotMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )


class BotActor(Actor[AnyBotMessage]):
    """Makes, changes and ends one bot."""

    __slots__ = ("_context", "_id", "_ports")

    def __init__(self, context: Context, ports: BotPorts) -> None:
        self._context = context
        self._id = int(context.address.key)
        self._ports = ports

    async def receive(self, message: AnyBotMessage, reply: Reply) -> None:
        """Handle one order. Whoever gives it hears when it is stored, or that it cannot be now."""
        try:
            outcome = await self._handle(message)
        except PortError as error:
            code = ErrorCode.BUSY if isinstance(error, LogBusy) else ErrorCode.UNAVAILABLE
            outcome = Refused(code=code, message="the store does not serve now", retry_ms=error.retry_ms)
        reply.answer(outcome)

    async def _handle(self, message: AnyBotMessage) -> BotSaved | Done | Refused:
        refused = refusal(message)
        if refused is not None:
            return refused
        if isinstance(message, CreateBot):
            return BotSaved(bot=await self._create(message))
        bot = owned(message.by, await self._ports.accounts.bot(self._id))
        if isinstance(bot, Refused):
            return bot
        match message:
            case UpdateBot():
                return BotSaved(bot=await self._update(message))
            case RotateBot():
                return BotSaved(bot=await self._rotate(message))
            case DeleteBot():
                await self._delete(bot.name)
                return Done()

    async def _create(self, message: CreateBot) -> BotView:
        return await self._ports.accounts.create_bot(
            self._id,
            message.by,
            name=message.name,
            webhook_url=message.webhook_url,
            avatar=message.avatar,
            description=message.description,
        )

    async def _update(self, message: UpdateBot) -> BotView:
        given = changes(message)
        view = await self._ports.accounts.update_bot(self._id, given)
        if "name" in given:
            await self._spread(view.name)
        return view

    async def _rotate(self, message: RotateBot) -> BotView:
        view = await self._ports.accounts.rotate_bot(self._id, message.credential)
        if message.credential == "token":
            self._ports.revoker.revoke(self._who, "token")
        return view

    async def _delete(self, name: str) -> None:
        """End it, and then have it leave: a failure in between leaves a dead member behind, never a living bot."""
        convs = await self._ports.library.memberships(self._who)
        await self._ports.accounts.delete_bot(self._id)
        self._ports.revoker.revoke(self._who)
        leaver = Caller("bot", self._id, name, "bot")
        for conv in convs:
            self._tell(conv, Leave(by=leaver))

    async def _spread(self, name: str) -> None:
        """Tell the new name to all who show it."""
        for session in self._ports.switchboard.of(self._who):
            session.caller = replace(session.caller, name=name)
        for conv in await self._ports.library.memberships(self._who):
            self._tell(conv, Renamed(who=self._who, name=name))

    @property
    def _who(self) -> Who:
        return Who("bot", self._id)

    def _tell(self, conv: int, message: ToConversation) -> None:
        try:
            self._context.ref("conversation", conv).tell(message, urgent=True)
        except Refusal:
            return  # a conversation that takes nothing now reads what is stored when it is back
