"""Every latency as it was, none rounded into a bucket."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass

MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Percentiles:
    """A distribution in milliseconds; all zero when nothing was recorded (`count` says so)."""

    count: int
    p50: float
    p90: float
    p99: float
    p999: float
    max: float


class Recorder:
    """Collects nanoseconds: 8 bytes each, so a million deliveries cost 8 MB and no precision."""

    def __init__(self) -> None:
        self._values = array("q")

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value_ns: int) -> None:
        """Record one."""
        self._values.append(value_ns)

    def extend(self, values_ns: Iterable[int]) -> None:
        """Record many."""
        self._values.extend(values_ns)

    def percentiles(self) -> Percentiles:
        """Return the distribution so far. Sorts a copy: not for the measured phase."""
        ordered = sorted(self._values)
        if not ordered:
            return Percentiles(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        p50, p90, p99, p999, top = (_at(ordered, share) / MS for share in (0.5, 0.9, 0.99, 0.999, 1.0))
        return Percentiles(len(ordered), p50, p90, p99, p999, top)


def _at(ordered: list[int], share: float) -> int:
    """Return the smallest value that at least `share` of all values do not exceed (nearest rank)."""
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(rank, 1) - 1]
