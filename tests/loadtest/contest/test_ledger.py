from msgspec.structs import replace

from loadtest.contest.ledger import Row, Trial, all_marks, faults, figure, holds, marks, ratio
from loadtest.recorder import Percentiles
from tests.loadtest.test_report import GOOD

TRIAL = Trial(
    began="2030-01-01T00:00:00+00:00", result=GOOD, sent=400, stored=400, durable=True, bytes_per_connection=10_240.0
)


def us(value: float) -> Trial:
    return replace(TRIAL, result=replace(GOOD, hub_us_per_delivery=value))


def row(*trials: Trial, contestant: str = "ws") -> Row:
    return Row(work="fanout", contestant=contestant, trials=list(trials))


def of_us(trial: Trial) -> float:
    return trial.result.hub_us_per_delivery


def test_counts_that_agree_leave_no_mark() -> None:
    assert marks(TRIAL) == []


def test_rows_that_are_not_what_was_sent_are_marked_with_both_counts() -> None:
    assert marks(replace(TRIAL, stored=399)) == ["399 rows of 400 messages"]
    assert marks(replace(TRIAL, stored=401)) == ["401 rows of 400 messages"]


def test_rows_that_cannot_be_counted_are_no_proof() -> None:
    assert marks(replace(TRIAL, stored=None)) == ["its rows could not be counted"]


def test_nobody_who_keeps_nothing_is_asked_for_rows() -> None:
    assert marks(replace(TRIAL, stored=None, durable=False)) == []


def test_what_was_lost_or_refused_is_marked_as_the_run_told_it() -> None:
    lost = replace(GOOD, problems=["3 publishes never answered"])
    assert marks(replace(TRIAL, result=lost)) == ["3 publishes never answered"]


def test_a_saturated_generator_is_marked_first() -> None:
    both = replace(GOOD, generator_cpu_share=0.99, problems=["lost"])
    assert marks(replace(TRIAL, result=both)) == ["GENERATOR SATURATED: it used 99% of its core", "lost"]


def test_who_acknowledges_less_than_is_offered_has_not_kept_up() -> None:
    slow = replace(GOOD, acked_per_s=20.0)
    assert marks(replace(TRIAL, result=slow)) == ["acknowledged 50% of the rate in time"]


def test_a_highest_rate_that_is_not_the_servers_own_limit_is_marked() -> None:
    assert marks(replace(TRIAL, capped="no higher rate was tried")) == ["may bear more: no higher rate was tried"]


def test_a_core_that_others_were_busy_on_is_marked_and_ends_no_ladder() -> None:
    crowded = replace(GOOD, others_cpu_share=0.3)
    assert marks(replace(TRIAL, result=crowded)) == ["other processes took 30% of its core"]
    assert faults(replace(TRIAL, result=crowded)) == []
    assert holds(crowded, p99_ms=50)


def test_a_rate_holds_only_when_all_arrives_and_in_time() -> None:
    assert holds(GOOD, p99_ms=3.0)
    assert not holds(GOOD, p99_ms=2.9)
    assert not holds(replace(GOOD, problems=["lost"]), p99_ms=50)
    assert not holds(replace(GOOD, acked_per_s=37.0), p99_ms=50)
    assert not holds(replace(GOOD, lag=Percentiles(1, 99.0, 99.0, 99.0, 99.0, 99.0)), p99_ms=50)


def test_a_figure_is_the_median_with_its_spread() -> None:
    assert figure(row(us(3.0), us(1.0), us(2.0)), of_us) == (2.0, 1.0, 3.0)
    nothing = replace(TRIAL, bytes_per_connection=None)
    assert figure(row(nothing), lambda trial: trial.bytes_per_connection) is None


def test_a_ratio_is_taken_round_by_round() -> None:
    # The machine was twice as slow in the second round, for both.
    assert ratio(row(us(6.0), us(12.0)), row(us(3.0), us(6.0), contestant="hub"), of_us) == 2.0
    assert ratio(row(us(6.0)), None, of_us) is None
    assert ratio(row(us(6.0)), row(us(0.0), contestant="hub"), of_us) is None


def test_what_is_off_in_many_rounds_is_told_once() -> None:
    assert all_marks(row(replace(TRIAL, stored=1), replace(TRIAL, stored=1), TRIAL)) == ["1 rows of 400 messages"]
