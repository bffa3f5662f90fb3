"""Days, weeks and months of a company, by its own clock, and how one compares with the one before. Pure.

A period is known by its first day, as a number: 1 is the first day of year 1.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from actors.order.values import Range

SPANS: Final[tuple[Range, ...]] = ("today", "week", "month")


def day_of(at: int, timezone: str) -> int:
    """The company's day in which a time is, in ms since the epoch."""
    return datetime.fromtimestamp(at / 1_000, UTC).astimezone(ZoneInfo(timezone)).date().toordinal()


def start_of(span: Range, day: int) -> int:
    """The first day of the period that a day belongs to; weeks are ISO's."""
    found = date.fromordinal(day)
    if span == "week":
        return day - found.weekday()
    return found.replace(day=1).toordinal() if span == "month" else day


def before(span: Range, start: int) -> int:
    """The first day of the whole period that ends where this one starts."""
    return start_of(span, (date.fromordinal(start) - timedelta(days=1)).toordinal())


def difference(now: int, then: int) -> str:
    """How many more there are: `+12`, `-3`, `0`."""
    return "0" if now == then else f"{now - then:+d}"


def percentage(now: int, then: int) -> str:
    """How much more that is, rounded half up: `+23%`, `-5%`, `0%`; after nothing, anything is `+100%`."""
    if then == 0:
        return "+100%" if now > 0 else "0%"
    change = ((now - then) * 200 + then) // (2 * then)
    return "0%" if change == 0 else f"{change:+d}%"
