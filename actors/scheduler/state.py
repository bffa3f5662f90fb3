"""How far the agenda was told, and what is told next. Pure: times come in, `now` in seconds that only grow.

The agenda is read in rounds, each from its beginning: `cursor` is where the round has come to. What was told stands in
`_told` until a whole round has passed without meeting it again, so that in one life nothing is told twice before
`repeat_s` have passed. `_under_way` is what was told and may still be at work: it is the back pressure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Final

from actors.chatpion.values import Item

NEVER: Final = 2**63


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """At most `window` items are under way: told, still in the agenda, and not for longer than `grace_s`.

    One that stays in the agenda is told again after `repeat_s`, or twice that at most; one that was refused, after
    `retry_s`.
    """

    window: int = 1_000
    grace_s: float = 5.0
    repeat_s: float = 30.0
    retry_s: float = 1.0


class Course:
    """The course of one life of the scheduler through the agenda."""

    __slots__ = ("_before", "_began", "_pace", "_retry", "_told", "_under_way", "_unread", "cursor", "next_at")

    def __init__(self, pace: Pace, now: float) -> None:
        self._pace = pace
        self._told: dict[Item, float] = {}
        self._before: dict[Item, float] = {}
        self._under_way: dict[Item, float] = {}
        self._began = now
        self._unread = True
        # The first refused item, and when it is tried again.
        self._retry: tuple[float, int] | None = None
        self.cursor: Item | None = None
        self.next_at = NEVER

    @property
    def room(self) -> int:
        """How many may be told now."""
        return self._pace.window - len(self._under_way)

    @property
    def under_way(self) -> list[Item]:
        """What was told and may still be at work."""
        return list(self._under_way)

    def passed(self, now: float) -> None:
        """Time has passed: it may be that for a new round, or for what was refused."""
        if not self._unread and now >= self._began + self._pace.repeat_s:
            self._begin(now)
        if self._retry is not None and now >= self._retry[0]:
            self._step_back(self._retry[1])
            self._retry = None

    def is_due(self, now_ms: int) -> bool:
        """Whether the agenda is to be read, from `cursor` on."""
        return self._unread or now_ms >= self.next_at

    def due_in_s(self, now: float, now_ms: int) -> float:
        """When it is to be read, if nothing more is planned until then. The wall clock may be moved in between."""
        if self._unread:
            return 0.0
        retry_at = inf if self._retry is None else self._retry[0]
        planned_in_s = (self.next_at - now_ms) / 1_000
        return max(0.0, min(planned_in_s, retry_at - now, self._began + self._pace.repeat_s - now))

    def planned(self, at: int) -> None:
        """Something was put into the agenda."""
        self.next_at = min(self.next_at, at)
        self._step_back(at)

    def clock_went_back(self, now_ms: int) -> None:
        """What is not due any more is told when it is again."""
        for items in (self._told, self._before, self._under_way):
            for item in [item for item in items if item.at > now_ms]:
                del items[item]
        self._step_back(now_ms + 1)
        self._unread = True

    def read(self, page: Sequence[Item], next_at: int | None, *, whole: bool, now: float) -> list[Item]:
        """Take what was read behind `cursor`, and return what to tell, in order. `whole`: nothing due is behind it."""
        self.next_at = NEVER if next_at is None else next_at
        chosen: list[Item] = []
        for item in page:
            if not self._was_told(item, now):
                if self.room == 0:
                    return chosen
                self._told[item] = self._under_way[item] = now
                chosen.append(item)
            self.cursor = item
        if whole:
            self._unread = False
            self._before.clear()
        return chosen

    def refused(self, item: Item, now: float) -> None:
        """It was not told after all."""
        self._told.pop(item, None)
        self._under_way.pop(item, None)
        at = item.at if self._retry is None else min(item.at, self._retry[1])
        self._retry = (now + self._pace.retry_s, at)

    def still_there(self, items: Iterable[Item], now: float) -> None:
        """Of what is under way these are still in the agenda. One that takes too long holds up nobody any more."""
        since = now - self._pace.grace_s
        told_at = self._under_way
        self._under_way = {item: told_at[item] for item in items if told_at.get(item, -inf) > since}

    def _begin(self, now: float) -> None:
        self._began = now
        # The rest of an earlier round, if it was cut short, has had its time.
        self._before, self._told = self._told, {}
        self.cursor = None
        self._unread = True

    def _was_told(self, item: Item, now: float) -> bool:
        if item in self._told:
            return True
        told_at = self._before.pop(item, -inf)
        if now < told_at + self._pace.repeat_s:
            self._told[item] = told_at
            return True
        return False

    def _step_back(self, at: int) -> None:
        """Read once more from there on, if that was read already."""
        start = Item(at, "", 0)
        if self.cursor is not None and start <= self.cursor:
            self.cursor = start
            self._unread = True
