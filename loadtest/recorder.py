"""Every latency as it was, none rounded into a bucket.

`hdrhistogram` takes 1.8 µs for each value, about as much as all else that the generator does with a frame; this takes
0.16 where a read brought many (both measured on the same machine). Eight bytes a value is what it costs.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from msgspec import Struct

MS = 1_000_000
CURVE_HALVINGS = 17  # up to the percentile of one in 131,072
CURVE_STEPS = 4


class Percentiles(Struct, frozen=True):
    """A distribution in milliseconds; all zero when nothing was recorded (`count` says so)."""

    count: int
    p50: float
    p90: float
    p99: float
    p999: float
    max: float
    mean: float = 0.0


class Recorder:
    """Collects nanoseconds: 8 bytes each, so a million deliveries cost 8 MB and no precision."""

    def __init__(self, packed: bytes = b"") -> None:
        self._values = array("q", packed)

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value_ns: int) -> None:
        """Record one."""
        self._values.append(value_ns)

    def extend(self, values_ns: Iterable[int]) -> None:
        """Record many."""
        self._values.extend(values_ns)

    def include(self, other: Recorder, start: int = 0, end: int | None = None) -> None:
        """Record what another one holds, or a part of it: what comes of that is exact, as if it had all been here."""
        self._values.extend(other._values[start:end])

    def packed(self) -> bytes:
        """Return all values as they are in memory; `Recorder(packed)` holds the same, on the same machine."""
        return self._values.tobytes()

    def percentiles(self, start: int = 0, end: int | None = None) -> Percentiles:
        """Return the distribution, by default of all so far. Sorts a copy: not for the measured phase."""
        ordered = sorted(self._values[start:end])
        if not ordered:
            return Percentiles(0, 0.0, 0.0, 0.0, 0.0, 0.0)
        p50, p90, p99, p999, top = (_at(ordered, share) / MS for share in (0.5, 0.9, 0.99, 0.999, 1.0))
        return Percentiles(len(ordered), p50, p90, p99, p999, top, sum(ordered) / len(ordered) / MS)

    def curve(self) -> list[tuple[float, float]]:
        """Return `(share, milliseconds)` at shares that halve their distance to 1 again and again, then the maximum.

        It ends where the next share would tell of less than one value.
        """
        ordered = sorted(self._values)
        shares = [share for share in CURVE_SHARES if (1 - share) * len(ordered) >= 1]
        return [(share, _at(ordered, share) / MS) for share in (*shares, 1.0)] if ordered else []


def _at(ordered: Sequence[int], share: float) -> int:
    """Return the smallest value that at least `share` of all values do not exceed (nearest rank)."""
    rank = -int(-share * len(ordered) // 1)
    return ordered[max(rank, 1) - 1]


CURVE_SHARES = tuple(1 - 2 ** -(step / CURVE_STEPS) for step in range(CURVE_HALVINGS * CURVE_STEPS + 1))
