"""One task that looks after every connection's times: a task or a scope each would cost kilobytes each."""

from __future__ import annotations

import heapq
import itertools
import logging
import math
from collections.abc import Callable
from typing import Final

import trio

log = logging.getLogger("hubbub.ws")

LOOKS_AT_ONCE: Final = 200

# Looks at something, given the time, and returns when to look again; `math.inf` for never.
Check = Callable[[float], float]


class Watched:
    """One thing under watch. `at` is when it is looked at next (trio time)."""

    __slots__ = ("at", "check")

    def __init__(self, check: Check) -> None:
        self.at = math.inf
        self.check: Check | None = check

    def end(self) -> None:
        """Never look again. Idempotent."""
        self.check = None


class Watch:
    """A queue of looks to take, soonest first. A look that raises is logged and not taken again."""

    def __init__(self) -> None:
        self._queue: list[tuple[float, int, Watched]] = []
        self._serial = itertools.count()
        self._sleep = trio.CancelScope()

    def __len__(self) -> int:
        return len(self._queue)

    def add(self, check: Check, at: float) -> Watched:
        """Look at `at` for the first time."""
        watched = Watched(check)
        self.look_by(watched, at)
        return watched

    def look_by(self, watched: Watched, at: float) -> None:
        """Look at `at` at the latest, and not twice because of it."""
        if at >= watched.at:
            return
        watched.at = at
        # The entry it had stays behind and is passed over, since its time is no longer the one.
        heapq.heappush(self._queue, (at, next(self._serial), watched))
        self._sleep.deadline = min(self._sleep.deadline, at)

    async def run(self) -> None:
        """Look, for ever. Whoever else is due gets a turn in between when there are many at once."""
        while True:
            with trio.CancelScope(deadline=self._queue[0][0] if self._queue else math.inf) as self._sleep:
                await trio.sleep_forever()
            self.look(trio.current_time())

    def look(self, now: float) -> None:
        """Take the looks that are due, not more than some."""
        for _ in range(LOOKS_AT_ONCE):
            if not self._queue or self._queue[0][0] > now:
                return
            at, _, watched = heapq.heappop(self._queue)
            if at == watched.at:
                watched.at = math.inf
                self.look_by(watched, _next(watched.check, now))


def _next(check: Check | None, now: float) -> float:
    try:
        return math.inf if check is None else check(now)
    except Exception:
        log.exception("a look failed")
        return math.inf
