from loadtest.recorder import Percentiles, Recorder

MS = 1_000_000


def recorded(values_ms: list[int]) -> Percentiles:
    recorder = Recorder()
    recorder.extend(value * MS for value in values_ms)
    return recorder.percentiles()


def test_a_percentile_is_a_latency_that_occurred() -> None:
    found = recorded(list(range(1, 1_001)))
    assert found == Percentiles(count=1_000, p50=500, p90=900, p99=990, p999=999, max=1_000, mean=500.5)


def test_few_values_put_their_worst_into_the_high_percentiles() -> None:
    found = recorded([5, 1, 3])
    assert (found.p50, found.p99, found.max) == (3, 5, 5)


def test_one_outlier_in_a_hundred_is_the_maximum_and_not_the_p99() -> None:
    found = recorded([1] * 99 + [900])
    assert (found.p99, found.p999, found.max) == (1, 900, 900)


def test_nothing_recorded_is_told_by_the_count() -> None:
    assert recorded([]) == Percentiles(0, 0, 0, 0, 0, 0)


def test_percentiles_may_be_asked_for_in_between() -> None:
    recorder = Recorder()
    recorder.add(2 * MS)
    assert recorder.percentiles().max == 2
    recorder.add(1 * MS)
    assert recorder.percentiles().p50 == 1
    assert len(recorder) == 2


def test_a_part_can_be_asked_for_by_what_was_recorded_before_it() -> None:
    recorder = Recorder()
    recorder.extend([1 * MS, 2 * MS])
    half = len(recorder)
    recorder.extend([900 * MS])
    assert recorder.percentiles(0, half).max == 2
    assert recorder.percentiles(half).p50 == 900


def test_the_curve_ends_where_a_share_would_tell_of_less_than_one_value() -> None:
    recorder = Recorder()
    recorder.extend(value * MS for value in range(1, 101))
    shares = [share for share, _ in recorder.curve()]
    assert shares[0] == 0.0
    assert (0.5, 50.0) in recorder.curve()
    assert recorder.curve()[-1] == (1.0, 100.0)
    assert shares == sorted(shares)
    assert shares[-2] < 0.99


def test_no_values_make_no_curve() -> None:
    assert Recorder().curve() == []


def test_what_another_recorder_holds_is_included_value_by_value() -> None:
    one, other = Recorder(), Recorder()
    one.extend([1 * MS, 5 * MS])
    other.extend([2 * MS, 3 * MS, 900 * MS])
    one.include(Recorder(other.packed()), 0, 2)
    assert one.percentiles() == recorded([1, 2, 3, 5])
    one.include(other, 2)
    assert one.percentiles().max == 900
