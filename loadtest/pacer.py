"""Open-loop arrivals: fixed before the first send, and moved by nothing.

A generator that waits for answers sends less when the server is slow, and so measures the server at its ease
(coordinated omission). Here the n-th arrival is due at its time whatever happened to those before it, and a latency is
counted from that time, not from when the generator got around to sending.

Where several processes send, there is still one schedule: each gives out the arrivals of its own seats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf
from typing import Final, NamedTuple

NS = 1_000_000_000


class Seats(NamedTuple):
    """Which arrivals are given out here: those whose number, modulo `round`, is one of `mine` (ascending)."""

    mine: Sequence[int]
    round: int

    def count(self, total: int) -> int:
        """Return how many of the first `total` arrivals these are."""
        rounds, rest = divmod(total, self.round)
        return rounds * len(self.mine) + sum(seat < rest for seat in self.mine)

    def number(self, index: int) -> int:
        """Return the number of the arrival that is given out here as the `index`-th, from 0 on."""
        rounds, place = divmod(index, len(self.mine))
        return rounds * self.round + self.mine[place]


EVERY: Final = Seats((0,), 1)


class Pacer:
    """`rate_per_s` arrivals a second, evenly spaced, for `seconds` from `start_ns` on, of which it gives out `seats`.

    Times are in nanoseconds. `total` is how many it gives out, `gap_ns` the mean time between two of them.
    """

    def __init__(self, rate_per_s: float, seconds: float, start_ns: int, seats: Seats = EVERY) -> None:
        if rate_per_s <= 0 or seconds <= 0:
            raise ValueError("a load needs a rate and a duration above zero")
        self._every_ns = NS / rate_per_s
        self._start_ns = start_ns
        self._seats = seats
        self._given = 0
        self.total = seats.count(max(1, round(rate_per_s * seconds)))
        self.gap_ns = self._every_ns * seats.round / len(seats.mine) if seats.mine else inf
        self.end_ns = start_ns + round(seconds * NS)

    @property
    def exhausted(self) -> bool:
        """Whether every arrival has been given out."""
        return self._given >= self.total

    def next_ns(self) -> int | None:
        """Return when the next arrival is due; None after the last."""
        return None if self.exhausted else self._due_ns(self._seats.number(self._given))

    def due(self, now_ns: int) -> Iterator[tuple[int, int]]:
        """Give out `(number, due time)` of every arrival that is due by now, each exactly once, in order."""
        while not self.exhausted:
            number = self._seats.number(self._given)
            due_ns = self._due_ns(number)
            if due_ns > now_ns:
                return
            self._given += 1
            yield number, due_ns

    def _due_ns(self, number: int) -> int:
        return self._start_ns + round(number * self._every_ns)
