import pytest

from loadtest.exposition import Histogram, grown, parse

BEFORE = """\
# HELP waited_seconds How long.
# TYPE waited_seconds histogram
waited_seconds_bucket{stage="commit",le="0.001"} 5
waited_seconds_bucket{stage="commit",le="0.01"} 5
waited_seconds_bucket{stage="commit",le="+Inf"} 5
waited_seconds_sum{stage="commit"} 0.004
waited_seconds_bucket{stage="flush",le="+Inf"} 900
up 1
"""
AFTER = """\
waited_seconds_bucket{stage="commit",le="0.001"} 15
waited_seconds_bucket{stage="commit",le="0.01"} 25
waited_seconds_bucket{stage="commit",le="+Inf"} 25
waited_seconds_sum{stage="commit"} 0.104
waited_seconds_bucket{stage="flush",le="+Inf"} 900
up 1
"""
COMMIT = frozenset({("stage", "commit")})


def test_samples_are_known_by_name_and_labels() -> None:
    found = parse('a{x="1",y="say \\"hi\\""} 2.5\nb 1e3\n# c 3\n\n')
    assert found == {("a", frozenset({("x", "1"), ("y", 'say \\"hi\\"')})): 2.5, ("b", frozenset()): 1_000.0}


def test_a_histogram_counts_only_what_came_between_the_scrapes_and_has_its_labels() -> None:
    found = grown(parse(BEFORE), parse(AFTER), "waited_seconds", COMMIT)
    assert found.buckets == ((0.001, 10.0), (0.01, 20.0), (float("inf"), 20.0))
    assert found.count == 20
    assert found.mean == pytest.approx(0.005)


def test_a_quantile_lies_evenly_in_its_bucket() -> None:
    found = Histogram(((1.0, 10.0), (2.0, 20.0), (float("inf"), 20.0)), 30.0)
    assert found.quantile(0.25) == pytest.approx(0.5)
    assert found.quantile(0.75) == pytest.approx(1.5)
    assert found.quantile(1.0) == pytest.approx(2.0)


def test_what_is_above_the_last_bound_is_told_as_that_bound() -> None:
    assert Histogram(((1.0, 1.0), (float("inf"), 10.0)), 99.0).quantile(0.99) == 1.0


def test_a_histogram_that_nobody_shows_is_empty() -> None:
    found = grown({}, parse(AFTER), "elsewhere_seconds")
    assert (found.count, found.mean, found.quantile(0.5)) == (0.0, 0.0, 0.0)
