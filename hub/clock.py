"""Wall time as the actors see it."""

from __future__ import annotations

import time
from collections.abc import Callable


class WallClock:
    """Milliseconds since the epoch that never go back; implements `actors.ports.Clock`.

    When the system's clock is set back the answers stand still until it has caught up: two events of one conversation
    never show times in the wrong order, at the price of a time that is wrong for as long as the correction was big.
    """

    __slots__ = ("_last", "_time_ns")

    def __init__(self, time_ns: Callable[[], int] = time.time_ns) -> None:
        self._time_ns = time_ns
        self._last = 0

    def now_ms(self) -> int:
        """Return the time in milliseconds, UTC, never less than the last answer."""
        now = self._time_ns() // 1_000_000
        if now > self._last:
            self._last = now
        return self._last
