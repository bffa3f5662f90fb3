from msgspec.structs import replace

from loadtest import report
from loadtest.recorder import Percentiles
from loadtest.results import Aim, IdleResult, LoadResult, Worker
from loadtest.verdict import Verdict

CALM = Percentiles(1_000, 1.0, 2.0, 3.0, 4.0, 5.0)
GOOD = LoadResult(
    name="fan-out",
    rooms=1,
    members=500,
    rate_per_s=40.0,
    seconds=10.0,
    expected=200_000,
    delivered=200_000,
    deliveries_per_s=20_000.0,
    latency=CALM,
    published=400,
    acked_per_s=40.0,
    acks=CALM,
    hub_cpu_share=0.2,
    others_cpu_share=0.01,
    hub_us_per_delivery=10.0,
    hub_us_per_publish=5_000.0,
    generator_cpu_share=0.3,
    lag=CALM,
)
IDLE = IdleResult(
    name="idle",
    sessions=2_000,
    base_bytes=50 * 2**20,
    bytes_per_session=30 * 1024,
    sign_ins_per_s=900.0,
    hub_ms_per_sign_in=1.0,
    hub_cpu_share=0.01,
)


def test_a_good_run_is_ok() -> None:
    assert report.summary([GOOD, IDLE]) == "ok: 2 scenarios, everything delivered"
    assert report.text(GOOD).startswith("fan-out: ok\n")
    assert "30.0 KB per session" in report.text(IDLE)


def test_a_saturated_generator_says_so_before_anything_else() -> None:
    saturated = replace(GOOD, generator_cpu_share=0.99)
    failed = replace(IDLE, problems=["connection lost"])
    assert report.summary([failed, saturated]).startswith("GENERATOR SATURATED: fan-out")
    assert "GENERATOR SATURATED" in report.text(saturated).splitlines()[0]


def test_what_was_not_delivered_is_in_the_first_line() -> None:
    failed = replace(GOOD, problems=["3 of 500 sessions did not get each message once"])
    assert report.summary([IDLE, failed]) == "FAILED: fan-out"
    assert "3 of 500 sessions" in report.text(failed).splitlines()[0]


def test_a_missed_aim_is_named_with_both_figures_and_fails_nothing() -> None:
    aims = {"hub_us_per_delivery": Aim(value=3.5), "latency.p99": Aim(value=50.0)}
    missed = replace(GOOD, aims=aims)
    assert missed.verdict is Verdict.PASSED
    assert [line for line in report.text(missed).splitlines() if "aim missed" in line] == [
        "  aim missed    hub_us_per_delivery = 10.00, wanted ≤ 3.50"
    ]


def test_an_aim_may_be_a_floor() -> None:
    aim = Aim(value=3_000.0, at_least=True)
    assert aim.met_by(3_000.0)
    assert not aim.met_by(2_999.0)


def test_the_data_form_holds_verdict_and_percentiles() -> None:
    data = report.data(GOOD)
    assert data["verdict"] == "passed"
    assert data["latency"]["p99"] == 3.0


def test_one_process_that_could_not_keep_up_spoils_the_run() -> None:
    calm = Worker(core=1, core_share=0.3, lag=CALM, turns=CALM)
    late = replace(calm, core=2, lag=replace(CALM, p99=25.0))
    assert replace(GOOD, workers=[calm, calm]).saturated is None
    spoilt = replace(GOOD, workers=[calm, late])
    assert str(spoilt.saturated).startswith("process 2: 1% of its sends were 25.0 ms late")
    assert spoilt.verdict is Verdict.SATURATED
    assert "2 processes, cores: 2, the busiest 30% of its core" in report.text(spoilt)
