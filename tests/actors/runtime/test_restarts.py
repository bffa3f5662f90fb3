"""Delays and the limit, without any clock."""

from random import Random

import pytest

from actors.runtime.restarts import FailureHistory, RestartPolicy


def test_delays_double_up_to_the_longest() -> None:
    policy = RestartPolicy(first_delay_s=1.0, max_delay_s=6.0, jitter=0.0)
    assert [policy.delay_s(failures, Random()) for failures in range(1, 6)] == [1.0, 2.0, 4.0, 6.0, 6.0]


def test_a_great_many_failures_are_no_overflow() -> None:
    assert RestartPolicy(jitter=0.0).delay_s(10_000, Random()) == 5.0


def test_jitter_leaves_its_fraction_to_chance() -> None:
    policy = RestartPolicy(first_delay_s=1.0, jitter=0.5)
    delays = [policy.delay_s(1, Random(seed)) for seed in range(200)]
    assert min(delays) == pytest.approx(0.5, abs=0.05)
    assert max(delays) == pytest.approx(1.0, abs=0.05)


def test_gives_up_beyond_the_limit_within_the_window() -> None:
    history = FailureHistory(RestartPolicy(limit=2, window_s=10.0))
    for now, again in [(0.0, True), (1.0, True), (10.5, True), (10.9, False), (30.0, True)]:
        history.note("Boom", now)
        assert (history.next_delay_s(Random()) is not None) is again


def test_remembers_the_last_failure() -> None:
    history = FailureHistory(RestartPolicy())
    history.note("Boom in start", 3.0)
    history.note("Bang in wake", 4.0)
    assert history.last(now=6.5) == "Bang in wake, 2.5 s ago"
