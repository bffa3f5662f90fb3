"""What an account's dashboard counts, and over which time. Pure: times are ms since the epoch.

A range of times is half-open inside, `[start, end)`. Its whole UTC days are counted beforehand, day by day, as things
happen; only its two ends, where they are no whole days, are counted from rows. `Split` says which is which.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, NamedTuple

from actors.chatpion.values import Letter

DAY_MS: Final = 86_400_000
SECOND_MS: Final = 1_000
DEFAULT_DAYS: Final = 30
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Happening = Literal["click", "reply", "conversion"]
"""What has a row of its own besides its tally."""

What = Literal["subscribed", "unsubscribed", "total", "sent", "delivered", "read", Happening]
"""Everything that is counted. `total`, `sent`, `delivered` and `read` are of messages to subscribers."""


class BadRange(ValueError):
    """There is no such range of times. The text is meant for whoever asked."""


class Span(NamedTuple):
    """`[start, end)`."""

    start: int
    end: int


class Split(NamedTuple):
    """A span as whole days `[first_day, end_day)`, by number, and what is left of it, at most one piece at each end."""

    first_day: int
    end_day: int
    ragged: tuple[Span, ...]


class Dashboard(NamedTuple):
    """What was counted in a span; `present` are the subscribers that were there at its end."""

    present: int
    counts: Mapping[What, int]

    def of(self, what: What) -> int:
        """How many of these there were."""
        return self.counts.get(what, 0)

    @property
    def growth(self) -> int:
        """The new subscribers in percent of those present, rounded half up; 0 where nobody is present."""
        return 0 if self.present <= 0 else (200 * self.of("subscribed") + self.present) // (2 * self.present)


def span(start: str | None, end: str | None, now: int) -> Span:
    """Read the bounds, both inclusive: days in UTC, or RFC 3339 times. Raises `BadRange`.

    Without an end it is until now, without a start it is the 30 days before the end. A time that is written without
    a fraction stands for its whole second, as all times that clients are shown are.
    """
    to = now + 1 if end is None else _read(end, "end_date").end
    since = to - DEFAULT_DAYS * DAY_MS if start is None else _read(start, "start_date").start
    if since >= to:
        raise BadRange("start_date must not be after end_date")
    return Span(since, to)


def split(asked: Span, now: int) -> Split:
    """Tell the whole days of a span from its ends.

    What is to come has not been counted yet: a span that reaches `now` takes the whole of its last day.
    """
    end = asked.end if asked.end <= now else -(-asked.end // DAY_MS) * DAY_MS
    first, last = -(-asked.start // DAY_MS), end // DAY_MS
    if first > last:  # within one day
        return Split(first, first, (Span(asked.start, end),))
    edges = (Span(asked.start, first * DAY_MS), Span(last * DAY_MS, end))
    return Split(first, last, tuple(edge for edge in edges if edge.start < edge.end))


def reached(letter: Letter | None) -> frozenset[What]:
    """What a message to a subscriber counts as. What is queued, or came from a subscriber, is none.

    One that failed counts as sent if it had a place in its conversation by then: that is what sent means.
    """
    if letter is None or letter.direction != "out" or letter.state == "queued":
        return frozenset()
    steps: set[What] = {"total"}
    if letter.state != "failed" or letter.seq is not None:
        steps.add("sent")
    if letter.delivered_at is not None or letter.read_at is not None:
        steps |= {"sent", "delivered"}
    if letter.read_at is not None:
        steps.add("read")
    return frozenset(steps)


def _read(text: str, name: str) -> Span:
    try:
        return _day(text) if _DAY.fullmatch(text) else _instant(text)
    except (ValueError, OverflowError) as error:
        raise BadRange(f"{name} must be a day, YYYY-MM-DD, or an RFC 3339 time") from error


def _day(text: str) -> Span:
    start = _ms(datetime.combine(date.fromisoformat(text), time(), UTC))
    return Span(start, start + DAY_MS)


def _instant(text: str) -> Span:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(text)
    at = _ms(datetime.fromisoformat(text.upper()))
    return Span(at, at + (SECOND_MS if match[1] is None else 1))


def _ms(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(milliseconds=1)
