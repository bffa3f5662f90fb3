"""The newest events, in memory, as a replay shows them: with today's content.

A replay never shows what was taken away. A message that was deleted since has no body, and neither have the edits that
went before the deletion; a message that was edited since, and all its edits, have its current text.
"""

from collections.abc import Iterable
from itertools import pairwise

from msgspec.structs import replace

from actors.conversation.pending import weight
from protocol.frames import AnyEvent, Deleted, Edited, Message


class Recent:
    """A ring of events without holes, bounded in number and in bytes."""

    __slots__ = ("_bytes", "_bytes_limit", "_events", "_first", "_limit")

    def __init__(self, limit: int, bytes_limit: int) -> None:
        self._limit = limit
        self._bytes_limit = bytes_limit
        self._events: dict[int, AnyEvent] = {}
        self._first = 0
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._events)

    def reaches(self, seq: int) -> bool:
        """Whether everything from `seq` on is here."""
        return bool(self._events) and self._first <= seq

    def between(self, after: int, through: int) -> list[AnyEvent]:
        """The events after `after` up to `through`, in order; `reaches(after + 1)` must hold."""
        events = self._events
        return [events[seq] for seq in range(after + 1, through + 1)]

    def add(self, event: AnyEvent) -> None:
        """Remember the next event, and what it means for earlier ones."""
        if not self._events:
            self._first = event.seq
        elif isinstance(event, Edited):
            self._patch(event.id, event.body, event.html, deleted=False)
        elif isinstance(event, Deleted):
            self._patch(event.id, "", "", deleted=True)
        self._events[event.seq] = event
        self._bytes += weight(event)
        while len(self._events) > self._limit or self._bytes > self._bytes_limit:
            self._forget_first()

    def load(self, events: Iterable[AnyEvent]) -> None:
        """Begin anew with events that show today's content already."""
        loaded = list(events)
        if any(later.seq != earlier.seq + 1 for earlier, later in pairwise(loaded)):
            raise ValueError("the log has a hole")
        self.clear()
        self._events = {event.seq: event for event in loaded}
        self._bytes = sum(map(weight, loaded))
        self._first = loaded[0].seq if loaded else 0
        while len(self._events) > self._limit or self._bytes > self._bytes_limit:
            self._forget_first()

    def clear(self) -> None:
        """Forget everything."""
        self._events = {}
        self._bytes = 0

    def _forget_first(self) -> None:
        self._bytes -= weight(self._events.pop(self._first))
        self._first += 1

    def _patch(self, message_id: int, body: str, html: str | None, *, deleted: bool) -> None:
        # A look at each event: edits are rare, and an index by id would be paid for by every publish.
        for seq, event in self._events.items():
            if isinstance(event, Message | Edited) and event.id == message_id:
                now = replace(event, body=body, html=html)
                if isinstance(now, Message):
                    now = replace(now, attachments=None, deleted=True) if deleted else replace(now, edited=True)
                self._bytes += weight(now) - weight(event)
                self._events[seq] = now
