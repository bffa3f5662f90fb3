"""The in-memory `Commands` and `Presences`: queues as lists, leases as fields."""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import trio
from msgspec.structs import replace

from actors.ports import Acknowledged, Lease, StoreUnavailable
from actors.values import BotSeen, Command, CommandCounts


@dataclass
class Row:
    """One command, and who holds it."""

    command: Command
    leased_until: int = 0
    holder: str | None = None

    def is_free(self, now: int) -> bool:
        return self.command.status == "pending" and self.leased_until <= now


class MemoryCommands:
    """The `Commands` port. While `stuck`, nothing is read or written; while `crash`, every call is a bug.

    `leases` counts those that were asked for.
    """

    def __init__(self, exists: Callable[[int], bool]) -> None:
        self.rows: list[Row] = []
        self.stuck = False
        self.crash = False
        self.leases = 0
        self._exists = exists

    async def queue(self, command: Command, limit: int) -> Literal["queued", "known", "full", "no bot"]:
        await self._visit()
        if sum(row.command.status == "pending" for row in self._of(command.bot)) >= limit:
            return "full"
        if not self._exists(command.bot):
            return "no bot"
        if any(row.command.id == command.id for row in self.rows):
            return "known"
        self.rows.append(Row(command))
        return "queued"

    async def lease(self, bot: int, *, now: int, until: int, limit: int, holder: str | None = None) -> Lease:
        await self._visit()
        self.leases += 1
        running = [row for row in self._of(bot) if row.command.status == "pending" and row.leased_until > now]
        held = sum(holder is not None and row.holder == holder for row in running)
        free = [row for row in self._of(bot) if row.is_free(now)]
        taken = free[: max(0, limit - held)]
        for row in taken:
            row.leased_until, row.holder = until, holder
        ends = [row.leased_until for row in (*running, *taken) if row.leased_until > now]
        return Lease([row.command for row in taken], len(free) > len(taken), min(ends, default=None))

    async def give_back(self, bot: int, holder: str, ids: Sequence[str] | None = None) -> int:
        await self._visit()
        given = [row for row in self._of(bot) if row.holder == holder and (ids is None or row.command.id in ids)]
        for row in given:
            row.leased_until, row.holder = 0, None
        return len(given)

    async def acknowledge(
        self, bot: int, id: str, *, status: Literal["completed", "failed"], result: Any, now: int
    ) -> Acknowledged | None:
        await self._visit()
        row = next((row for row in self._of(bot) if row.command.id == id), None)
        if row is None:
            return None
        first = row.command.status == "pending"
        if first:
            row.command = replace(row.command, status=status, result=result, completed_at=now)
            row.leased_until, row.holder = 0, None
        return Acknowledged(row.command, first)

    async def command(self, id: str) -> Command | None:
        await self._visit()
        return next((row.command for row in self._of() if row.command.id == id), None)

    async def waiting(self, bot: int, *, now: int, limit: int) -> list[Command]:
        await self._visit()
        return [row.command for row in self._of(bot) if row.is_free(now)][:limit]

    async def newest(self, bots: Sequence[int] | None, limit: int) -> list[Command]:
        await self._visit()
        rows = self._of(*bots or ()) if bots is None or bots else []
        return [row.command for row in reversed(rows)][:limit]

    async def ascending(self, bot: int, limit: int) -> AsyncGenerator[list[Command], None]:
        yield (await self.newest([bot], limit))[::-1]

    async def counts(self, bots: Sequence[int] | None) -> CommandCounts:
        await self._visit()
        states = [row.command.status for row in self._of(*bots or ())] if bots is None or bots else []
        return CommandCounts(states.count("pending"), states.count("completed"), states.count("failed"))

    async def types(self, bot: int) -> dict[str, int]:
        await self._visit()
        found: dict[str, int] = {}
        for row in self._of(bot):
            found[row.command.type] = found.get(row.command.type, 0) + 1
        return found

    def _of(self, *bots: int) -> list[Row]:
        """The rows of these bots, or of all for none; those of bots that are gone are gone too."""
        return [row for row in self.rows if (row.command.bot in bots or not bots) and self._exists(row.command.bot)]

    async def _visit(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.crash:
            raise RuntimeError("a bug in the storage")
        if self.stuck:
            raise StoreUnavailable("the disk is full", 500)


class MemoryPresences:
    """The `Presences` port. `saved` is every write, in order."""

    def __init__(self, exists: Callable[[int], bool]) -> None:
        self.stuck = False
        self.saved: list[BotSeen] = []
        self._exists = exists

    async def all(self) -> list[BotSeen]:
        await trio.lowlevel.checkpoint()
        return [seen for seen in {seen.bot: seen for seen in self.saved}.values() if self._exists(seen.bot)]

    async def save(self, seen: BotSeen) -> None:
        await trio.lowlevel.checkpoint()
        if self.stuck:
            raise StoreUnavailable("the disk is full", 500)
        if self._exists(seen.bot):
            self.saved.append(seen)
