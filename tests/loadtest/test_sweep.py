import pytest
from msgspec.structs import replace

from loadtest.errors import UsageError
from loadtest.sweep import Condition, Found, Outcome, Step, condition, highest, judge
from tests.loadtest.test_report import CALM, GOOD, IDLE


class Hub:
    """Bears some rate and remembers what was asked of it."""

    def __init__(self, bears: float, *, beyond: Outcome = Outcome.MISSED) -> None:
        self.bears, self.beyond = bears, beyond
        self.asked: list[float] = []

    def __call__(self, rate: float) -> Step:
        self.asked.append(rate)
        return Step(rate, Outcome.MET if rate <= self.bears else self.beyond)


@pytest.mark.parametrize("bears", [11.0, 97.0, 640.0, 999.0])
def test_what_is_found_is_met_and_a_little_more_is_not(bears: float) -> None:
    hub = Hub(bears)
    found = highest(10, 1_000, 0.05, hub)
    assert found.best is not None
    assert found.limit is not None
    assert found.best <= bears < found.limit.rate_per_s <= found.best * 1.05
    assert len(hub.asked) <= 10


def test_a_hub_that_bears_everything_is_asked_twice() -> None:
    hub = Hub(5_000)
    assert highest(10, 1_000, 0.05, hub) == Found(1_000, None)
    assert hub.asked == [10, 1_000]


def test_a_hub_that_does_not_bear_the_least_is_asked_once() -> None:
    hub = Hub(5)
    assert highest(10, 1_000, 0.05, hub) == Found(None, Step(10, Outcome.MISSED))
    assert hub.asked == [10]


def test_one_rate_is_a_range_too() -> None:
    assert highest(10, 10, 0.05, Hub(20)).best == 10


def test_where_the_generator_ends_the_hub_is_not_blamed() -> None:
    found = highest(10, 1_000, 0.1, Hub(200, beyond=Outcome.SATURATED))
    assert found.limit is not None
    assert found.limit.outcome is Outcome.SATURATED


@pytest.mark.parametrize(("low", "high"), [(0, 10), (20, 10)])
def test_a_range_of_nothing_is_refused(low: float, high: float) -> None:
    with pytest.raises(UsageError, match="the lowest rate"):
        highest(low, high, 0.1, Hub(1))


QUICK = condition("latency.p99 <= 50")


def test_a_run_meets_what_it_was_asked_for() -> None:
    assert judge(40, GOOD, [QUICK, condition("acked_per_s>=39.5")]) == Step(40, Outcome.MET)


def test_a_condition_that_is_missed_is_told_with_its_figure() -> None:
    slow = replace(GOOD, latency=replace(CALM, p99=51.0))
    assert judge(40, slow, [QUICK]) == Step(40, Outcome.MISSED, "latency.p99 = 51.00 ms")


def test_what_was_lost_is_never_met() -> None:
    lost = replace(GOOD, problems=["3 sessions lost"])
    assert judge(40, lost, [QUICK]) == Step(40, Outcome.MISSED, "3 sessions lost")


def test_a_saturated_generator_proves_nothing() -> None:
    assert judge(40, replace(GOOD, generator_cpu_share=0.99), [QUICK]).outcome is Outcome.SATURATED


def test_a_figure_that_is_not_there_meets_nothing() -> None:
    assert judge(40, IDLE, [QUICK]).reason == "latency.p99 was not measured"


@pytest.mark.parametrize(
    ("text", "says"), [("latency.p98<=1", "the nearest one is latency.p9"), ("latency.p99<50", "expected METRIC")]
)
def test_a_condition_that_means_nothing_is_refused(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        condition(text)


def test_a_floor_is_a_condition_as_well() -> None:
    assert isinstance(condition("acked_per_s>=3"), Condition)
    assert condition("acked_per_s>=3").aim.at_least
