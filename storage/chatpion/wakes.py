"""Who waits for what transactions leave in the outbox, and is told of it once it is on disk."""

from __future__ import annotations

from collections.abc import Callable

from actors.values import Lane
from storage.bridge import Bridge

Wake = Callable[[Lane], object]


class Wakes:
    """Tells of lanes in which something waits, once it is on disk.

    `wait` belongs into transactions, `committed` behind each of them, both in the writing thread; the rest of the
    process is told in the trio thread, if `call` was ever given somebody to tell.
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._lanes: dict[Lane, None] = {}
        self._wake: Wake | None = None

    def call(self, wake: Wake) -> None:
        """Have this called, in the trio thread, for each lane from now on. It must not raise."""
        self._wake = wake

    def wait(self, lane: Lane) -> None:
        """Something waits there from this transaction on."""
        self._lanes[lane] = None

    def committed(self) -> None:
        """What was written is on disk. What was rolled back costs a look in vain."""
        lanes, self._lanes = self._lanes, {}
        if self._wake is not None:
            for lane in lanes:
                self._bridge.tell(self._wake, lane)
