"""How often an API key may be used: so often in any minute, and so often in a UTC day. Pure: times are ms.

`take` decides about one request. What is taken counts whatever becomes of it; what is refused does not count. A clock
that was set back neither frees what was used in the last minute nor holds anybody up for longer than one.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Final, NamedTuple

MINUTE_MS: Final = 60_000
DAY_MS: Final = 86_400_000


FEW: Final = 1_000
"""Up to so many in a minute each request has its own millisecond; of more, those of one `GRAIN_MS` go together."""
GRAIN_MS: Final = 600


class Limits(NamedTuple):
    """Requests of one key."""

    per_minute: int
    per_day: int

    @property
    def grain_ms(self) -> int:
        """Requests that are so near to each other count as the latest of them: a list of thousands costs too much."""
        return 1 if self.per_minute <= FEW else GRAIN_MS


class Group(NamedTuple):
    """So many requests, the latest of them `at`."""

    at: int
    number: int


class Used(NamedTuple):
    """What a key has used: in the last minute, ascending; and how often on the day `day`, by number."""

    recent: tuple[Group, ...] = ()
    day: int = 0
    in_day: int = 0

    @property
    def in_minute(self) -> int:
        """How often in the last minute."""
        return sum(group.number for group in self.recent)


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
    used = Used(_with_one_more(used.recent, now, limits.grain_ms), used.day, used.in_day + 1)
    return used, Allowed(*_nearest(used, limits, now))


def at(used: Used, now: int) -> Used:
    """What still counts at `now`."""
    day = now // DAY_MS
    recent = tuple(Group(min(group.at, now), group.number) for group in used.recent if group.at > now - MINUTE_MS)
    return Used(recent, day, used.in_day if day == used.day else 0)


def _with_one_more(recent: tuple[Group, ...], now: int, grain_ms: int) -> tuple[Group, ...]:
    if recent and recent[-1].at // grain_ms == now // grain_ms:
        return (*recent[:-1], Group(now, recent[-1].number + 1))
    return (*recent, Group(now, 1))


def _refusal(used: Used, limits: Limits, now: int) -> Refused | None:
    waits = []
    over = used.in_minute - limits.per_minute + 1
    if over > 0:
        waits.append((_left_at(used.recent, over), limits.per_minute))
    if used.in_day >= limits.per_day:
        waits.append(((used.day + 1) * DAY_MS, limits.per_day))
    if not waits:
        return None
    free_at, limit = max(waits)
    return Refused(limit, 0, free_at, max(1, free_at - now))


def _left_at(recent: tuple[Group, ...], count: int) -> int:
    """When so many of them are more than a minute old."""
    gone = accumulate(group.number for group in recent)
    return next(group.at for group, total in zip(recent, gone, strict=True) if total >= count) + MINUTE_MS


def _nearest(used: Used, limits: Limits, now: int) -> tuple[int, int, int]:
    minute = (limits.per_minute - used.in_minute, limits.per_minute, used.recent[0].at + MINUTE_MS)
    day = (limits.per_day - used.in_day, limits.per_day, (now // DAY_MS + 1) * DAY_MS)
    left, limit, reset_at = min(minute, day)
    return limit, left, reset_at
