"""What is on disk goes to whoever listens: encoded once per subprotocol, pushed to all.

Who listens is in the switchboard's room, which outlives this actor: its `flushed` says up to where every live listener
has everything. It moves when all is prepared, right before the pushes, which cannot fail together: so a crash of this
actor neither skips an event nor sends it twice.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from math import inf

from actors.conversation.core import Core
from actors.conversation.pace import Pace
from actors.conversation.pending import weight
from actors.conversation.state import identities
from actors.conversation.window import Window
from actors.messages.session import Admitted, Unplaced
from actors.runtime.errors import Refusal
from actors.runtime.ref import Ref
from actors.switchboard import Outbox, Room
from protocol.codec import Codec
from protocol.codes import CloseCode
from protocol.frames import AnyEvent, Members, Message

log = logging.getLogger("hubbub.conversation")

PIECE_BYTES = 32_768
"""What is joined into one piece; a piece is taken whole or not at all, so it must be well below an outbox."""

SessionRef = Callable[[str], Ref]


class Broadcast:
    """Shows one conversation's events to its listeners."""

    __slots__ = ("_clock", "_core", "_pace", "_session", "room")

    def __init__(self, core: Core, session: SessionRef, clock: Callable[[], float]) -> None:
        settings = core.settings
        self._core = core
        self._session = session
        self._clock = clock
        shortest_s, longest_s = settings.coalesce_ms / 1_000, settings.longest_pause_ms / 1_000
        self._pace = Pace(Window(shortest_s, longest_s), core.services.sending)
        self.room: Room = core.services.switchboard.room(core.conv)

    def flush_soon(self, now: float, count: int) -> None:
        """Show what is committed, of which `count` events are new: now or, where that would be too dear, joined."""
        due_at = self._pace.due_at(now, count)
        if now >= due_at:
            self.flush()
        else:
            self._core.agenda.flush = due_at

    def flush(self) -> None:
        """Show everything that is committed, now."""
        core = self._core
        core.agenda.flush = inf
        if not core.unflushed:
            return
        events, core.unflushed = core.unflushed, []
        began = self._clock()
        pushing = sum(map(self.show, parts(events)))
        ended = self._clock()
        self._pace.sent(began, ended)
        core.timing.sent(ended, pushing)

    def show(self, events: Sequence[AnyEvent]) -> float:
        """Send the next events, one or more, to all; hold those who do not take them; invite those who were let in.

        Returns how many seconds the pushes took.
        """
        room = self.room
        before = room.flushed
        pieces = {codec: join(codec, events) for codec, outboxes in room.live.items() if outboxes}
        for move in self._remember(events):
            self._move(move, events, before)
        room.flushed = events[-1].seq
        delivered = 0
        began = self._clock()
        for codec, piece in pieces.items():
            outboxes = room.live[codec]
            delivered += len(outboxes)
            for session in self._push(outboxes, piece):
                self.hold(session, before)
        self._core.services.meters.delivered(delivered * len(events))
        return self._clock() - began

    def hold(self, session: str, position: int, until: int | None = None) -> None:
        """The session does not take more now; it has everything up to `position`."""
        room = self.room
        connected = self._core.services.switchboard.sessions.get(session)
        if connected is None:
            room.forget(session)
            return
        held = room.hold(session, connected.caller.who, connected.outbox, position)
        held.until = until
        connected.outbox.wake_for(self._core.conv)

    def part_with(self, session: str) -> None:
        """The session has seen its owner removed, and sees nothing more."""
        self.room.forget(session)
        self.tell(session, Unplaced(conv=self._core.conv))

    def tell(self, session: str, message: object) -> None:
        """Tell a session what it waits for. One that cannot be told is cut: it comes back by its cursors."""
        try:
            self._session(session).tell(message, urgent=True)
        except Refusal:
            self._cut(session)

    def _push(self, outboxes: dict[str, Outbox], piece: bytes) -> list[str]:
        """Push to all, and say who did not take it. This loop is where a busy hub spends its time."""
        refused: list[str] = []
        broken: list[str] = []
        for session, outbox in outboxes.items():
            try:
                if not outbox.push(piece):
                    refused.append(session)
            except Exception:
                log.exception("an outbox failed")
                broken.append(session)
        for session in broken:
            self._cut(session)
        return refused

    def _cut(self, session: str) -> None:
        self.room.forget(session)
        connected = self._core.services.switchboard.sessions.get(session)
        if connected is not None:
            connected.gate.close(CloseCode.GOING_AWAY, "come back")

    def _remember(self, events: Sequence[AnyEvent]) -> list[Members]:
        """Keep the events for replays and counts. Returns those that are about members."""
        core = self._core
        moves = []
        for event in events:
            core.recent.add(event)
            if isinstance(event, Message):
                core.unread.saw(event)
            elif isinstance(event, Members):
                moves.append(event)
        return moves

    def _move(self, move: Members, events: Sequence[AnyEvent], before: int) -> None:
        """Listeners of members who were removed get nothing after that; those of members who are back, all."""
        room = self.room
        removed = set(identities(move.removed))
        if removed:
            leaving = [session for session, owner in room.owners.items() if owner in removed]
            shown = [event for event in events if event.seq <= move.seq]
            for session in leaving:
                self._see_off(session, shown, before)
        added = set(identities(move.added))
        for session, held in room.held.items():
            if room.owners[session] in added:
                held.until = None
        self._invite(move)

    def _see_off(self, session: str, shown: Sequence[AnyEvent], before: int) -> None:
        room = self.room
        held = room.held.get(session)
        if held is not None:
            held.until = shown[-1].seq
            return
        outbox = next(outboxes[session] for outboxes in room.live.values() if session in outboxes)
        if self._push({session: outbox}, join(outbox.codec, shown)):
            self.hold(session, before, until=shown[-1].seq)
        else:
            self.part_with(session)

    def _invite(self, move: Members) -> None:
        """Hold a place for the sessions of new members, and tell them.

        At once, not when they ask for it: they may be out again by then, and the first and the last event of a stay
        are seen, however short it is.
        """
        room = self.room
        admitted = Admitted(conv=room.conv, epoch=self._core.state.epoch, seq=move.seq)
        for who in identities(move.added):
            for connected in self._core.services.switchboard.of(who):
                if connected.id not in room:
                    room.hold(connected.id, who, connected.outbox, move.seq - 1).invited = True
                    connected.progress.invited.add(room.conv)
                    self.tell(connected.id, admitted)


def join(codec: Codec, events: Sequence[AnyEvent]) -> bytes:
    """The events as one piece."""
    if len(events) == 1:
        return codec.piece(events[0])
    return b"".join(map(codec.piece, events))


def parts(events: Iterable[AnyEvent]) -> list[list[AnyEvent]]:
    """The events in runs that each make one piece."""
    runs: list[list[AnyEvent]] = []
    left = 0
    for event in events:
        size = weight(event)
        if size > left:
            runs.append([])
            left = PIECE_BYTES
        runs[-1].append(event)
        left -= size
    return runs
