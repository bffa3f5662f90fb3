"""When a schedule is due, over real changes of clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from actors.chatpion.schedules import BadSchedule, due_at


def utc(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        ("2030-01-01T12:00:00Z", None, "2030-01-01T12:00:00"),
        ("2030-01-01T12:00:00", None, "2030-01-01T12:00:00"),
        ("2030-01-01 12:00", "UTC", "2030-01-01T12:00:00"),
        ("20300101T120000", None, "2030-01-01T12:00:00"),
        ("2030-01-01t12:00:00z", None, "2030-01-01T12:00:00"),
        ("2030-01-01T12:00:00.250Z", None, "2030-01-01T12:00:00.250"),
        ("2030-01-01T12:00:00", "Asia/Kathmandu", "2030-01-01T06:15:00"),
        # An offset wins.
        ("2030-01-01T12:00:00+02:00", "America/New_York", "2030-01-01T10:00:00"),
        ("2030-01-01T12:00:00Z", "Asia/Tokyo", "2030-01-01T12:00:00"),
        # Paris has summer time from 2026-03-29, 02:00, to 2026-10-25, 03:00.
        ("2026-03-29T01:59:59", "Europe/Paris", "2026-03-29T00:59:59"),
        ("2026-03-29T03:00:00", "Europe/Paris", "2026-03-29T01:00:00"),
        ("2026-10-25T01:59:59", "Europe/Paris", "2026-10-24T23:59:59"),
        ("2026-10-25T03:00:00", "Europe/Paris", "2026-10-25T02:00:00"),
    ],
)
def test_a_time_is_that_of_its_offset_else_of_its_zone_else_utc(time: str, zone: str | None, expected: str) -> None:
    assert due_at({"time": time, "timezone": zone}, 0) == utc(expected)


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        # 02:30 becomes 03:30 summer time.
        ("2026-03-29T02:30:00", "Europe/Paris", "2026-03-29T01:30:00"),
        ("2026-03-08T02:30:00", "America/New_York", "2026-03-08T07:30:00"),
        # Lord Howe's clock skips half an hour: 02:10 becomes 02:40.
        ("2026-10-04T02:10:00", "Australia/Lord_Howe", "2026-10-03T15:40:00"),
        # Samoa skipped a whole day.
        ("2011-12-30T12:00:00", "Pacific/Apia", "2011-12-30T22:00:00"),
    ],
)
def test_a_time_that_a_clock_skips_is_moved_forward_by_what_it_skips(time: str, zone: str, expected: str) -> None:
    assert due_at({"time": time, "timezone": zone}, 0) == utc(expected)


@pytest.mark.parametrize(
    ("time", "zone", "expected"),
    [
        ("2026-10-25T02:30:00", "Europe/Paris", "2026-10-25T00:30:00"),
        ("2026-11-01T01:30:00", "America/New_York", "2026-11-01T05:30:00"),
        ("2026-04-05T01:45:00", "Australia/Lord_Howe", "2026-04-04T14:45:00"),
    ],
)
def test_a_time_that_comes_twice_is_the_first(time: str, zone: str, expected: str) -> None:
    assert due_at({"time": time, "timezone": zone}, 0) == utc(expected)


@pytest.mark.parametrize("schedule", [None, {}, {"time": None}, {"timezone": "Europe/Paris"}])
def test_without_a_time_it_is_due_at_once(schedule: dict[str, Any] | None) -> None:
    assert due_at(schedule, 1_234) == 1_234


@pytest.mark.parametrize("time", ["2023-01-01T12:00:00Z", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z"])
def test_what_has_passed_is_due_at_once(time: str) -> None:
    assert due_at({"time": time}, utc("2026-01-01T00:00:00")) == utc("2026-01-01T00:00:00")


@pytest.mark.parametrize("zone", ["Europe/Paris", "Etc/GMT-14"])
def test_the_last_times_there_are_can_be_said(zone: str) -> None:
    assert due_at({"time": "9999-12-31T23:59:59", "timezone": zone}, 0) > utc("9999-12-30T00:00:00")


@pytest.mark.parametrize(
    "time",
    [
        "",
        "tomorrow",
        "2030-01-01",
        "20300101",
        "2030-W01-1",
        "12:00",
        "2030-02-30T12:00:00Z",
        "2030-01-01T25:00:00Z",
        "2030-01-01T12:00:00 Europe/Paris",
        "2030-01-01x12:00:00",
        1_893_456_000,
        ["2030-01-01T12:00:00Z"],
        True,
    ],
)
def test_what_is_no_date_and_time_is_refused(time: object) -> None:
    with pytest.raises(BadSchedule, match=r"schedule\.time"):
        due_at({"time": time}, 0)


@pytest.mark.parametrize(
    "zone",
    ["Mars/Olympus", "", "Europe", "../UTC", "/etc/passwd", "a\0b", "x" * 10_000, "Europe/Pariß", "\udcff", 1, ["UTC"]],
)
@pytest.mark.parametrize("time", ["2030-01-01T12:00:00", "2030-01-01T12:00:00+01:00", None])
def test_an_unknown_zone_is_refused_even_beside_an_offset(zone: object, time: str | None) -> None:
    with pytest.raises(BadSchedule, match=r"schedule\.timezone"):
        due_at({"time": time, "timezone": zone}, 0)
