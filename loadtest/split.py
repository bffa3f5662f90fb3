"""Where the time of a message goes: the hub's own histograms, against what was seen from outside."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from loadtest.exposition import NO_LABELS, Histogram, Labels, Metrics, grown
from loadtest.recorder import Percentiles

PUBLISH: Final = "hubbub_publish_duration_seconds"
STAGES: Final[dict[str, tuple[str, Labels]]] = {
    "commit": (PUBLISH, frozenset({("stage", "commit")})),
    "transaction": ("hubbub_commit_duration_seconds", NO_LABELS),
    "flush": (PUBLISH, frozenset({("stage", "flush")})),
    "total": (PUBLISH, frozenset({("stage", "total")})),
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
    """The parts of the way from the due time to the listener, in milliseconds.

    `stages`: `commit` from a message's place in the log until it is on disk, of which `transaction` is what the
    database took; `flush` from there into the outboxes; `total` both. `loop` is how late the hub's event loop was. Of
    all messages in one commit or flush the hub times the one that waited longest: under load these are the worst.
    `send` is how late the generator was, and `outside` what is left of the mean latency: the sockets, the hub's reading
    and admitting before the stages and its writing after them. It may be below zero where many messages share a flush.
    """

    stages: dict[str, Stage]
    send_ms: float
    outside_ms: float
    changes_per_commit: float


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
