"""Items that wait for the program to take them."""

from collections import deque
from dataclasses import dataclass
from enum import Enum

from protocol.client.items import Item


class Overflow(Enum):
    """What happens when a program does not take its events in time."""

    RESUME = "resume"
    """What does not fit is not taken; once half the buffer is free again, the client reconnects and the hub sends it
    anew. Nothing is lost in silence: at worst there is a `Gap`."""
    FAIL = "fail"
    """The session ends with `EventsOverflowed`."""


@dataclass(frozen=True, slots=True)
class BufferStatistics:
    """A snapshot. All but `waiting` only ever grow. `dropped` counts ephemeral items, `overflows` full buffers."""

    waiting: int
    dropped: int
    overflows: int


class Buffer:
    """First in, first out, with a limit.

    A slow program must not hold up the reader of the socket: it may be waiting for an answer that is still in there.
    So a full buffer is never waited for. `behind` is true from an overflow until the next connection.
    """

    __slots__ = ("_dropped", "_items", "_limit", "_overflows", "behind")

    def __init__(self, limit: int) -> None:
        self._items: deque[Item] = deque()
        self._limit = limit
        self._dropped = 0
        self._overflows = 0
        self.behind = False

    def __len__(self) -> int:
        return len(self._items)

    @property
    def half_free(self) -> bool:
        """Whether it is worth while to fill the buffer again."""
        return len(self._items) * 2 <= self._limit

    def admits(self) -> bool:
        """Whether one more item of the log fits. If it does not, the buffer is `behind` from now on."""
        if not self.behind and len(self._items) >= self._limit:
            self.behind = True
            self._overflows += 1
        return not self.behind

    def add(self, item: Item) -> None:
        """Add an item that was admitted."""
        self._items.append(item)

    def offer(self, item: Item) -> None:
        """Add an item that may be dropped."""
        if self.behind or len(self._items) >= self._limit:
            self._dropped += 1
        else:
            self._items.append(item)

    def take(self) -> Item:
        """Remove the first item; the buffer must not be empty."""
        return self._items.popleft()

    def statistics(self) -> BufferStatistics:
        """Return the counters."""
        return BufferStatistics(len(self._items), self._dropped, self._overflows)
