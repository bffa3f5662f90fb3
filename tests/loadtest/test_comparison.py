from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from loadtest.comparison import Ratio, compare, differences, text
from loadtest.recorder import Percentiles
from loadtest.results import Result
from tests.loadtest.test_report import GOOD, IDLE


def runs(*p99s_ms: float) -> list[Result]:
    return [replace(GOOD, latency=Percentiles(100, 1.0, 2.0, p99, p99, p99)) for p99 in p99s_ms]


def of(name: str, a: Sequence[Result], b: Sequence[Result]) -> Ratio:
    return next(ratio for ratio in compare(a, b) if ratio.metric.name == name)


def test_the_ratio_is_that_of_the_medians_and_the_spread_that_of_the_pairs() -> None:
    found = of("latency.p99", runs(10, 20, 90), runs(5, 12, 10))
    assert (found.a, found.b, found.ratio) == (20, 10, 0.5)
    assert [found.low, found.high] == pytest.approx([10 / 90, 12 / 20])


def test_less_latency_is_better_when_every_one_of_enough_pairs_says_so() -> None:
    assert of("latency.p99", runs(10, 11, 12, 10, 11), runs(8, 9, 9, 8, 9)).finding == "better"
    assert of("latency.p99", runs(8, 9, 9, 8, 9), runs(10, 11, 12, 10, 11)).finding == "worse"


def test_more_deliveries_are_better() -> None:
    slow: list[Result] = [replace(GOOD, deliveries_per_s=1_000.0)] * 5
    fast: list[Result] = [replace(GOOD, deliveries_per_s=1_100.0)] * 5
    assert of("deliveries_per_s", slow, fast).finding == "better"


def test_one_pair_that_disagrees_leaves_it_open() -> None:
    assert of("latency.p99", runs(10, 10, 10, 10, 10), runs(5, 5, 5, 5, 11)).finding == "no clear difference"


def test_few_pairs_are_told_to_be_few() -> None:
    assert of("latency.p99", runs(10), runs(5)).finding == "better, by 1 pair only"
    assert of("latency.p99", runs(10, 10), runs(5, 5)).finding == "better, by 2 pairs only"


def test_a_run_without_a_partner_is_left_out() -> None:
    found = of("latency.p99", runs(10, 10, 99), runs(5, 5))
    assert (found.a, found.pairs) == (10, 2)


def test_only_what_both_have_is_compared() -> None:
    assert {ratio.metric.name for ratio in compare([GOOD], [IDLE])} == {"hub_cpu_share"}
    nothing = Percentiles(0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert "latency.p99" not in {r.metric.name for r in compare([GOOD], [replace(GOOD, latency=nothing)])}


def test_a_metric_is_one_line() -> None:
    assert " ".join(text(of("latency.p99", runs(10), runs(5))).split()) == (
        "latency.p99 10.00 → 5.00 ms × 0.500 [0.500 … 0.500] better, by 1 pair only"
    )


def test_other_work_is_told_and_other_settings_are_what_is_compared() -> None:
    a = {"rate_per_s": 40, "settings": {"coalesce_ms": 0}}
    b = {"rate_per_s": 50, "settings": {"coalesce_ms": 20, "outbox_bytes": 9}}
    assert differences(a, a) == []
    assert differences(a, b) == [
        "not the same work: rate_per_s: 40 → 50",
        "settings.coalesce_ms: 0 → 20",
        "settings.outbox_bytes: default → 9",
    ]


def test_a_pair_with_a_saturated_run_shows_nothing() -> None:
    saturated: list[Result] = [replace(GOOD, generator_cpu_share=0.99)]
    assert compare(saturated, runs(5)) == []
    found = of("latency.p99", [*saturated, *runs(10)], runs(99, 5))
    assert (found.a, found.b, found.pairs) == (10, 5, 1)
