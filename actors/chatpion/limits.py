"""How often an API key may be used: so often in any minute, and so often in a UTC day. Pure: times are ms.

`take` decides about one request. What is taken counts whatever becomes of it; what is refused does not count. A clock
that was set back neither frees what was used in the last minute nor holds anybody up for longer than one.
"""

from __future__ import annotations

from typing import Final, NamedTuple

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000


class Limits(NamedTuple):
    """Requests of one key."""

    per_minute: int
    per_day: int


class Used(NamedTuple):
    """What a key has used: when, in the last minute, ascending; and how often on the day `day`, by number."""

    recent: tuple[int, ...] = ()
    day: int = 0
    in_day: int = 0


class Allowed(NamedTuple):
    """The request may go on. The three are of the limit that is nearest to exhaustion; `reset_at` is when it eases."""

    limit: int
    remaining: int
    reset_at: int


class Refused(NamedTuple):
    """The request may not. A call passes after `retry_ms`, at least 1."""

    limit: int
    remaining: int
    reset_at: int
    retry_ms: int


def take(used: Used, limits: Limits, now: int) -> tuple[Used, Allowed | Refused]:
    """Decide about a request at `now`, and return what is used after it."""
    used = at(used, now)
    refused = _refusal(used, limits, now)
    if refused is not None:
        return used, refused
    used = Used((*used.recent, now), used.day, used.in_day + 1)
    return used, Allowed(*_nearest(used, limits, now))


def at(used: Used, now: int) -> Used:
    """What still counts at `now`."""
    day = now // DAY_MS
    recent = tuple(min(then, now) for then in used.recent if then > now - MINUTE_MS)
    return Used(recent, day, used.in_day if day == used.day else 0)


def _refusal(used: Used, limits: Limits, now: int) -> Refused | None:
    waits = []
    if len(used.recent) >= limits.per_minute:
        # As many as are over must leave, for the limit may have been lowered.
        waits.append((used.recent[len(used.recent) - limits.per_minute] + MINUTE_MS, limits.per_minute))
    if used.in_day >= limits.per_day:
        waits.append(((used.day + 1) * DAY_MS, limits.per_day))
    if not waits:
        return None
    free_at, limit = max(waits)
    return Refused(limit, 0, free_at, max(1, free_at - now))


def _nearest(used: Used, limits: Limits, now: int) -> tuple[int, int, int]:
    minute = (limits.per_minute - len(used.recent), limits.per_minute, used.recent[0] + MINUTE_MS)
    day = (limits.per_day - used.in_day, limits.per_day, (now // DAY_MS + 1) * DAY_MS)
    left, limit, reset_at = min(minute, day)
    return limit, left, reset_at
