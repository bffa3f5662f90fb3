"""Open-loop arrivals: fixed before the first send, and moved by nothing.

A generator that waits for answers sends less when the server is slow, and so measures the server at its ease
(coordinated omission). Here the n-th arrival is due at its time whatever happened to those before it, and a latency is
counted from that time, not from when the generator got around to sending.
"""

from __future__ import annotations

from collections.abc import Iterator

NS = 1_000_000_000


class Pacer:
    """`rate_per_s` arrivals a second, evenly spaced, for `seconds` from `start_ns` on. Times are in nanoseconds."""

    def __init__(self, rate_per_s: float, seconds: float, start_ns: int) -> None:
        if rate_per_s <= 0 or seconds <= 0:
            raise ValueError("a load needs a rate and a duration above zero")
        self._gap_ns = NS / rate_per_s
        self._start_ns = start_ns
        self._given = 0
        self.total = max(1, round(rate_per_s * seconds))

    @property
    def exhausted(self) -> bool:
        """Whether every arrival has been given out."""
        return self._given >= self.total

    def next_ns(self) -> int | None:
        """Return when the next arrival is due; None after the last."""
        return None if self.exhausted else self._due_ns(self._given)

    def due(self, now_ns: int) -> Iterator[tuple[int, int]]:
        """Give out `(number, due time)` of every arrival that is due by now, each exactly once, in order."""
        while not self.exhausted:
            due_ns = self._due_ns(self._given)
            if due_ns > now_ns:
                return
            number = self._given
            self._given += 1
            yield number, due_ns

    def _due_ns(self, number: int) -> int:
        return self._start_ns + round(number * self._gap_ns)
