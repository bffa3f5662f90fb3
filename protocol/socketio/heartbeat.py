"""When a session is pinged and when its peer counts as gone. Times are seconds of any clock that only grows."""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import Final

RECHECK_S: Final = 1.0


class Beat(Enum):
    """What is to be done now."""

    NOTHING = auto()
    PING = auto()
    GIVE_UP = auto()


class Heartbeat:
    """One ping at a time: the next one leaves an interval after the pong for the last one.

    While something that the peer said is handled nothing more of it is read, so that a missing pong is not held against
    it: its time begins again after that.
    """

    __slots__ = ("_busy", "_gone_at", "_interval", "_ping_at", "_timeout")

    def __init__(self, interval: float, timeout: float, now: float) -> None:
        self._interval = interval
        self._timeout = timeout
        self._ping_at = now + interval
        self._gone_at = math.inf
        self._busy = False

    @property
    def next_at(self) -> float:
        """When to look again."""
        return min(self._ping_at, self._gone_at)

    def look(self, now: float) -> Beat:
        """Say what is due. After PING the peer's time runs."""
        if now >= self._gone_at:
            if not self._busy:
                return Beat.GIVE_UP
            self._gone_at = now + RECHECK_S
        if now < self._ping_at:
            return Beat.NOTHING
        self._ping_at = math.inf
        self._gone_at = now + self._timeout
        return Beat.PING

    def handling(self) -> None:
        """Something that the peer said is being handled from now on."""
        self._busy = True

    def handled(self, now: float) -> None:
        """It has been."""
        self._busy = False
        if self._gone_at < math.inf:
            self._gone_at = now + self._timeout

    def ponged(self, now: float) -> None:
        """The peer has answered. A pong for no ping counts for nothing."""
        if self._gone_at < math.inf:
            self._gone_at = math.inf
            self._ping_at = now + self._interval
