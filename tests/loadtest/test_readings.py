from dataclasses import dataclass, field

import pytest

from loadtest.readings import Reading, points, rates
from loadtest.recorder import Recorder

MS = 1_000_000
START = Reading(
    at=100.0,
    hub_user_s=1.0,
    hub_system_s=0.5,
    hub_bytes=50,
    core_busy_s=3.0,
    own_cpu_s=1.0,
    sent=0,
    deliveries=0,
    acks=0,
    latencies=0,
)


@dataclass
class Phase:
    """A measured phase, told second by second."""

    latency: Recorder = field(default_factory=Recorder)
    readings: list[Reading] = field(default_factory=lambda: [START])

    def second(self, *latencies_ms: int, hub_s: float = 0.0, hub_bytes: int = 50) -> None:
        self.latency.extend(value * MS for value in latencies_ms)
        last = self.readings[-1]
        self.readings.append(
            last._replace(
                at=last.at + 1,
                hub_user_s=last.hub_user_s + hub_s,
                hub_bytes=hub_bytes,
                deliveries=last.deliveries + len(latencies_ms),
                latencies=len(self.latency),
            )
        )


def test_each_point_tells_of_its_own_second_only() -> None:
    phase = Phase()
    phase.second(1, 2, 3, hub_s=0.25)
    phase.second(900, hub_s=0.75, hub_bytes=80)
    first, second = points(phase.readings, phase.latency)
    assert (first.at_s, first.deliveries_per_s, first.p50_ms, first.max_ms) == (1.0, 3.0, 2.0, 3.0)
    assert (second.at_s, second.deliveries_per_s, second.p50_ms, second.hub_bytes) == (2.0, 1.0, 900.0, 80)
    assert [first.hub_user_share, second.hub_user_share] == pytest.approx([0.25, 0.75])


def test_a_second_in_which_nothing_arrived_is_a_point_too() -> None:
    phase = Phase()
    phase.second()
    (point,) = points(phase.readings, phase.latency)
    assert (point.deliveries_per_s, point.p50_ms) == (0.0, 0.0)


def test_rates_are_by_the_time_that_really_passed() -> None:
    later = START._replace(at=104.0, deliveries=200, hub_system_s=2.5)
    speed = rates(START, later)
    assert (speed.at, speed.deliveries, speed.hub_cpu_s, speed.hub_bytes) == (4.0, 50.0, 0.5, 50)
