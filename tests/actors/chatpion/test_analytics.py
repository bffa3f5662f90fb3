"""Which time a dashboard is about, and what its figures mean."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.chatpion.analytics import DAY_MS, BadRange, Dashboard, Span, reached, span, split
from actors.chatpion.values import Letter

NOON = 1_700_049_600_000  # 2023-11-15T12:00:00Z
MIDNIGHT = NOON - DAY_MS // 2


def letter(**given: Any) -> Letter:
    known = {"id": 1, "account": 1, "subscriber": 1, "platform": "hub", "direction": "out", "type": "text"}
    return Letter(**{**known, "text": "", "body": "", "state": "sent", "sent_at": 5, **given})


def test_without_bounds_it_is_the_last_30_days_and_this_very_moment() -> None:
    assert span(None, None, NOON) == Span(NOON + 1 - 30 * DAY_MS, NOON + 1)


def test_days_are_whole_ones_of_utc_the_last_one_too() -> None:
    assert span("2023-11-15", "2023-11-15", NOON) == Span(MIDNIGHT, MIDNIGHT + DAY_MS)
    assert span("2023-11-14", "2023-11-15", NOON) == Span(MIDNIGHT - DAY_MS, MIDNIGHT + DAY_MS)


def test_times_have_offsets_and_stand_for_their_second_or_what_their_fraction_says() -> None:
    assert span("2023-11-15T13:00:00+01:00", "2023-11-15T12:00:00Z", NOON) == Span(NOON, NOON + 1_000)
    assert span("2023-11-15t12:00:00z", "2023-11-15T12:00:00.250Z", NOON) == Span(NOON, NOON + 251)


def test_without_a_start_it_is_the_30_days_before_the_end() -> None:
    assert span(None, "2023-11-15", NOON) == Span(MIDNIGHT - 29 * DAY_MS, MIDNIGHT + DAY_MS)


def test_a_start_after_the_end_is_no_range() -> None:
    for bounds in (
        ("2023-11-16", "2023-11-15"),
        ("2023-11-15T12:00:01Z", "2023-11-15T12:00:00Z"),
        ("2024-01-01", None),
    ):
        with pytest.raises(BadRange, match="start_date must not be after end_date"):
            span(bounds[0], bounds[1], NOON)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15.11.2023",
        "2023-11-31",
        "2023-11-15T12:00:00",
        "2023-11-15 12:00:00Z",
        "20231115",
        "0000-01-01",
        "٢٠٢٣-11-15",
    ],
)
def test_anything_else_is_refused_by_the_name_of_the_bound(text: str) -> None:
    with pytest.raises(BadRange, match="end_date"):
        span(None, text, NOON)


@given(start=st.integers(0, 5 * DAY_MS), length=st.integers(1, 4 * DAY_MS), now=st.integers(0, 9 * DAY_MS))
def test_a_split_has_every_moment_up_to_now_once(start: int, length: int, now: int) -> None:
    asked = Span(start, start + length)
    parts = split(asked, now)
    pieces = [Span(parts.first_day * DAY_MS, parts.end_day * DAY_MS), *parts.ragged]
    moments = {start - 1, start, now, asked.end - 1, asked.end, *(edge for piece in pieces for edge in piece)}
    for moment in (moment for moment in moments if moment <= now):
        within = sum(piece.start <= moment < piece.end for piece in pieces)
        assert within == (asked.start <= moment < asked.end)
    assert all(piece.end - piece.start <= DAY_MS for piece in parts.ragged)


def test_growth_is_rounded_half_up() -> None:
    assert [Dashboard(8, {"subscribed": new}).growth for new in (0, 1, 5, 8, 12)] == [0, 13, 63, 100, 150]
    assert Dashboard(200, {"subscribed": 1}).growth == 1
    assert Dashboard(0, {"subscribed": 3}).growth == 0


def test_what_a_message_reached_stays_when_it_fails_later() -> None:
    assert reached(letter(state="queued")) == reached(letter(direction="in")) == frozenset()
    assert reached(letter(state="failed")) == {"total"}
    assert reached(letter(state="failed", seq=3)) == {"total", "sent"}
    assert reached(letter(state="sent", seq=3)) == {"total", "sent"}
    assert reached(letter(state="read", seq=3, read_at=9)) == {"total", "sent", "delivered", "read"}
