"""The figures of a result that have a name: what aims, comparisons and sweeps speak of."""

from __future__ import annotations

from operator import attrgetter
from typing import Final, NamedTuple

from loadtest.errors import UsageError
from loadtest.nearest import nearest
from loadtest.recorder import Percentiles
from loadtest.results import Result


class Metric(NamedTuple):
    """Where a figure stands in a result, in what unit, and whether more of it is better."""

    name: str
    unit: str
    more_is_better: bool = False

    def of(self, result: Result) -> float | None:
        """Return the figure; None when this kind of result has none of it, or nothing was recorded."""
        try:
            value = attrgetter(self.name)(result)
        except AttributeError:
            return None
        return float(value) if _counted(self.name, result) else None


def _counted(name: str, result: Result) -> bool:
    owner = attrgetter(name.rpartition(".")[0])(result) if "." in name else None
    return not isinstance(owner, Percentiles) or owner.count > 0


METRICS: Final = {
    metric.name: metric
    for metric in (
        Metric("latency.p50", "ms"),
        Metric("latency.p99", "ms"),
        Metric("latency.p999", "ms"),
        Metric("latency.max", "ms"),
        Metric("acks.p50", "ms"),
        Metric("acks.p99", "ms"),
        Metric("deliveries_per_s", "/s", more_is_better=True),
        Metric("acked_per_s", "/s", more_is_better=True),
        Metric("hub_us_per_delivery", "µs"),
        Metric("hub_us_per_publish", "µs"),
        Metric("hub_cpu_share", "cores"),
        Metric("hub_user_share", "cores"),
        Metric("hub_system_share", "cores"),
        Metric("hub_bytes", "B"),
        Metric("scene.start_s", "s"),
        Metric("scene.median_s", "s"),
        Metric("scene.back_s", "s"),
        Metric("scene.bytes_per_slow", "B"),
        Metric("scene.caught_up_s", "s"),
        Metric("scene.calls_per_s", "/s", more_is_better=True),
        Metric("scene.latency.p50", "ms"),
        Metric("scene.latency.p99", "ms"),
        Metric("scene.hub_us_per_call", "µs"),
        Metric("bytes_per_session", "B"),
        Metric("sign_ins_per_s", "/s", more_is_better=True),
        Metric("hub_ms_per_sign_in", "ms"),
        Metric("up.p99", "ms"),
    )
}


def metric(name: str) -> Metric:
    """Return the metric of this name. Raises UsageError that names the nearest one there is."""
    if name not in METRICS:
        raise UsageError(f"{name}: no such metric; the nearest one is {nearest(name, METRICS)}")
    return METRICS[name]
