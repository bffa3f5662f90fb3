from loadtest.recorder import Percentiles, Recorder

MS = 1_000_000


def recorded(values_ms: list[int]) -> Percentiles:
    recorder = Recorder()
    recorder.extend(value * MS for value in values_ms)
    return recorder.percentiles()


def test_a_percentile_is_a_latency_that_occurred() -> None:
    found = recorded(list(range(1, 1_001)))
    assert found == Percentiles(count=1_000, p50=500, p90=900, p99=990, p999=999, max=1_000)


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
