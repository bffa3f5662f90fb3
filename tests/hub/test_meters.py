"""Counters of the hot path."""

from __future__ import annotations

import timeit

import pytest
import trio
from trio.testing import MockClock

from hub.meters import HubMeters, LagProbe, RequestCounts
from storage.statistics import Buckets

PRICE_S = 5e-6  # several times what it costs on a slow machine, a fraction of what locks and labels would


def test_values_fall_into_the_bucket_that_includes_them() -> None:
    histogram = Buckets((1.0, 2.0))
    for value in (0.5, 1.0, 1.5, 99.0):
        histogram.observe(value)
    assert histogram.cumulative() == [(1.0, 2), (2.0, 3), (float("inf"), 4)]
    assert histogram.sum == 102.0


def test_a_hub_counts_what_conversations_do() -> None:
    meters = HubMeters()
    meters.published(2)
    meters.published(1)
    meters.delivered(500)
    meters.waited("commit", 0.012, 3)
    assert (meters.publishes, meters.deliveries) == (3, 500)
    assert meters.stages["commit"].cumulative()[5] == (0.005, 3)
    assert meters.stages["commit"].sum == pytest.approx(0.012)
    assert meters.stages["fanout"].cumulative()[-1] == (float("inf"), 0)


def test_requests_are_counted_and_timed_by_their_route() -> None:
    requests = RequestCounts()
    requests.answered("GET", "/up", "2xx", 0.002)
    requests.answered("GET", "/up", "5xx", 0.3)
    requests.answered("POST", "/rooms/<key>", "2xx", 0.02)
    assert requests.answers == {
        ("GET", "/up", "2xx"): 1,
        ("GET", "/up", "5xx"): 1,
        ("POST", "/rooms/<key>", "2xx"): 1,
    }
    assert {route: histogram.counts for route, histogram in requests.durations.items()} == {
        "/up": [0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0],
        "/rooms/<key>": [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    }


def test_counting_is_cheap() -> None:
    meters, requests = HubMeters(), RequestCounts()
    runs = 20_000

    def count() -> None:
        meters.published(1)
        meters.delivered(500)
        meters.waited("total", 0.004, 1)
        requests.answered("POST", "/rooms/<key>", "2xx", 0.004)

    assert min(timeit.repeat(count, number=runs, repeat=5)) / runs < 4 * PRICE_S


async def test_the_probe_sees_a_loop_that_is_late(autojump_clock: MockClock) -> None:
    probe = LagProbe()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(probe.run)
        await trio.sleep(0.05)
        autojump_clock.jump(0.25)
        await trio.sleep(0.01)
        assert 0.19 < probe.last_s < 0.22
        await trio.sleep(1)
        assert probe.last_s < 0.001
        nursery.cancel_scope.cancel()
