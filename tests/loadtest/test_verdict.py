import pytest

from loadtest.recorder import Percentiles
from loadtest.verdict import Verdict, judge, saturation, worst


def lag(p99: float) -> Percentiles:
    return Percentiles(1_000, 0.1, 0.2, p99, p99, 500.0)


CALM = lag(1.0)


def test_a_generator_that_kept_up_may_have_had_a_single_hiccup() -> None:
    assert saturation(0.6, lag(2.0), CALM) is None


@pytest.mark.parametrize(("share", "late", "says"), [(0.97, 1.0, "97%"), (0.5, 40.0, "40.0 ms"), (0.97, 40.0, "and")])
def test_a_generator_without_time_or_behind_time_is_saturated(share: float, late: float, says: str) -> None:
    reason = saturation(share, lag(late), CALM)
    assert reason is not None
    assert says in reason


def test_a_loop_that_was_busy_with_one_turn_for_long_saw_its_deliveries_too_late() -> None:
    assert "turns took 25.0 ms" in str(saturation(0.6, CALM, lag(25.0)))


def test_lateness_without_work_is_blamed_on_the_neighbours() -> None:
    assert "something else" in str(saturation(0.2, lag(40.0), CALM))
    assert "something else" not in str(saturation(0.8, lag(40.0), CALM))


def test_a_saturated_generator_proves_nothing_not_even_a_failure() -> None:
    assert judge("it used 97% of its core", ["lost"]) is Verdict.SATURATED
    assert judge(None, ["lost"]) is Verdict.FAILED
    assert judge(None, []) is Verdict.PASSED


def test_exit_codes_are_those_of_the_manual() -> None:
    assert (Verdict.PASSED, Verdict.FAILED, Verdict.SATURATED) == (0, 1, 3)


def test_the_worst_run_counts() -> None:
    assert worst([Verdict.PASSED, Verdict.SATURATED, Verdict.FAILED]) is Verdict.SATURATED
    assert worst([]) is Verdict.PASSED
