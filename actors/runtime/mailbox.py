"""What waits for an actor: first in, first out, bounded."""

from collections import deque
from collections.abc import Callable
from enum import Enum

from actors.runtime.address import Address
from actors.runtime.errors import MailboxFull, RuntimeFault
from actors.runtime.reply import Reply
from actors.runtime.statistics import Counts

Envelope = tuple[object, Reply]


class Overflow(Enum):
    """What a full mailbox does with one message more."""

    REFUSE = "refuse"
    """`tell` raises `MailboxFull`."""
    DROP_NEWEST = "drop newest"
    """The message that comes is dropped; its reply is answered `MailboxFull`."""
    DROP_OLDEST = "drop oldest"
    """The message that waited longest is dropped; its reply is answered `MailboxFull`."""


class Mailbox:
    """A queue for this life of the actor and, once an end is asked for, one for its next life.

    `queue` is read by the cell alone, with no call in between; nothing ever makes it shorter but the cell.
    """

    __slots__ = ("_address", "_counts", "_later", "_limit", "_overflow", "queue")

    def __init__(self, address: Address, limit: int, overflow: Overflow, counts: Counts) -> None:
        self.queue: deque[Envelope] = deque()
        self._later: deque[Envelope] | None = None
        self._address = address
        self._limit = limit
        self._overflow = overflow
        self._counts = counts

    def __len__(self) -> int:
        return len(self.queue) + (len(self._later) if self._later is not None else 0)

    def put(self, message: object, reply: Reply, urgent: bool) -> None:
        """Add a message, or do as the overflow policy says. What is urgent is always added, to this life's queue."""
        queue = self.queue if self._later is None or urgent else self._later
        if len(queue) >= self._limit and not urgent:
            self._overflowed(queue, (message, reply))
        else:
            queue.append((message, reply))
            self._counts.told += 1

    def _overflowed(self, queue: deque[Envelope], newest: Envelope) -> None:
        if self._overflow is Overflow.REFUSE:
            self._counts.refused += 1
            raise MailboxFull(self._address)
        self._counts.told += 1
        self._counts.dropped += 1
        queue.append(newest)
        dropped = queue.popleft() if self._overflow is Overflow.DROP_OLDEST else queue.pop()
        # Last, because whoever is answered may tell this very actor something.
        dropped[1].answer(MailboxFull(self._address))

    def divide(self) -> None:
        """From now on only what is urgent joins this life's queue."""
        if self._later is None:
            self._later = deque()

    def unite(self) -> bool:
        """What came since `divide` is up next. Whether anything waits."""
        if self._later is not None:
            self.queue.extend(self._later)
            self._later = None
        return bool(self.queue)

    def reject(self, fault: Callable[[], RuntimeFault]) -> None:
        """Empty the mailbox for good and answer all that waits there, each with a fault of its own."""
        self.unite()
        while self.queue:
            self._counts.unhandled += 1
            self.queue.popleft()[1].answer(fault())
