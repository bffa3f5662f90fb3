"""What a subscriber typed, as a value of the type that was asked for. Pure.

Each function gives the value, or None for what is none: whatever could be read in two ways is none, since a wrong
value is worse than a second question.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from actors.flow.model import InputType

Value = str | int | float

MAX_EMAIL_CHARS: Final = 254
_EMAIL: Final = re.compile(r"[^@\s<>,;\"]{1,64}@(?:[^@\s.<>,;\"]+\.)+[^@\s.<>,;\"]{2,}")
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(?P<fraction>[.,]\d{1,15})?")
_PHONE: Final = re.compile(r"(?:\+|00)?(?P<digits>[1-9]\d{6,14})", re.ASCII)
_BETWEEN_DIGITS: Final = str.maketrans("", "", " \u00a0\u202f-\u2010\u2011\u2013./()")
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})", re.ASCII)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})", re.ASCII)
_DAY_NAMED: Final = re.compile(
    r"(\d{1,2})(?:st|nd|rd|th|\.)?[ -]([a-z]{3,9})\.?,?[ -](\d{4})", re.ASCII | re.IGNORECASE
)
_MONTH_NAMED: Final = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})", re.ASCII | re.IGNORECASE)
_MONTHS: Final = tuple(name.lower() for name in calendar.month_name[1:])


def text(said: str) -> str | None:
    """Anything but nothing."""
    return said or None


def email(said: str) -> str | None:
    """An e-mail address, as written."""
    return said if len(said) <= MAX_EMAIL_CHARS and _EMAIL.fullmatch(said) else None


def phone(said: str) -> str | None:
    """A phone number with its country's code: `+` and 7 to 15 digits, the first of which is never 0 (E.164).

    One that begins with a single 0 is of some country, and nobody says which.
    """
    found = _PHONE.fullmatch(said.replace("(0)", "").translate(_BETWEEN_DIGITS))
    return None if found is None else f"+{found['digits']}"


def number(said: str) -> int | float | None:
    """A number with a point or a comma before its fraction; without one it is whole. Thousands are not grouped."""
    found = _NUMBER.fullmatch(said.replace("\u2212", "-"))
    if found is None:
        return None
    return float(found[0].replace(",", ".")) if found["fraction"] else int(found[0])


def day(said: str) -> str | None:
    """A date, as YYYY-MM-DD. Where day and month could be either, it is none; with points the day comes first."""
    days = {one for one in _days(" ".join(said.split())) if one is not None}
    return days.pop().isoformat() if len(days) == 1 else None


def _days(said: str) -> Iterator[date | None]:
    """All that it could mean."""
    if found := _YEAR_FIRST.fullmatch(said):
        yield _date(found[1], found[3], found[4])
    if found := _YEAR_LAST.fullmatch(said):
        yield _date(found[4], found[3], found[1])
        if found[2] != ".":
            yield _date(found[4], found[1], found[3])
    if found := _DAY_NAMED.fullmatch(said):
        yield _date(found[3], _month(found[2]), found[1])
    if found := _MONTH_NAMED.fullmatch(said):
        yield _date(found[3], _month(found[1]), found[2])


def _month(name: str) -> str:
    """The month's number, `0` for what is none."""
    months = [number for number, month in enumerate(_MONTHS, 1) if month.startswith(name.lower())]
    return str(months[0] if len(months) == 1 else 0)


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


_READERS: Final[dict[InputType, Callable[[str], Value | None]]] = {
    "text": text,
    "email": email,
    "phone": phone,
    "number": number,
    "date": day,
}


def normalised(said: str, type: InputType) -> Value | None:
    """What was said, without the space around it, as a value of this type; None for what is none."""
    return _READERS[type](said.strip())
