"""What was sent, what came back, and whether they agree.

The marker of a message is its due time, and no two messages share one: a listener that got as many messages as its room
was sent, with the same sum of markers, got each of them once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from loadtest.recorder import Recorder

MODULUS: Final = 1 << 64


class Sum(NamedTuple):
    """How many messages, and the sum of their markers modulo 2**64: an account as it travels between processes."""

    number: int
    checksum: int

    @classmethod
    def of(cls, sums: Iterable[Sum]) -> Sum:
        """Return the sum of several."""
        listed = list(sums)
        return cls(sum(each.number for each in listed), sum(each.checksum for each in listed) % MODULUS)


class Account:
    """How many messages, and the sum of their markers: equal accounts mean equal sets, for all practical purposes."""

    __slots__ = ("checksum", "count")

    def __init__(self) -> None:
        self.count = 0
        self.checksum = 0

    def add(self, stamps: list[int]) -> None:
        """Enter these messages."""
        self.count += len(stamps)
        self.checksum += sum(stamps)

    def retract(self, stamp: int) -> None:
        """Take one message back: it was refused."""
        self.count -= 1
        self.checksum -= stamp

    def agrees(self, other: Account) -> bool:
        """Whether both hold the same messages."""
        return self.count == other.count and self.checksum == other.checksum

    def sum(self) -> Sum:
        """Return what stands in it by now."""
        return Sum(self.count, self.checksum % MODULUS)


class Tally:
    """Counts of one run. Latencies are those of messages due at `measure_from_ns` or later: before it is warm-up."""

    def __init__(self) -> None:
        self.measure_from_ns = 0
        self.sends = 0
        self.deliveries = 0
        self.acks = 0
        self.latency = Recorder()
        self.ack_latency = Recorder()
        self.lag = Recorder()
        self.errors: Counter[str] = Counter()
        self._unanswered: dict[int, tuple[int, Account]] = {}

    @property
    def unanswered(self) -> int:
        """How many publishes have had no answer yet."""
        return len(self._unanswered)

    def sent(self, ref: int, due_ns: int, now_ns: int, said: Account) -> None:
        """A publish went out; unless it is refused, it stands in the room's account."""
        said.add([due_ns])
        self.sends += 1
        self._unanswered[ref] = due_ns, said
        if due_ns >= self.measure_from_ns:
            self.lag.add(now_ns - due_ns)

    def arrived(self, stamps: list[int], now_ns: int) -> None:
        """Messages with these markers reached one listener."""
        self.deliveries += len(stamps)
        since = self.measure_from_ns
        self.latency.extend([now_ns - due_ns for due_ns in stamps if due_ns >= since])

    def answered(self, ref: int | None, code: str | None, now_ns: int) -> None:
        """A publish was acknowledged (`code` None) or refused."""
        due_ns, said = self._unanswered.pop(-1 if ref is None else ref, (None, None))
        if due_ns is None or said is None:
            self.errors["that was not asked for"] += 1
        elif code is not None:
            self.errors[code] += 1
            said.retract(due_ns)
        else:
            self.acks += 1
            if due_ns >= self.measure_from_ns:
                self.ack_latency.add(now_ns - due_ns)
