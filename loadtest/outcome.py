"""The result of a run, from all that its processes saw and from the hub's own figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from loadtest.exposition import Metrics
from loadtest.readings import points, rates
from loadtest.results import Aim, LoadResult
from loadtest.share import Whole
from loadtest.split import split


class Load(Protocol):
    """What is to be told of a load in its result."""

    @property
    def name(self) -> str: ...
    @property
    def members(self) -> int: ...
    @property
    def rate_per_s(self) -> float: ...
    @property
    def aims(self) -> Mapping[str, Aim]: ...


def outcome(load: Load, seconds: float, whole: Whole, before: Metrics, after: Metrics) -> LoadResult:
    """Return the result; `before` and `after` are the hub's metrics at both ends of the measured phase."""
    first, last = whole.readings[0], whole.readings[-1]
    speed = rates(first, last)
    hub_cpu = last.hub_cpu_s - first.hub_cpu_s
    latency, lag = whole.latency.percentiles(), whole.lag.percentiles()
    return LoadResult(
        name=load.name,
        rooms=len(whole.rooms),
        members=load.members,
        rate_per_s=load.rate_per_s,
        seconds=seconds,
        expected=whole.expected,
        delivered=whole.delivered,
        deliveries_per_s=speed.deliveries,
        latency=latency,
        published=whole.published,
        acked_per_s=speed.acks,
        acks=whole.acks.percentiles(),
        hub_cpu_share=speed.hub_cpu_s,
        others_cpu_share=max(0.0, speed.core_busy_s - speed.hub_cpu_s),
        hub_us_per_delivery=hub_cpu / max(last.deliveries - first.deliveries, 1) * 1e6,
        hub_us_per_publish=hub_cpu / max(last.acks - first.acks, 1) * 1e6,
        generator_cpu_share=max(worker.core_share for worker in whole.workers),
        lag=lag,
        turns=whole.turns.percentiles(),
        hub_user_share=speed.hub_user_s,
        hub_system_share=speed.hub_system_s,
        hub_bytes=max(reading.hub_bytes for reading in whole.readings),
        split=split(before, after, latency, lag),
        curve=whole.latency.curve(),
        ack_curve=whole.acks.curve(),
        points=points(whole.readings, whole.latency),
        workers=whole.workers if len(whole.workers) > 1 else [],
        problems=problems(whole),
        aims=dict(load.aims),
    )


def problems(whole: Whole) -> list[str]:
    """Return what the hub did wrong, a line each."""
    found = [f"connection lost: {reason}" for reason in sorted(set(whole.lost))]
    found += [f"{count} publishes answered {code}" for code, count in sorted(whole.errors.items())]
    if whole.unanswered:
        found.append(f"{whole.unanswered} publishes never answered")
    if whole.incomplete:
        found.append(f"{whole.incomplete} of {whole.sessions} sessions did not get each message once")
    return found
