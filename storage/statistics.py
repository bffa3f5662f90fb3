"""Counters of the storage: plain numbers that others read."""

from bisect import bisect_left
from typing import Final, NamedTuple

BATCH_ROWS: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0)
COMMIT_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Buckets:
    """How often a value fell into each bucket; `bounds` are the upper ones, included, ascending."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float, count: int = 1) -> None:
        """Count a value, or so many with this mean."""
        self.counts[bisect_left(self.bounds, value)] += count
        self.sum += value * count

    def cumulative(self) -> list[tuple[float, int]]:
        """Return `(upper bound, values up to it)` for each bucket, the last bound being infinity."""
        total, found = 0, []
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            total += count
            found.append((bound, total))
        return found


class StorageStatistics(NamedTuple):
    """A snapshot. The histograms are live: they go on counting.

    `queued_rows` wait for a commit or are in one, at most `queue_limit`; `search_backlog` messages are not in the
    full-text index yet (and are searched one by one).
    """

    queued_rows: int
    queue_limit: int
    search_backlog: int
    failed_commits: int
    batch_rows: Buckets
    commit_s: Buckets
