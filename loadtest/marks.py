"""The counters of one process, second by second, so that those of several can be laid side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from loadtest.pacer import NS
from loadtest.readings import Reading


class Mark(NamedTuple):
    """A reading, and which second of the measured phase it begins; the last of all ends the phase."""

    second: int
    reading: Reading


class Marks:
    """Takes a reading when the measured phase begins, at every full second in it, and when it ends."""

    def __init__(self, begin_ns: int, end_ns: int, take: Callable[[], Reading]) -> None:
        self._begin_ns = begin_ns
        self._end_ns = end_ns
        self._take = take
        self.taken = [Mark(0, take())]

    def look(self, now_ns: int) -> Reading | None:
        """Take a reading if a second has begun since the last one. What was missed meanwhile stays missing."""
        second = (now_ns - self._begin_ns) // NS
        if second <= self.taken[-1].second or now_ns >= self._end_ns:
            return None
        self.taken.append(Mark(second, self._take()))
        return self.taken[-1].reading

    def end(self) -> list[Mark]:
        """Take the last reading; return all."""
        return [*self.taken, Mark(self.taken[-1].second + 1, self._take())]
