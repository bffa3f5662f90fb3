"""The table of `bench`: what is chosen of it, and how runs become rows."""

from __future__ import annotations

import msgspec
import pytest

from loadtest import bench, works
from loadtest.bot_load import BotLoad
from loadtest.idle_sessions import IdleSessions
from loadtest.recorder import Percentiles
from loadtest.results import Aim, IdleResult, LoadResult
from loadtest.room_load import RoomLoad
from loadtest.works import Wish, choose, groups

KEPT_UP = Percentiles(1, 0.1, 0.1, 0.1, 0.1, 0.1)


def result(name: str, us: float, aims: dict[str, Aim], *, share: float = 0.1) -> LoadResult:
    """A run in which a delivery cost so much; `share` of a core is what the generator took."""
    some = Percentiles(10, us, us, us, us, us)
    return LoadResult(
        name=name,
        rooms=1,
        members=2,
        rate_per_s=1,
        seconds=1,
        expected=2,
        delivered=2,
        deliveries_per_s=2,
        latency=some,
        published=1,
        acked_per_s=1,
        acks=some,
        hub_cpu_share=0.1,
        others_cpu_share=0,
        hub_us_per_delivery=us,
        hub_us_per_publish=us,
        generator_cpu_share=share,
        lag=KEPT_UP,
        aims=aims,
    )


def test_every_work_can_be_run_and_has_aims() -> None:
    prepared = choose(groups(), Wish())
    assert len(prepared) == len(works.works())
    assert all(work.load.aims for work in prepared)
    assert len({work.name for work in prepared}) == len(prepared)


def test_what_the_table_sets_is_what_is_run() -> None:
    (publish,) = choose(["publish"], Wish())
    assert isinstance(publish.load, RoomLoad)
    assert (publish.load.sizes, publish.load.rate_per_s) == ((2,) * 100, 5_100)
    assert publish.load.aims["hub_us_per_publish"] == Aim(value=180)
    (room,) = choose(["room"], Wish())
    assert room.load.settings["HUBBUB_PUBLISH_RATE_PER_S"] == "100000"


def test_a_wish_changes_the_first_of_a_group_and_takes_its_aims() -> None:
    (fan_out,) = choose(["fanout"], Wish(rate_per_s=7, recipients=9))
    assert isinstance(fan_out.load, RoomLoad)
    assert (fan_out.load.sizes, fan_out.load.rate_per_s, fan_out.load.aims) == ((9,), 7, {})
    (idle,) = choose(["idle"], Wish(rate_per_s=7, recipients=9))
    assert isinstance(idle.load, IdleSessions)
    assert idle.load.sessions == 9


def test_a_quick_try_is_small() -> None:
    quick = choose(groups(), Wish(quick=True))
    assert [work.load.name for work in quick] == [
        "fan-out 500 × 40/s, changed",
        "publishes, 200 users in 100 rooms, 5,100/s, changed",
        "one message on an idle hub, changed",
        "bots over REST, 50 × 510/s, changed",
        "18,000 idle sessions, changed",
    ]
    bots = quick[3].load
    assert isinstance(bots, BotLoad)
    assert bots.rate_per_s == 50


def test_a_row_is_the_median_of_the_runs_that_count() -> None:
    aims = {"hub_us_per_delivery": Aim(value=10)}
    runs = [result("w", us, aims) for us in (9, 30, 8)]
    spoilt = result("w", 1, aims, share=1.0)
    (row,) = bench.rows([*runs, spoilt])
    assert (row.work, row.figure, row.unit) == ("w", "hub_us_per_delivery", "µs")
    assert (row.least, row.median, row.most, row.met) == (8, 9, 30, True)


def test_a_missed_aim_is_marked() -> None:
    found = bench.rows([result("w", 9, {"hub_us_per_delivery": Aim(value=8), "latency.p50": Aim(value=9)})])
    lines = bench.table(found)
    assert [line.endswith("missed") for line in lines] == [False, True, False]
    assert "≤ 8" in lines[1]


def test_figures_that_a_run_does_not_have_have_no_row() -> None:
    idle = IdleResult(
        name="i",
        sessions=1,
        base_bytes=1,
        bytes_per_session=1,
        sign_ins_per_s=1,
        hub_ms_per_sign_in=1,
        hub_cpu_share=0,
        aims={"latency.p50": Aim(value=1), "sign_ins_per_s": Aim(value=800, at_least=True)},
    )
    (row,) = bench.rows([idle])
    assert (row.figure, row.met) == ("sign_ins_per_s", False)


def test_an_unknown_key_in_the_table_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `nmae`"):
        msgspec.convert({"group": "g", "nmae": "n", "scenario": "idle", "name": "x"}, works.Work)
