"""Sessions that listen: their place in the log, what they have missed, and what they see of the conversation."""

from collections.abc import Callable, Sequence
from math import inf

from msgspec import UNSET

from actors.conversation.broadcast import PIECE_BYTES, Broadcast
from actors.conversation.core import Core
from actors.messages.conversation import NOWHERE, Counted, Describe, Subscribe
from actors.messages.outcomes import Described, NotMember
from actors.messages.session import CaughtUp
from actors.ports import StoreUnavailable
from actors.runtime.reply import Reply
from actors.switchboard import Held
from actors.values import Counts, Who
from protocol.frames import AnyEvent, Gap, Reset, Summary

PAGE = 100
"""So many events are asked of the database at a time when they do not fit into memory."""


class Listening:
    """Places, replays and summaries of one conversation."""

    __slots__ = ("_broadcast", "_clock", "_core", "_stalled", "_warm")

    def __init__(self, core: Core, broadcast: Broadcast, clock: Callable[[], float]) -> None:
        self._core = core
        self._broadcast = broadcast
        self._clock = clock
        self._stalled: dict[str, None] = {}
        self._warm = False

    # Summaries

    def describe(self, message: Describe, reply: Reply) -> None:
        """Answer with the summary as of now."""
        self._broadcast.flush()
        reply.answer(self.described(message.by.who))

    def described(self, who: Who) -> Described | NotMember:
        """The conversation as the member sees it, up to the last event that was shown."""
        core = self._core
        state = core.state
        seat = state.seats.get(who)
        if seat is None:
            return NotMember()
        counts = self._counts(who, seat.read)
        shown = len(state.seats) <= core.settings.members_shown
        summary = Summary(
            id=core.conv,
            kind=state.kind,
            name=state.name,
            epoch=state.epoch,
            seq=self._broadcast.room.flushed,
            read=seat.read,
            unread=counts.unread if counts else 0,
            mentions=counts.mentions if counts else 0,
            members=[seat.actor for seat in state.seats.values()] if shown else UNSET,
        )
        if counts is not None:
            return Described(summary=summary, size=len(state.seats), counted=True)
        return Described(summary=summary, size=len(state.seats), counted=False, count_mark=core.unread.ask(who))

    def read(self, who: Who, upto: int) -> None:
        """The member has read up to here: what is left is counted from memory, or in the database when asked for."""
        core = self._core
        flushed = self._broadcast.room.flushed
        if upto >= flushed:
            core.unread.set(who, Counts(0, 0))
        elif core.recent.reaches(upto + 1):
            core.unread.recount(who, core.recent.between(upto, flushed))
        else:
            core.unread.forget(who)

    def counted(self, message: Counted) -> None:
        """Keep what the database counted."""
        if message.who in self._core.state.seats:
            self._core.unread.told(message.who, message.count_mark, message.counts)

    def _counts(self, who: Who, read: int) -> Counts | None:
        counts = self._core.unread.of(who)
        if counts is None:
            self.read(who, read)
            counts = self._core.unread.of(who)
        return counts

    # Places

    def subscribe(self, message: Subscribe, reply: Reply) -> None:
        """Give the session its place, unless it has one.

        What is on disk is shown first: the session's replay has everything that was acknowledged before it came.
        """
        self._broadcast.flush()
        who = message.by.who
        room = self._broadcast.room
        if who in self._core.state.seats:
            has_place = message.session in room and not self._is_unasked(room.held.get(message.session))
            if not has_place or message.after == NOWHERE:
                self._place(message, who)
            reply.answer(self.described(who))
        elif message.session in room:
            reply.answer(self._farewell())
        else:
            reply.answer(NotMember())

    def unsubscribe(self, session: str) -> None:
        """Forget the session; whoever has none left here does not type either."""
        room = self._broadcast.room
        owner = room.owners.get(session)
        room.forget(session)
        self._stalled.pop(session, None)
        if owner is not None and not room.sessions_of(owner):
            self._core.typists.stopped(owner)

    def _place(self, message: Subscribe, who: Who) -> None:
        room = self._broadcast.room
        connected = self._core.services.switchboard.sessions.get(message.session)
        if connected is None:
            return  # it has gone again
        state = self._core.state
        end = room.flushed
        epoch, seq = message.after or (state.epoch, end)
        if epoch != state.epoch or seq > state.committed:
            reset = Reset(conv=self._core.conv, epoch=state.epoch, seq=end)
            room.hold(message.session, who, connected.outbox, end, reset)
        else:
            room.hold(message.session, who, connected.outbox, seq)

    def _is_unasked(self, held: Held | None) -> bool:
        """Whether the place was given with the invitation only: who says hello meanwhile has a cursor of their own."""
        return held is not None and held.invited and held.until is None

    def _farewell(self) -> Described:
        """The conversation for somebody who is out again, and has still to see that they were in."""
        state, end = self._core.state, self._broadcast.room.flushed
        summary = Summary(
            id=self._core.conv,
            kind=state.kind,
            name=state.name,
            epoch=state.epoch,
            seq=end,
            read=end,
            unread=0,
            mentions=0,
        )
        return Described(summary=summary, size=len(state.seats), counted=True)

    # Replays

    async def catch_up(self, session: str) -> bool:
        """Send what the session has not got, as far as its outbox takes it, and let it go live.

        Whether the session has a place here at all.
        """
        room = self._broadcast.room
        held = room.held.get(session)
        if held is not None:
            held.invited = False
            await self._catch_up(session, held)
        elif session in room:
            self._broadcast.tell(session, CaughtUp(conv=self._core.conv))
        return held is not None or session in room

    async def _catch_up(self, session: str, held: Held) -> None:
        room = self._broadcast.room
        if held.position > room.flushed:
            self._broadcast.flush()
        try:
            done = self._send_notice(held) and await self._replay(session, held)
        except StoreUnavailable as error:
            self._stall(session, error.retry_ms)
            return
        if done:
            self._arrive(session, held)

    async def retry(self) -> None:
        """Try again what the database could not serve."""
        self._core.agenda.retry = inf
        stalled = list(self._stalled)
        self._stalled.clear()
        for session in stalled:
            await self.catch_up(session)

    def renamed(self) -> None:
        """Somebody has another name: what is in memory does not show it."""
        self._warm = False

    def _arrive(self, session: str, held: Held) -> None:
        if held.until is not None:
            self._broadcast.part_with(session)
            return
        self._broadcast.room.go_live(session)
        self._broadcast.tell(session, CaughtUp(conv=self._core.conv))

    def _send_notice(self, held: Held) -> bool:
        if held.notice is None:
            return True
        taken = self._push(held, held.outbox.codec.piece(held.notice), held.position)
        if taken:
            held.notice = None
        return taken

    async def _replay(self, session: str, held: Held) -> bool:
        """Whether all was sent; False as well for a session that ended meanwhile."""
        room = self._broadcast.room
        end = room.flushed if held.until is None else held.until
        if not self._skip(held, end):
            return False
        stop = min(end, held.position + self._core.settings.replay_events)
        while held.position < stop:
            events = await self._events(held.position, stop)
            # Reading took time, in which the session may have ended.
            if room.held.get(session) is not held or not self._push_events(held, events):
                return False
        if stop < end:
            # Others have their turn in between: who was away for months must not hold up the conversation.
            held.outbox.wake_for(self._core.conv)
        return stop == end

    def _skip(self, held: Held, end: int) -> bool:
        """Say `gap` for what is too much to be sent, to clients that can page for it. Whether the way is free."""
        skipped = end - self._core.settings.replay_events
        if held.position >= skipped or not held.outbox.codec.native:
            return True
        gap = Gap(conv=self._core.conv, start=held.position + 1, end=skipped)
        return self._push(held, held.outbox.codec.piece(gap), skipped)

    def _push_events(self, held: Held, events: Sequence[AnyEvent]) -> bool:
        """Whether the outbox took them all. It is filled as far as it goes, or a small one would never take any."""
        outbox = held.outbox
        pieces: list[bytes] = []
        size = 0
        for event in events:
            piece = outbox.codec.piece(event)
            if pieces and size + len(piece) > min(PIECE_BYTES, outbox.room_left):
                if not self._push(held, b"".join(pieces), event.seq - 1):
                    return False
                pieces.clear()
                size = 0
            pieces.append(piece)
            size += len(piece)
        return self._push(held, b"".join(pieces), events[-1].seq)

    def _push(self, held: Held, piece: bytes, through: int) -> bool:
        """Whether the outbox took the piece, which is all up to `through`.

        The place moves first: an outbox that asks its client what has arrived looks at it while it sends the question.
        """
        before, held.position = held.position, through
        taken = False
        try:
            taken = held.outbox.push(piece)
        finally:
            if not taken:
                held.position = before
        if not taken:
            held.outbox.wake_for(self._core.conv)
        return taken

    async def _events(self, after: int, through: int) -> list[AnyEvent]:
        """The next events after `after`, as many as come easily, none after `through`."""
        core = self._core
        if not self._warm and not core.recent.reaches(after + 1):
            await self._warm_up()
        if core.recent.reaches(after + 1):
            return core.recent.between(after, through)
        events = await core.services.library.events(core.conv, after, min(PAGE, through - after))
        if not events:
            raise LookupError(f"conversation {core.conv} has no event {after + 1}")
        return events

    async def _warm_up(self) -> None:
        """Load what a replay may need, once for all who come back: they come back together."""
        core = self._core
        end = self._broadcast.room.flushed
        after = max(0, end - core.settings.replay_events)
        core.recent.load(await core.services.library.events(core.conv, after, end - after))
        self._warm = True

    def _stall(self, session: str, retry_ms: int) -> None:
        self._stalled[session] = None
        self._core.agenda.retry = min(self._core.agenda.retry, self._clock() + retry_ms / 1_000)
