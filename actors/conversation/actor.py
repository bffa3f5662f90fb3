"""The actor of one conversation: loads it, hands each message to the part that it concerns, and keeps the times."""

from collections.abc import Awaitable, Callable
from math import inf
from typing import Any

import trio

from actors.conversation.broadcast import Broadcast, parts
from actors.conversation.core import Core, Services, Settings
from actors.conversation.journal import Journal, outcome_of
from actors.conversation.listening import PAGE, Listening
from actors.conversation.markup import Markup
from actors.conversation.membership import Membership
from actors.conversation.refusals import NotDone, of_port, unavailable
from actors.conversation.signals import DONE, Signals
from actors.conversation.state import State, identity
from actors.conversation.writing import Writing
from actors.messages.conversation import (
    AddMembers,
    Advance,
    AnyConversationMessage,
    CatchUp,
    CommitFailed,
    Committed,
    Counted,
    Delete,
    Describe,
    Edit,
    Found,
    Join,
    Leave,
    Publish,
    React,
    RemoveMembers,
    Rename,
    Renamed,
    Subscribe,
    Type,
    Unsubscribe,
)
from actors.messages.outcomes import NotMember
from actors.messages.subscriber import Marked, MembersLeft
from actors.messages.webhook import Wake
from actors.ports import StoreUnavailable
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import Refusal
from actors.runtime.reply import Reply
from actors.values import Lane
from protocol.frames import Members

Handler = Callable[[Any, Reply], Awaitable[None] | None]


class ConversationActor(Actor[AnyConversationMessage]):
    """The only writer of one conversation's log. Everything that it holds can be had from there again."""

    __slots__ = (
        "_armed",
        "_broadcast",
        "_context",
        "_core",
        "_handlers",
        "_journal",
        "_listening",
        "_markup",
        "_membership",
        "_services",
        "_settings",
        "_signals",
        "_writing",
    )

    def __init__(self, context: Context, services: Services, settings: Settings, markup: Markup) -> None:
        self._context = context
        self._services = services
        self._settings = settings
        self._markup = markup
        self._armed = inf

    async def start(self) -> None:
        """Load what is committed, and show the listeners what they have not seen of it."""
        conv = int(self._context.address.key)
        await self._services.log.settled(conv)
        record = await self._services.library.conversation(conv)
        core = Core(conv, State.load(conv, record), self._services, self._settings, self._markup)
        self._assemble(core)
        await self._make_up()

    async def receive(self, message: AnyConversationMessage, reply: Reply) -> None:
        """Hand the message to whom it concerns."""
        try:
            handling = self._handlers[type(message)](message, reply)
            if handling is not None:
                await handling
        except NotDone as refusal:
            reply.answer(refusal.outcome)
        except StoreUnavailable as error:
            reply.answer(of_port(error))
        core = self._core
        if core.agenda.next != self._armed:
            self._arm()
        if not core.state.exists:
            # Whoever asks for what is not there must not fill the memory with it.
            self._context.sleep_soon()

    async def wake(self) -> None:
        """Do what is due."""
        self._armed = inf
        now = trio.current_time()
        agenda = self._core.agenda
        if agenda.flush <= now:
            self._broadcast.flush()
        if agenda.typing <= now:
            self._signals.fade()
        if agenda.ephemera <= now:
            self._signals.tell()
        if agenda.marks <= now:
            self._signals.save()
        if agenda.retry <= now:
            await self._listening.retry()
        self._arm()

    def may_sleep(self) -> bool:
        """Not while something is under way, or to be done at some time."""
        return not self._core.pending and self._core.agenda.next == inf

    async def wind_down(self) -> None:
        """Show and save what would wait for its time."""
        self._broadcast.flush()
        self._signals.save()

    async def stop(self) -> None:
        """Leave nothing behind that only this actor knows."""
        await self.wind_down()
        self._services.switchboard.discard(self._core.conv)

    def _assemble(self, core: Core) -> None:
        context, now = self._context, trio.current_time
        self._core = core
        self._broadcast = Broadcast(core, lambda session: context.ref("session", session), now)
        self._journal = Journal(core)
        self._listening = Listening(core, self._broadcast, now)
        self._signals = Signals(core, self._broadcast.room, self._listening, now, self._tell_subscriber)
        self._writing = Writing(core, self._journal, now)
        self._membership = Membership(core, self._journal, lambda conv: context.ref("conversation", conv), now)
        self._handlers = self._all_handlers()

    def _all_handlers(self) -> dict[type, Handler]:
        return {
            Publish: self._publish,
            Edit: self._writing.edit,
            Delete: self._writing.delete,
            React: self._writing.react,
            Advance: self._signals.advance,
            Type: self._signals.type,
            Found: self._membership.found,
            Rename: self._membership.rename,
            Join: self._membership.join,
            Leave: self._membership.leave,
            AddMembers: self._membership.add,
            RemoveMembers: self._membership.remove,
            Describe: self._listening.describe,
            Subscribe: self._listening.subscribe,
            CatchUp: self._catch_up,
            Unsubscribe: self._unsubscribe,
            Counted: self._counted,
            Renamed: self._renamed,
            Committed: self._committed,
            CommitFailed: self._commit_failed,
        }

    async def _make_up(self) -> None:
        room, core = self._broadcast.room, self._core
        if room.flushed < 0:
            room.flushed = core.state.head
        while room.flushed < core.state.head:
            events = await self._services.library.events(core.conv, room.flushed, PAGE)
            if not events:
                raise LookupError(f"conversation {core.conv} has no event {room.flushed + 1}")
            for part in parts(events):
                self._broadcast.show(part)

    async def _publish(self, message: Publish, reply: Reply) -> None:
        await self._writing.publish(message, reply)
        if self._core.typists:
            self._core.typists.stopped(message.by.who)
            self._signals.typing_changed()

    async def _catch_up(self, message: CatchUp, reply: Reply) -> None:
        known = await self._listening.catch_up(message.session)
        reply.answer(DONE if known else NotMember())

    def _unsubscribe(self, message: Unsubscribe, reply: Reply) -> None:
        self._listening.unsubscribe(message.session)
        self._signals.typing_changed()
        reply.answer(DONE)

    def _counted(self, message: Counted, reply: Reply) -> None:
        self._listening.counted(message)
        reply.answer(DONE)

    def _renamed(self, message: Renamed, reply: Reply) -> None:
        self._core.renamed(message.who, message.name)
        self._listening.renamed()
        reply.answer(DONE)

    def _committed(self, message: Committed, _: Reply) -> None:
        if message.term != self._core.term:
            return  # of an earlier life: `start` has seen it in the log
        if message.marks:
            self._signals.saved(message.marks)
        if not message.through:
            return
        now = trio.current_time()
        entries = self._journal.committed(message.through, now)
        for entry in entries:
            event = entry.event
            if event.seq == 1 and isinstance(event, Members):
                self._broadcast.flush()
                entry.done(self._listening.described(identity(event.by)))
            else:
                entry.done(outcome_of(event))
            if isinstance(event, Members) and event.removed and self._core.calls.is_subscribers:
                self._tell_subscriber(MembersLeft())
        self._broadcast.flush_soon(now, len(entries))
        self._call({Lane(hook.kind, hook.bot) for entry in entries for hook in entry.hooks or ()})

    def _tell_subscriber(self, message: Marked | MembersLeft) -> None:
        try:
            self._context.ref("subscriber", self._core.conv).tell(message, urgent=True)
        except Refusal:
            return  # what it missed it finds when it starts again

    def _call(self, lanes: set[Lane]) -> None:
        for lane in lanes:
            try:
                self._context.ref("webhook", lane.key).tell(Wake())
            except Refusal:
                continue  # it waits in the outbox, and the next call or the next start finds it there

    async def _commit_failed(self, message: CommitFailed, _: Reply) -> None:
        core = self._core
        if message.term != core.term:
            return
        try:
            if not message.conflict:
                self._journal.failed(unavailable("storage takes no writes now", message.retry_ms))
            elif core.state.committed:
                await self._journal.resolve_conflict()
            else:
                await self._membership.found_meanwhile()
        except StoreUnavailable as error:
            self._journal.failed(of_port(error))
        self._signals.lost(message.retry_ms)

    def _arm(self) -> None:
        self._armed = due = self._core.agenda.next
        self._context.wake_at(None if due == inf else due)
