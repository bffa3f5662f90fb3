"""What is told and not kept: who types, who has received and read how far.

All of it is ephemeral: joined while it piles up, and dropped for listeners who are behind. Each hears of the others,
never of themselves.
"""

from collections.abc import Callable, Iterator
from math import inf

from actors.conversation.core import Core
from actors.conversation.listening import Listening
from actors.conversation.receipts import advance
from actors.conversation.refusals import of_port, unavailable
from actors.conversation.rules import check_takes_part
from actors.conversation.window import Window
from actors.messages.changes import SaveMarks
from actors.messages.conversation import Advance, Type
from actors.messages.outcomes import Done, Outcome
from actors.messages.subscriber import Marked
from actors.ports import PortError
from actors.runtime.reply import Reply
from actors.switchboard import Outbox, Room
from actors.values import Mark, Who
from protocol.codec import Codec
from protocol.frames import Receipt, TypingNow

DONE = Done()

AnyTold = Receipt | TypingNow


class Signals:
    """Typing and markers of one conversation."""

    __slots__ = ("_asked", "_clock", "_core", "_listening", "_number", "_room", "_saving", "_subscriber", "_window")

    def __init__(
        self,
        core: Core,
        room: Room,
        listening: Listening,
        clock: Callable[[], float],
        subscriber: Callable[[Marked], None],
    ) -> None:
        self._core = core
        self._subscriber = subscriber
        self._room = room
        self._listening = listening
        self._clock = clock
        self._window = Window(core.settings.ephemera_ms / 1_000, inf)
        self._number = 0
        self._asked: list[Reply] = []
        self._saving: dict[int, list[Reply]] = {}

    def advance(self, message: Advance, reply: Reply) -> None:
        """Move the caller's markers. A `read` that is to be answered is saved at once, and answered from disk."""
        core = self._core
        who = message.by.who
        seat = core.state.seats.get(who)
        if seat is None:
            check_takes_part(core.state, message.by)
        elif advance(seat, message.received, message.read, self._room.flushed):
            core.receipts.moved(who)
            if message.read:
                self._listening.read(who, seat.read)
            if core.agenda.marks == inf:
                core.agenda.marks = self._clock() + core.settings.save_marks_s
            self._tell_soon()
        if seat is not None and message.read and not reply.answered:
            self._save_for(who, reply)
        else:
            reply.answer(DONE)

    def type(self, message: Type, reply: Reply) -> None:
        """The caller types, or stopped."""
        core = self._core
        who = message.by.who
        check_takes_part(core.state, message.by)
        if message.on:
            core.typists.started(who, self._clock())
        else:
            core.typists.stopped(who)
        self.typing_changed()
        reply.answer(DONE)

    def typing_changed(self) -> None:
        """Somebody started, stopped, spoke or went."""
        self._core.agenda.typing = self._core.typists.fades_at
        if self._core.typists.untold:
            self._tell_soon()

    def fade(self) -> None:
        """Those who did not say again that they type have stopped."""
        self._core.typists.fade(self._clock())
        self.typing_changed()

    def tell(self) -> None:
        """Tell the others what is new."""
        core = self._core
        core.agenda.ephemera = inf
        began = self._clock()
        told = list(self._news(began))
        if told and core.calls.is_subscribers:
            self._tell_subscriber(told)
        if told:
            for codec, outboxes in self._room.live.items():
                self._offer(codec, outboxes, told)
        # Everybody hears of everybody: in a large room that is a square, and it must stay a small part of the time.
        self._window.sent(began, self._clock() + len(self._room) ** 2 / 400_000)

    def save(self) -> None:
        """Hand the markers to the log; later, if it does not take them."""
        core = self._core
        core.agenda.marks = inf
        seats = core.state.seats
        marks = [Mark(who, seats[who].read, seats[who].received) for who in core.receipts.to_save() if who in seats]
        asked, self._asked = self._asked, []
        if not marks:
            _answer(asked, DONE)
            return
        self._number += 1
        number = self._number if asked else 0
        try:
            core.services.log.submit(SaveMarks(conv=core.conv, term=core.term, marks=marks, number=number))
        except PortError as error:
            core.agenda.marks = self._clock() + error.retry_ms / 1_000
            _answer(asked, of_port(error))
        else:
            core.receipts.saved()
            if asked:
                self._saving[number] = asked

    def saved(self, through: int) -> None:
        """Markers up to this number are on disk."""
        for number in [number for number in self._saving if number <= through]:
            _answer(self._saving.pop(number), DONE)

    def lost(self, retry_ms: int) -> None:
        """The log dropped some markers: save again. Who waits for one is told that it is not on disk."""
        lost, self._saving = self._saving, {}
        for asked in lost.values():
            _answer(asked, unavailable("storage takes no writes now", retry_ms))
        if self._core.receipts.unsaved:
            self._core.agenda.marks = self._clock() + max(retry_ms / 1_000, self._core.settings.save_marks_s)

    def _save_for(self, who: Who, reply: Reply) -> None:
        # Even if it did not move: it may be on its way to the disk still.
        core = self._core
        core.receipts.unsaved_again(who)
        core.agenda.marks = self._clock()
        self._asked.append(reply)

    def _tell_soon(self) -> None:
        if self._clock() >= self._window.opens_at:
            self.tell()
        else:
            self._core.agenda.ephemera = self._window.opens_at

    def _news(self, now: float) -> Iterator[tuple[Who, AnyTold]]:
        core = self._core
        seats = core.state.seats
        for who in core.receipts.take_untold():
            if (seat := seats.get(who)) is not None:
                yield who, Receipt(conv=core.conv, who=seat.actor, received=seat.received, read=seat.read)
        for who, on in core.typists.take_untold(now):
            if (seat := seats.get(who)) is not None:
                yield who, TypingNow(conv=core.conv, sender=seat.actor, on=on)

    def _tell_subscriber(self, told: list[tuple[Who, AnyTold]]) -> None:
        """An account of ChatPion is told how far the people here have come."""
        for who, frame in told:
            if isinstance(frame, Receipt) and who.kind == "user":
                self._subscriber(Marked(user=who.id, received=frame.received, read=frame.read))

    def _offer(self, codec: Codec, outboxes: dict[str, Outbox], told: list[tuple[Who, AnyTold]]) -> None:
        pieces = [(who, codec.piece(frame)) for who, frame in told]
        joined = b"".join(piece for _, piece in pieces)
        named = {who for who, _ in pieces}
        owners = self._room.owners
        for session, outbox in outboxes.items():
            owner = owners[session]
            if owner not in named:
                outbox.offer(joined)
            elif len(named) > 1:
                outbox.offer(b"".join(piece for who, piece in pieces if who != owner))


def _answer(replies: list[Reply], outcome: Outcome) -> None:
    for reply in replies:
        reply.answer(outcome)
