"""How far a client has come in each conversation.

Two positions are kept for each: *received*, from which the hub goes on after a reconnect, and *taken*, what the program
has got to see; the program saves the latter and begins from there after its own restart. Events carry no epoch, so that
of a conversation first met through an event is learned afterwards, from a list of conversations.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from protocol.client.errors import HoleFound
from protocol.client.items import Actor, Conversation, Cursor, Gap, Item, Left, LogEvent, Mark, Members, Reset


@dataclass(slots=True)
class Position:
    """All up to `seq`; `epoch` is None until it is learned."""

    epoch: int | None
    seq: int


class Positions:
    """Tells new events from known ones and from holes."""

    __slots__ = ("_me", "_met", "_received", "_taken")

    def __init__(self, cursors: Iterable[Cursor] = ()) -> None:
        self._me: Actor | None = None
        self._met = False
        self._received: dict[int, Position] = {}
        self._taken: dict[int, Position] = {}
        for cursor in cursors:
            self._received[cursor.conv] = Position(cursor.epoch, cursor.seq)
            self._taken[cursor.conv] = Position(cursor.epoch, cursor.seq)

    def received(self) -> list[Cursor]:
        """What to send with the next hello."""
        return list(_cursors(self._received))

    def taken(self) -> list[Cursor]:
        """What the program may save."""
        return list(_cursors(self._taken))

    def asks_epochs(self) -> bool:
        """Whether conversations without a known epoch were met since the last time this was asked."""
        asks, self._met = self._met, False
        return asks

    # What the hub says

    def welcome(self, me: Actor, conversations: Sequence[Conversation], *, first: bool) -> list[Mark]:
        """Take note of where everything stands at the beginning of a connection; return what that leaves out.

        Only what no cursor was sent for is decided here: the hub itself speaks of the others, by `gap`, `reset` and
        `left`. A conversation new to a program that was here before (`first` is False) begins with a gap.
        """
        self._me = me
        marks: list[Mark] = []
        listed = {conversation.id for conversation in conversations}
        for conv in [conv for conv, at in self._received.items() if at.epoch is None and conv not in listed]:
            self._received.pop(conv)
            marks.append(Left(conv))
        for conversation in conversations:
            marks.extend(self._begin(conversation, first=first))
        return marks

    def _begin(self, now: Conversation, *, first: bool) -> Iterator[Mark]:
        before = self._received.get(now.id)
        if before is not None and before.epoch is not None:
            return
        self.learn(now.id, now.epoch)
        self._received[now.id] = Position(now.epoch, now.seq)
        known = before.seq if before is not None else 0
        if first:
            self._taken[now.id] = Position(now.epoch, now.seq)
        elif known > now.seq:
            yield Reset(now.id, now.epoch, now.seq)
        elif known < now.seq:
            yield Gap(now.id, known + 1, now.seq)

    def learn(self, conv: int, epoch: int) -> None:
        """Take note of an epoch. Not of where the conversation stands: events on their way would seem known."""
        for positions in (self._received, self._taken):
            position = positions.get(conv)
            if position is not None and position.epoch is None:
                position.epoch = epoch

    def event(self, event: LogEvent) -> bool:
        """Return whether the event is new. Raises `HoleFound` when one before it is missing."""
        at = self._meet(event)
        if event.seq <= at.seq:
            return False
        if event.seq != at.seq + 1:
            raise HoleFound(event.conv, at.seq + 1, event.seq)
        at.seq = event.seq
        if self._puts_out(event):
            self.left(event.conv)
        return True

    def skip(self, event: LogEvent) -> None:
        """Do not take an event now: the hub shall send it again after the next hello."""
        self._meet(event)

    def _meet(self, event: LogEvent) -> Position:
        at = self._received.get(event.conv)
        if at is None:
            at = self._received[event.conv] = Position(None, event.seq - 1)
            self._met = True
        return at

    def gap(self, gap: Gap) -> None:
        """Go over events that do not come."""
        at = self._received.get(gap.conv)
        if at is not None and gap.start != at.seq + 1:
            raise HoleFound(gap.conv, at.seq + 1, gap.start)
        self._received[gap.conv] = Position(at.epoch if at is not None else None, gap.end)

    def reset(self, reset: Reset) -> None:
        """Begin anew."""
        self._received[reset.conv] = Position(reset.epoch, reset.seq)

    def left(self, conv: int) -> None:
        """Forget a conversation: should the program come back to it, events begin where they begin."""
        self._received.pop(conv, None)

    # What the program does

    def take(self, item: Item) -> None:
        """Take note that the program has got this item."""
        match item:
            case LogEvent() if self._puts_out(item):
                self._taken.pop(item.conv, None)
            case LogEvent():
                self._move(item.conv, item.seq)
            case Gap():
                self._move(item.conv, item.end)
            case Reset():
                self._taken[item.conv] = Position(item.epoch, item.seq)
            case Left():
                self._taken.pop(item.conv, None)
            case _:
                pass

    def _move(self, conv: int, seq: int) -> None:
        at = self._taken.get(conv)
        if at is None:
            received = self._received.get(conv)
            at = self._taken[conv] = Position(received.epoch if received is not None else None, seq)
        at.seq = seq

    def _puts_out(self, event: LogEvent) -> bool:
        """Whether the event ends this program's own membership."""
        return isinstance(event, Members) and any(self._is_me(actor) for actor in event.removed)

    def _is_me(self, actor: Actor) -> bool:
        return self._me is not None and (actor.kind, actor.id) == (self._me.kind, self._me.id)


def _cursors(positions: dict[int, Position]) -> Iterator[Cursor]:
    for conv, at in positions.items():
        if at.epoch is not None:
            yield Cursor(conv, at.epoch, at.seq)
