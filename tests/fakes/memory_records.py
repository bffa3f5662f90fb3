"""The in-memory `Records` and `BotFiles`."""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Generic, TypeVar

import trio

from actors.values import BotData

R = TypeVar("R")

PAGE = 2


class MemoryRecords(Generic[R]):
    """The `Records` port over a list, the oldest first. `kept` is told of what is kept."""

    def __init__(
        self,
        exists: Callable[[int], bool],
        most: int = 10_000,
        kept: Callable[[int, Sequence[R]], None] = lambda _bot, _records: None,
    ) -> None:
        self.rows: list[Any] = []
        self._exists = exists
        self._most = most
        self._kept = kept

    async def add(self, bot: int, records: Sequence[R]) -> bool:
        await trio.lowlevel.checkpoint()
        if not self._exists(bot):
            return False
        self.rows.extend(records)
        surplus = max(0, len(self._of([bot])) - self._most)
        for row in self._of([bot])[:surplus]:
            self.rows.remove(row)
        self._kept(bot, records)
        return True

    async def newest(self, bots: Sequence[int] | None, limit: int) -> list[R]:
        await trio.lowlevel.checkpoint()
        return self._of(bots)[::-1][:limit]

    async def ascending(self, bots: Sequence[int] | None, limit: int) -> AsyncGenerator[list[R], None]:
        found = (await self.newest(bots, limit))[::-1]
        for start in range(0, len(found), PAGE):
            yield found[start : start + PAGE]

    async def count(self, bots: Sequence[int] | None) -> int:
        await trio.lowlevel.checkpoint()
        return len(self._of(bots))

    def _of(self, bots: Sequence[int] | None) -> list[Any]:
        return [row for row in self.rows if (bots is None or row.bot in bots) and self._exists(row.bot)]


class MemoryFiles:
    """The `BotFiles` port over a dictionary."""

    def __init__(self, exists: Callable[[int], bool]) -> None:
        self._kept: dict[int, BotData] = {}
        self._exists = exists

    async def keep(self, bot: int, kept: BotData) -> bool:
        await trio.lowlevel.checkpoint()
        if self._exists(bot):
            self._kept[bot] = kept
        return self._exists(bot)

    async def kept(self, bot: int) -> BotData | None:
        await trio.lowlevel.checkpoint()
        return self._kept.get(bot) if self._exists(bot) else None
