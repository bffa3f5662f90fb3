"""When a waiting cell must look up: for its actor's own deadline, or because it was idle for long enough."""

from collections.abc import Callable
from math import inf

import trio

from actors.runtime.alarms import Alarm, Alarms


class Timer:
    """Two deadlines and at most one alarm, which may go off early: whoever is rung looks at the deadlines."""

    __slots__ = ("_alarm", "_alarms", "_idle_after_s", "_sleep_at", "wake_at")

    def __init__(self, alarms: Alarms, idle_after_s: float | None) -> None:
        self._alarms = alarms
        self._alarm: Alarm | None = None
        self._idle_after_s = inf if idle_after_s is None else idle_after_s
        self._sleep_at = inf
        self.wake_at = inf

    def touch(self) -> None:
        """Begin to count idle time anew."""
        if self._idle_after_s != inf:
            self._sleep_at = trio.current_time() + self._idle_after_s

    @property
    def wake_due(self) -> bool:
        """Whether the actor's deadline has come."""
        return self.wake_at != inf and self.wake_at <= trio.current_time()

    @property
    def sleep_due(self) -> bool:
        """Whether the actor was idle for long enough."""
        return self._sleep_at != inf and self._sleep_at <= trio.current_time()

    def arm(self, ring: Callable[[], None]) -> None:
        """Have `ring` called, once, at the nearer deadline or before."""
        deadline = min(self.wake_at, self._sleep_at)
        alarm = self._alarm
        if alarm is not None and alarm.action is not None:
            # An early alarm costs one look; moving it for every message would cost more.
            if alarm.deadline <= deadline:
                return
            self._alarms.cancel(alarm)
        self._alarm = self._alarms.set(deadline, ring) if deadline != inf else None

    def clear(self) -> None:
        """Forget both deadlines and the alarm."""
        self.wake_at = self._sleep_at = inf
        if self._alarm is not None:
            self._alarms.cancel(self._alarm)
            self._alarm = None
