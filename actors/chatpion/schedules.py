"""What a broadcast's schedule means. Pure, but for the time zones, which stand in the system's or tzdata's files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
DATE_CHARS: Final = len("20230101")


class BadSchedule(ValueError):
    """It means no time; the text says why."""


def due_at(schedule: Mapping[str, Any] | None, now: int) -> int:
    """When it is due, in ms since the epoch: at `now` if it names no time, or one that has passed.

    An offset in the time wins over the zone, which must be one all the same. A local time that a clock skips is moved
    forward by what it skips; of one that comes twice it is the first. Raises `BadSchedule`.
    """
    given = schedule or {}
    zone, time = _zone(given.get("timezone")), given.get("time")
    if time is None:
        return now
    moment = _moment(time)
    if moment.tzinfo is None:
        # PEP 495: with fold 0 a skipped time has the offset from before the gap, and one that comes twice the first.
        moment = moment.replace(tzinfo=zone, fold=0)
    return max(now, (moment - EPOCH) // MILLISECOND)


def _moment(text: object) -> datetime:
    if not isinstance(text, str):
        raise BadSchedule("schedule.time must be an ISO 8601 date and time")
    text = text.strip()
    # A date alone would be read as its midnight; and any character as what parts date and time.
    if len(text) <= DATE_CHARS or not ({"T", "t", " "} & set(text)):
        raise BadSchedule("schedule.time must be an ISO 8601 date and time")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError:
        raise BadSchedule("schedule.time must be an ISO 8601 date and time") from None


def _zone(name: object) -> tzinfo:
    if name is None:
        return UTC
    if not isinstance(name, str):
        raise BadSchedule("schedule.timezone must be the name of a time zone, such as Europe/Paris")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # Also for names that are no file's: of a folder, too long, or leading out of the zones' place.
        raise BadSchedule("schedule.timezone is not a known time zone") from None
