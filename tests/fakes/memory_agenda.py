"""The in-memory `Agenda`, and a wall clock that somebody may move."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

import trio

from actors.chatpion.values import Item
from actors.ports import StoreUnavailable

EPOCH_MS = 1_700_000_000_000


class MemoryAgenda:
    """The `Agenda` port. `broken` makes it refuse; `reads` counts what it was asked."""

    def __init__(self) -> None:
        self._items: list[Item] = []
        self._times: dict[tuple[str, int], int] = {}
        self.broken = False
        self.reads = 0

    def __len__(self) -> int:
        return len(self._items)

    def put(self, kind: str, key: int, at: int) -> None:
        self.drop(kind, key)
        self._times[kind, key] = at
        insort(self._items, Item(at, kind, key))

    def fill(self, items: Sequence[Item]) -> None:
        """Have these, which are in order, at once."""
        self._items = list(items)
        self._times = {(item.kind, item.key): item.at for item in items}

    def drop(self, kind: str, key: int) -> None:
        at = self._times.pop((kind, key), None)
        if at is not None:
            del self._items[bisect_left(self._items, Item(at, kind, key))]

    async def due(self, after: Item | None, now: int, limit: int) -> tuple[list[Item], int | None]:
        await self._visit()
        start = 0 if after is None else bisect_right(self._items, after)
        end = bisect_left(self._items, Item(now + 1, "", 0))
        return self._items[start : min(end, start + limit)], self._items[end].at if end < len(self._items) else None

    async def left(self, items: Sequence[Item]) -> list[Item]:
        await self._visit()
        return [item for item in items if self._times.get((item.kind, item.key)) == item.at]

    async def _visit(self) -> None:
        await trio.lowlevel.checkpoint()
        self.reads += 1
        if self.broken:
            raise StoreUnavailable("the database is locked", 500)


class MovableClock:
    """A wall clock that goes with trio's, until it is moved."""

    def __init__(self) -> None:
        self._offset_ms = EPOCH_MS - round(trio.current_time() * 1_000)

    def now_ms(self) -> int:
        return round(trio.current_time() * 1_000) + self._offset_ms

    def move(self, seconds: float) -> None:
        self._offset_ms += round(seconds * 1_000)
