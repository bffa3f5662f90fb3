"""The deadlines of all idle actors: one heap and one task.

A cancel scope around each wait would be simpler, and dearer than handling a message: an actor that is told something
every millisecond would move its idle deadline every millisecond. Here it moves nothing: the alarm that was set first
goes off, the cell looks at the clock and sets the next one.
"""

import heapq
from collections.abc import Callable
from itertools import count
from math import inf

import msgspec
import trio


class Alarm:
    """Something to do at a time; harmless and empty once it went off or was cancelled."""

    __slots__ = ("action", "deadline")

    def __init__(self, deadline: float, action: Callable[[], None]) -> None:
        self.deadline = deadline
        self.action: Callable[[], None] | None = action


class AlarmStatistics(msgspec.Struct, frozen=True):
    """Alarms that wait for their time, and cancelled ones that are not cleared away yet: never many more."""

    waiting: int
    cancelled: int


class Alarms:
    """Calls synchronous actions at their times, in `trio.current_time` terms."""

    __slots__ = ("_cancelled", "_heap", "_numbers", "_scope")

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Alarm]] = []
        self._numbers = count()
        self._cancelled = 0
        self._scope: trio.CancelScope | None = None

    def statistics(self) -> AlarmStatistics:
        """A snapshot."""
        return AlarmStatistics(len(self._heap) - self._cancelled, self._cancelled)

    def set(self, deadline: float, action: Callable[[], None]) -> Alarm:
        """Have `action` called at `deadline`; it must not raise."""
        alarm = Alarm(deadline, action)
        heapq.heappush(self._heap, (deadline, next(self._numbers), alarm))
        if self._scope is not None and deadline < self._scope.deadline:
            self._scope.deadline = deadline
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """Forget the action at once; it may be somebody's last reference."""
        if alarm.action is None:
            return
        alarm.action = None
        self._cancelled += 1
        # What is cancelled leaves the heap when due; not so if that is far off and there is much of it.
        if self._cancelled > 64 and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    async def run(self) -> None:
        """Wait and call, for ever."""
        while True:
            with trio.CancelScope(deadline=self._heap[0][0] if self._heap else inf) as self._scope:
                await trio.sleep_forever()
            self._call_due(trio.current_time())

    def _call_due(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            alarm = heapq.heappop(self._heap)[2]
            action, alarm.action = alarm.action, None
            if action is None:
                self._cancelled -= 1
            else:
                action()
