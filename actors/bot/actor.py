"""The bot actor: its owner's orders and its own words, one at a time for each bot.

It keeps nothing that counts: what is stored does, and how much a bot said lately lies with the kind, so that neither a
restart nor sleep lets it say more.
"""

from typing import Literal, Protocol

import trio
from msgspec import Struct
from msgspec.structs import replace

from actors.bot.saying import Saying, Unfinished
from actors.bot.state import Order, changes, over_the_rate, owned, refusal, revoked
from actors.faults import refusal_for
from actors.messages.bot import Act, AnyBotMessage, CreateBot, DeleteBot, RotateBot, Say, UpdateBot
from actors.messages.conversation import Leave, Publish, Renamed
from actors.messages.conversation import Message as ToConversation
from actors.messages.outcomes import BotSaved, Done, NotAssigned, Refused
from actors.ports import Accounts, Library, PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import Refusal
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.switchboard import Switchboard
from actors.values import Caller, Who
from actors.window import Span, Windows
from protocol.frames import BotView

IDLE_S = 30.0
SAY_RATE = Span(10, 60.0)


class Revoker(Protocol):
    """Ends sessions whose credential died; `actors.auth.doorman.Doorman` is it."""

    def revoke(self, who: Who, credential: Literal["token"] | None = None) -> None:
        """Close the live sessions that came in by this credential, all for None."""


class BotPorts(Struct, frozen=True):
    """What all bots share, and what outlives the sleep of each."""

    accounts: Accounts
    library: Library
    switchboard: Switchboard
    revoker: Revoker
    said: Windows
    unfinished: Unfinished


def bot_kind(
    *,
    accounts: Accounts,
    library: Library,
    switchboard: Switchboard,
    revoker: Revoker,
    say_rate: Span = SAY_RATE,
    mailbox_limit: int = 1_024,
) -> Kind[AnyBotMessage]:
    """The kind "bot". Its key is the bot's id, a fresh one for `CreateBot`. `say_rate` bounds what each bot says."""
    ports = BotPorts(accounts, library, switchboard, revoker, Windows(say_rate), Unfinished())
    return Kind(
        name="bot",
        factory=lambda context: BotActor(context, ports),
        messages=AnyBotMessage,
        mailbox_limit=mailbox_limit,
        idle_after_s=IDLE_S,
    )


class BotActor(Actor[AnyBotMessage]):
    """Makes, changes and ends one bot, and speaks for it."""

    __slots__ = ("_context", "_holding", "_id", "_ports")

    def __init__(self, context: Context, ports: BotPorts) -> None:
        self._context = context
        self._id = int(context.address.key)
        self._ports = ports
        # Credentials that were looked up in this life. All that ends one comes through here, and so clears this.
        self._holding: set[int] = set()

    async def receive(self, message: AnyBotMessage, reply: Reply) -> None:
        """Handle one order. Whoever gives it hears when it is stored, or that it cannot be now."""
        outcome: BotSaved | Done | NotAssigned | Refused | None
        try:
            match message:
                case Say():
                    outcome = await self._say(message, reply)
                case Act():
                    outcome = await self._act(message, reply)
                case _:
                    outcome = await self._handle(message)
        except PortError as error:
            outcome = refusal_for(error)
        if outcome is not None:
            reply.answer(outcome)

    async def _say(self, message: Say, reply: Reply) -> NotAssigned | Refused | None:
        """Say it everywhere. None: the conversations will answer.

        Nothing is waited for but reads: while one conversation takes its time, the bot is free for what comes next.
        """
        if not await self._holds(message.credential_id):
            return revoked()
        wait_s = self._ports.said.take(self._id, trio.current_time())
        if wait_s:
            return over_the_rate(wait_s)
        convs = await self._ports.library.memberships(self._who)
        if not convs:
            return NotAssigned()
        saying = Saying(self._id, message.body, self._ports.unfinished, reply, len(convs))
        publish = Publish(by=message.by, cid=saying.cid, body=message.body)
        for conv in convs:
            try:
                self._context.ref("conversation", conv).tell(publish, saying)
            except Refusal as fault:
                saying.answer(fault)
        return None

    async def _act(self, message: Act, reply: Reply) -> Refused | None:
        """Have it done. None: the conversation will answer."""
        if not await self._holds(message.credential_id):
            return revoked()
        try:
            self._context.ref("conversation", message.conv).tell(message.deed, reply)
        except Refusal as fault:
            return refusal_for(fault)
        return None

    async def _holds(self, credential_id: int) -> bool:
        if credential_id not in self._holding and await self._ports.accounts.credential_current(credential_id):
            self._holding.add(credential_id)
        return credential_id in self._holding

    async def _handle(self, message: Order) -> BotSaved | Done | Refused:
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
            events_url=message.events_url,
            json_reply=message.json_reply,
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
        self._holding.clear()
        view = await self._ports.accounts.rotate_bot(self._id, message.credential)
        if message.credential == "token":
            self._ports.revoker.revoke(self._who, "token")
        return view

    async def _delete(self, name: str) -> None:
        """End it, and then have it leave: a failure in between leaves a dead member behind, never a living bot."""
        self._holding.clear()
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
