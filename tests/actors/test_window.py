"""Sliding windows are exact, count only what was let in, and are bounded."""

from hypothesis import given
from hypothesis import strategies as st

from actors.window import Span, Windows

MOMENTS = st.lists(st.floats(0, 30, allow_nan=False), max_size=60).map(sorted)


@given(moments=MOMENTS, limit=st.integers(1, 5))
def test_no_span_ever_holds_more_than_the_limit(moments: list[float], limit: int) -> None:
    windows = Windows(Span(limit, 10.0))
    let_in = [now for now in moments if windows.take("bot", now) == 0]
    for first in let_in:
        assert len([now for now in let_in if first <= now < first + 10.0]) <= limit


@given(moments=MOMENTS, limit=st.integers(1, 5))
def test_nobody_is_kept_out_without_need(moments: list[float], limit: int) -> None:
    windows = Windows(Span(limit, 10.0))
    let_in: list[float] = []
    for now in moments:
        wait_s = windows.take("bot", now)
        recent = [at for at in let_in if at + 10.0 > now]
        assert (wait_s == 0) == (len(recent) < limit)
        if wait_s == 0:
            let_in.append(now)


@given(moments=MOMENTS)
def test_whoever_waits_as_long_as_told_gets_in(moments: list[float]) -> None:
    windows = Windows(Span(3, 10.0))
    for now in moments:
        wait_s = windows.take("bot", now)
        if wait_s:
            # Half a second more: floats are no exact clock.
            assert windows.take("bot", now + wait_s + 0.5) == 0
            return


def test_each_key_has_its_own_window() -> None:
    windows = Windows(Span(1, 10.0))
    assert [windows.take(key, 0.0) for key in ("a", "b", "a")] == [0, 0, 10.0]


def test_the_table_is_bounded_and_forgets_whoever_was_let_in_longest_ago() -> None:
    windows = Windows(Span(1, 100.0), bound=3)
    for now, key in enumerate("abcd"):
        assert windows.take(key, float(now)) == 0
    assert len(windows) == 3
    assert windows.take("d", 4.0) > 0
    assert windows.take("b", 4.0) > 0
    assert windows.take("a", 4.0) == 0


def test_keys_that_nothing_is_known_of_any_more_cost_nothing() -> None:
    windows = Windows(Span(1, 10.0))
    for key in range(1_000):
        windows.take(key, 0.0)
    windows.take("late", 10.0)
    assert len(windows) == 1
