"""Days, weeks and months of companies, and how they compare."""

from datetime import UTC, date, datetime

import pytest

from actors.order.periods import before, day_of, difference, percentage, start_of


def ms(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> int:
    return round(datetime(year, month, day, hour, minute, tzinfo=UTC).timestamp() * 1_000)


@pytest.mark.parametrize(
    ("at", "timezone", "day"),
    [
        (ms(2024, 3, 1, 23, 59), "Africa/Abidjan", date(2024, 3, 1)),
        (ms(2024, 3, 1, 23, 0), "Africa/Lagos", date(2024, 3, 2)),
        (ms(2024, 3, 10, 4, 59), "America/New_York", date(2024, 3, 9)),  # the night before clocks go forward
        (ms(2024, 3, 11, 3, 59), "America/New_York", date(2024, 3, 10)),  # and the one after
    ],
)
def test_a_day_begins_at_the_companys_midnight(at: int, timezone: str, day: date) -> None:
    assert day_of(at, timezone) == day.toordinal()


def test_weeks_begin_on_mondays_and_months_on_the_first() -> None:
    day = date(2024, 3, 3).toordinal()  # a Sunday
    assert start_of("today", day) == day
    assert date.fromordinal(start_of("week", day)) == date(2024, 2, 26)
    assert date.fromordinal(start_of("month", day)) == date(2024, 3, 1)


def test_the_period_before_is_a_whole_one() -> None:
    assert date.fromordinal(before("month", date(2024, 3, 1).toordinal())) == date(2024, 2, 1)
    assert date.fromordinal(before("week", date(2024, 1, 1).toordinal())) == date(2023, 12, 25)
    assert date.fromordinal(before("today", date(2024, 3, 1).toordinal())) == date(2024, 2, 29)


@pytest.mark.parametrize(("now", "then", "shown"), [(34, 22, "+12"), (3, 5, "-2"), (4, 4, "0")])
def test_a_difference_has_its_sign(now: int, then: int, shown: str) -> None:
    assert difference(now, then) == shown


@pytest.mark.parametrize(
    ("now", "then", "shown"),
    [
        (123, 100, "+23%"),
        (5, 0, "+100%"),
        (0, 0, "0%"),
        (0, 7, "-100%"),
        (201, 200, "+1%"),  # 0.5, rounded half up
        (199, 200, "0%"),  # -0.5, rounded half up
        (1_001, 1_000, "0%"),
        (2, 3, "-33%"),
    ],
)
def test_a_percentage_is_rounded_half_up(now: int, then: int, shown: str) -> None:
    assert percentage(now, then) == shown
