"""Who waits for what transactions leave in the outbox, and is told of it once it is on disk."""

from __future__ import annotations

from collections.abc import Callable

from actors.values import Lane
from storage.bridge import Bridge

Wake = Callable[[Lane], object]
Plan = Callable[[int], object]


class Wakes:
    """Tells of lanes in which something waits, and of times that are planned, once it is on disk.

    `wait` and `plan` belong into transactions, `committed` behind each of them, all in the writing thread; the rest of
    the process is told in the trio thread, if `call` and `call_for_plans` were ever given somebody to tell.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._lanes: dict[Lane, None] = {}
        self._first: int | None = None
        self._wake: Wake | None = None
        self._planned: Plan | None = None

    def call(self, wake: Wake) -> None:
        """Have this called, in the trio thread, for each lane from now on. It must not raise."""
        self._wake = wake

    def call_for_plans(self, planned: Plan) -> None:
        """Have this called likewise, with the first of the times that a transaction has planned."""
        self._planned = planned

    def plan(self, at: int) -> None:
        """Something stands in the agenda for this time from this transaction on."""
        self._first = at if self._first is None else min(at, self._first)

    def wait(self, lane: Lane) -> None:
        """Something waits there from this transaction on."""
        self._lanes[lane] = None

    def committed(self) -> None:
        """What was written is on disk. What was rolled back costs a look in vain."""
        lanes, self._lanes = self._lanes, {}
        if self._wake is not None:
            for lane in lanes:
                self._bridge.tell(self._wake, lane)
        first, self._first = self._first, None
        if self._planned is not None and first is not None:
            self._bridge.tell(self._planned, first)
