"""Where the time of a message goes: the hub's own histograms, against what was seen from outside."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from loadtest.exposition import NO_LABELS, Histogram, Labels, Metrics, grown
from loadtest.recorder import Percentiles

PUBLISH: Final = "hubbub_publish_duration_seconds"
WAY: Final = ("receive", "conversation", "commit", "fanout", "socket")
STAGES: Final[dict[str, tuple[str, Labels]]] = {
    **{stage: (PUBLISH, frozenset({("stage", stage)})) for stage in (*WAY, "total")},
    "transaction": ("hubbub_commit_duration_seconds", NO_LABELS),
    "loop": ("hubbub_event_loop_lag_seconds", NO_LABELS),
}
MS: Final = 1_000.0


class Stage(Struct, frozen=True, kw_only=True):
    """One of the hub's histograms over the measured phase. The percentiles are as exact as its buckets are narrow."""

    count: int
    mean_ms: float
    p50_ms: float
    p99_ms: float


class Split(Struct, frozen=True, kw_only=True):
    """The parts of the way from the due time to the listener, in milliseconds on average over all messages.

    `stages`: those of `WAY` follow each other inside the hub, and `total` is all of them; `transaction` is what the
    database took of the `commit`, and `loop` how late the hub's event loop was. `send` is how late the generator was,
    and `outside` what is left of the mean latency: the kernel's sockets and the generator's reading.
    """

    stages: dict[str, Stage]
    send_ms: float
    outside_ms: float
    changes_per_commit: float

    @property
    def way(self) -> dict[str, float]:
        """The parts that add up to the mean latency, in order."""
        inside = {name: self.stages[name].mean_ms for name in WAY}
        return {"send": self.send_ms, **inside, "outside": self.outside_ms}


def split(before: Metrics, after: Metrics, latency: Percentiles, lag: Percentiles) -> Split | None:
    """Return the parts between two scrapes; None when the hub timed no publish in between."""
    found = {name: grown(before, after, metric, labels) for name, (metric, labels) in STAGES.items()}
    if not found["total"].count:
        return None
    return Split(
        stages={name: _stage(histogram) for name, histogram in found.items()},
        send_ms=lag.mean,
        outside_ms=latency.mean - lag.mean - found["total"].mean * MS,
        changes_per_commit=grown(before, after, "hubbub_commit_changes").mean,
    )


def _stage(found: Histogram) -> Stage:
    return Stage(
        count=round(found.count),
        mean_ms=found.mean * MS,
        p50_ms=found.quantile(0.5) * MS,
        p99_ms=found.quantile(0.99) * MS,
    )
