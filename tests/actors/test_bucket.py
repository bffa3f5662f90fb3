"""Token buckets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.bucket import Bucket, Buckets, Rate


def test_a_burst_is_free_and_then_one_waits() -> None:
    bucket = Bucket(Rate(per_s=2, burst=3), now=10.0)
    assert [bucket.take(10.0) for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]
    assert bucket.take(10.5) == 0
    assert bucket.take(10.5) == pytest.approx(0.5)


def test_a_refusal_takes_nothing() -> None:
    bucket = Bucket(Rate(per_s=1, burst=1), now=0.0)
    bucket.take(0.0)
    assert [bucket.take(0.9) > 0 for _ in range(5)] == [True] * 5
    assert bucket.take(1.0) == 0


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = Bucket(Rate(per_s=1, burst=2), now=0.0)
    bucket.give_back()
    assert [bucket.take(1_000.0) for _ in range(3)] == [0, 0, pytest.approx(1)]


@given(st.lists(st.floats(0, 10), min_size=1), st.integers(1, 20))
def test_no_more_gets_through_than_burst_and_rate_allow(pauses: list[float], burst: int) -> None:
    now, taken = 0.0, 0
    bucket = Bucket(Rate(per_s=3, burst=burst), now)
    for pause in pauses:
        now += pause
        taken += bucket.take(now) == 0
    assert taken <= burst + 3 * now + 1e-6


def test_each_key_has_its_own() -> None:
    buckets = Buckets(Rate(per_s=1, burst=1))
    assert buckets.take("a", 0) == 0
    assert buckets.take("a", 0) > 0
    assert buckets.take("b", 0) == 0
    buckets.give_back("a")
    assert buckets.take("a", 0) == 0


def test_the_table_is_bounded_and_forgets_the_longest_unused() -> None:
    buckets = Buckets(Rate(per_s=1, burst=1), bound=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 0)
    assert len(buckets) == 2
    assert buckets.take("a", 0) > 0
    assert buckets.take("b", 0) == 0
    buckets.give_back("nobody")
