"""What is to be done at a time: a heap that the generator looks into in every turn."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Final

A_TURN: Final = 8
"""How much is done at a time, so that thousands that are due at once do not make the next message late."""


class Timers:
    """Actions by the time they are due, in nanoseconds. Of equal times the first one set comes first."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._count = count()

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due_ns: int, action: Callable[[], None]) -> None:
        """Have `action` called once it is due."""
        heappush(self._heap, (due_ns, next(self._count), action))

    def run(self, now_ns: int) -> None:
        """Do what is due, and no more than `A_TURN` of it."""
        for _ in range(A_TURN):
            if not self._heap or self._heap[0][0] > now_ns:
                return
            heappop(self._heap)[2]()
