"""The bot actor: its owner's orders, its commands, its presence and its own words, one at a time for each bot.

It keeps nothing that counts: what is stored does, how much a bot said lately lies with the kind, so that neither a
restart nor sleep lets it say more, and who is there lies in `actors.attendance`.
"""

from math import inf
from typing import assert_never

import trio

from actors.bot.ports import BotPorts
from actors.bot.presence import Presence
from actors.bot.queue import CommandQueue
from actors.bot.saying import Saying
from actors.bot.state import Order, changes, name_taken, needed, over_the_rate, owned, refusal, revoked
from actors.faults import refusal_for
from actors.messages.bot import (
    AckCommand,
    Act,
    AnyBotMessage,
    Attend,
    BuryBot,
    CommandMessage,
    CreateBot,
    DeleteBot,
    PollCommands,
    QueueCommand,
    RegisterBot,
    ReportStatus,
    RotateBot,
    Say,
    UpdateBot,
)
from actors.messages.conversation import Leave, Publish
from actors.messages.conversation import Message as ToConversation
from actors.messages.outcomes import (
    BotSaved,
    CommandSaved,
    CommandsLeased,
    Done,
    NotAssigned,
    Refused,
)
from actors.ports import BotNeeded, NameTaken, PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import Refusal
from actors.runtime.reply import Reply
from actors.spreading import spread_name
from actors.values import Caller, Who
from protocol.frames import BotView

Outcome = BotSaved | CommandSaved | CommandsLeased | Done | NotAssigned | Refused


class BotActor(Actor[AnyBotMessage]):
    """Makes, changes and ends one bot, hands out what it is to do, and speaks for it."""

    __slots__ = ("_context", "_holding", "_id", "_ports", "_presence", "_queue")

    def __init__(self, context: Context, ports: BotPorts) -> None:
        self._context = context
        self._id = int(context.address.key)
        self._ports = ports
        # Credentials that were looked up in this life. All that ends one comes through here, and so clears this.
        self._holding: set[int] = set()
        self._queue = CommandQueue(self._id, ports)
        self._presence = Presence(self._id, ports)

    async def start(self) -> None:
        """Go on where the last life ended: with what became of the bot's connections since."""
        await self._attend()

    async def receive(self, message: AnyBotMessage, reply: Reply) -> None:
        """Handle one order. Whoever gives it hears when it is stored, or that it cannot be now."""
        outcome: Outcome | None
        try:
            outcome = await self._handle(message, reply)
        except PortError as error:
            outcome = refusal_for(error)
        except NameTaken:
            outcome = name_taken()
        except BotNeeded:
            outcome = needed()
        if outcome is not None:
            reply.answer(outcome)
        await self._attend()

    async def wake(self) -> None:
        """Look whether a lease has ended, or the bot has been silent for too long."""
        await self._attend()

    def may_sleep(self) -> bool:
        """Not while the bot is there: its leases and its silence have to be watched."""
        standing = self._ports.attendance.find(self._id)
        return standing is None or not (standing.told or standing.lines or standing.ended)

    async def stop(self) -> None:
        """Leave behind when the bot was last there."""
        await self._presence.stop()

    async def _handle(self, message: AnyBotMessage, reply: Reply) -> Outcome | None:
        """Do it; None: somebody else will answer, or nobody asked."""
        match message:
            case Say():
                return await self._say(message, reply)
            case Act():
                return await self._act(message, reply)
            case QueueCommand() | PollCommands() | AckCommand():
                return await self._command(message)
            case ReportStatus():
                return await self._presence.report(message)
            case RegisterBot():
                return await self._register(message)
            case Attend():
                return None
            case BuryBot():
                return self._bury(message.by.name, await self._ports.library.memberships(self._who))
            case CreateBot() | UpdateBot() | DeleteBot() | RotateBot():
                return await self._order(message)
            case _:
                assert_never(message)

    async def _attend(self) -> None:
        """Do what is due, and see to being woken for what will be."""
        await self._presence.attend()
        await self._queue.attend()
        wake_at = min(self._presence.due_at, trio.current_time() + self._queue.due_in_s)
        self._context.wake_at(None if wake_at == inf else wake_at)

    async def _command(self, message: CommandMessage) -> CommandSaved | CommandsLeased | Refused:
        if isinstance(message, QueueCommand):
            return await self._queue.queue(message)
        if message.credential_id is not None and not await self._holds(message.credential_id):
            return revoked()
        if isinstance(message, PollCommands):
            return await self._queue.poll(message)
        return await self._queue.acknowledge(message)

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

    async def _order(self, message: Order) -> BotSaved | Done | Refused:
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
                convs = await self._ports.library.memberships(self._who)
                await self._ports.accounts.delete_bot(self._id)
                return self._bury(bot.name, convs)

    async def _create(self, message: CreateBot) -> BotView:
        view = await self._ports.accounts.create_bot(
            self._id,
            message.by,
            name=message.name,
            webhook_url=message.webhook_url,
            events_url=message.events_url,
            json_reply=message.json_reply,
            avatar=message.avatar,
            description=message.description,
            metadata=message.metadata,
        )
        await self._presence.show()
        return view

    async def _update(self, message: UpdateBot) -> BotView:
        return await self._change(changes(message))

    async def _register(self, message: RegisterBot) -> BotSaved | Refused:
        if not await self._holds(message.credential_id):
            return revoked()
        saved = BotSaved(bot=await self._change(changes(message)))
        await self._presence.show()
        return saved

    async def _change(self, given: dict[str, str | None]) -> BotView:
        view = await self._ports.accounts.update_bot(self._id, given)
        if "name" in given:
            await self._spread(view.name)
        return view

    async def _rotate(self, message: RotateBot) -> BotView:
        self._holding.clear()
        view = await self._ports.accounts.rotate_bot(self._id, message.credential)
        if message.credential == "token":
            self._ports.revoker.revoke(self._who, "token")
            self._ports.feed.disconnect_bot(self._id)
        return view

    def _bury(self, name: str, convs: list[int]) -> Done:
        """It has ended, now have it leave: a failure in between leaves a dead member behind, never a living bot."""
        self._holding.clear()
        self._ports.revoker.revoke(self._who)
        self._ports.feed.disconnect_bot(self._id)
        self._ports.attendance.forget(self._id)
        leaver = Caller("bot", self._id, name, "bot")
        for conv in convs:
            self._tell(conv, Leave(by=leaver))
        return Done()

    async def _spread(self, name: str) -> None:
        """Tell the new name to all who show it."""
        convs = await self._ports.library.memberships(self._who)
        spread_name(self._context, self._ports.switchboard, self._who, name, convs)

    @property
    def _who(self) -> Who:
        return Who("bot", self._id)

    def _tell(self, conv: int, message: ToConversation) -> None:
        try:
            self._context.ref("conversation", conv).tell(message, urgent=True)
        except Refusal:
            return  # a conversation that takes nothing now reads what is stored when it is back
