"""The counters at moments of a run, and what happened between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from time import monotonic, process_time
from typing import NamedTuple

from msgspec import Struct

from loadtest.recorder import Recorder
from loadtest.server_process import ServerProcess
from loadtest.tally import Tally


class Reading(NamedTuple):
    """The counters at one moment. `latencies` is how many the recorder held: what came after is behind that."""

    at: float
    hub_user_s: float
    hub_system_s: float
    hub_bytes: int
    core_busy_s: float
    own_cpu_s: float
    sent: int
    deliveries: int
    acks: int
    latencies: int

    @property
    def hub_cpu_s(self) -> float:
        """The hub's processor time, user and system."""
        return self.hub_user_s + self.hub_system_s


class Point(Struct, frozen=True, kw_only=True):
    """One stretch of the measured phase, about a second. `at_s` is its end, latencies are to the listeners."""

    at_s: float
    sent_per_s: float
    deliveries_per_s: float
    acked_per_s: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    hub_user_share: float
    hub_system_share: float
    hub_bytes: int
    generator_cpu_share: float


def read(hub: ServerProcess, tally: Tally) -> Reading:
    """Take a reading now."""
    cpu = hub.cpu_time()
    return own(tally)._replace(
        hub_user_s=cpu.user_s,
        hub_system_s=cpu.system_s,
        hub_bytes=hub.quick_resident_bytes(),
        core_busy_s=hub.core_busy_seconds(),
    )


def own(tally: Tally) -> Reading:
    """Take a reading of this process' counters alone; those of the hub are 0."""
    return Reading(
        at=monotonic(),
        hub_user_s=0.0,
        hub_system_s=0.0,
        hub_bytes=0,
        core_busy_s=0.0,
        own_cpu_s=process_time(),
        sent=tally.sends,
        deliveries=tally.deliveries,
        acks=tally.acks,
        latencies=len(tally.latency),
    )


def added(readings: Sequence[Reading]) -> Reading:
    """Return the counters of several processes together, as of the first one's moment. Only the first reads the hub."""
    return Reading._make(map(sum, zip(*readings, strict=True)))._replace(at=readings[0].at)


def rates(before: Reading, after: Reading) -> Reading:
    """Return the growth of each counter per second; `at` is how many seconds that were, `hub_bytes` the later one."""
    elapsed = max(after.at - before.at, 1e-9)
    grown = [(late - early) / elapsed for early, late in zip(before, after, strict=True)]
    return Reading._make(grown)._replace(at=elapsed, hub_bytes=after.hub_bytes)


def points(readings: Sequence[Reading], latency: Recorder) -> list[Point]:
    """Return the stretches between readings, in order."""
    return [_point(readings[0].at, before, after, latency) for before, after in pairwise(readings)]


def _point(began: float, before: Reading, after: Reading, latency: Recorder) -> Point:
    speed, found = rates(before, after), latency.percentiles(before.latencies, after.latencies)
    return Point(
        at_s=after.at - began,
        sent_per_s=speed.sent,
        deliveries_per_s=speed.deliveries,
        acked_per_s=speed.acks,
        p50_ms=found.p50,
        p99_ms=found.p99,
        max_ms=found.max,
        hub_user_share=speed.hub_user_s,
        hub_system_share=speed.hub_system_s,
        hub_bytes=after.hub_bytes,
        generator_cpu_share=speed.own_cpu_s,
    )
