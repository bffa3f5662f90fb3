"""The actors of one kind that failed too often."""

from functools import partial

import trio

from actors.runtime.alarms import Alarms


class Quarantine:
    """Keys that are turned away, each for a time."""

    __slots__ = ("_alarms", "_until")

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms
        self._until: dict[int | str, float] = {}

    def __len__(self) -> int:
        return len(self._until)

    def put(self, key: int | str, seconds: float) -> None:
        """Turn the key away for so long."""
        until = self._until[key] = trio.current_time() + seconds
        # Released by the alarm alone, never by a look at the clock: so it cannot go off over a later quarantine.
        self._alarms.set(until, partial(self._release, key))

    def until(self, key: int | str) -> float | None:
        """When the key is let in again; None: it is."""
        return self._until.get(key)

    def left_s(self, now: float) -> dict[int | str, float]:
        """How long each key is still to wait."""
        return {key: max(0.0, until - now) for key, until in self._until.items()}

    def _release(self, key: int | str) -> None:
        del self._until[key]
