"""The queues of all bots: implements `actors.ports.Commands`.

Writes of many bots share their transactions, see `storage.together`. Raises `StoreUnavailable`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Literal, TypeVar

from actors.ports import Acknowledged, Lease
from actors.values import Command, CommandCounts
from storage.bridge import Bridge
from storage.command_counts import CommandCounting
from storage.command_rows import CommandReads, CommandWrites
from storage.database import Database
from storage.paging import ascending
from storage.statements import Wording
from storage.together import Together

T = TypeVar("T")


class Commands:
    """The `Commands` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together, wording: Wording) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._reads = CommandReads(database.dialect)
        self._writes = CommandWrites(database.dialect, self._reads)
        self._counting = CommandCounting(database.dialect, wording)

    async def queue(self, command: Command, limit: int) -> Literal["queued", "known", "full", "no bot"]:
        """Put a command at the end, unless the bot is gone, has `limit` pending ones, or had one of this id."""

        def work(raw: sqlite3.Connection) -> Literal["queued", "known", "full", "no bot"]:
            if self._counting.of(raw, command.bot).pending >= limit:
                return "full"
            if not self._writes.insert(raw, command):
                return "no bot" if self._reads.one(raw, command.id) is None else "known"
            self._counting.queued(raw, command.bot, command.type)
            return "queued"

        return await self._write(work)

    async def lease(self, bot: int, *, now: int, until: int, limit: int, holder: str | None = None) -> Lease:
        """Hand out the oldest commands that nobody holds at `now`, `limit` at most; they are held `until` then."""
        return await self._write(
            lambda raw: self._writes.lease(raw, bot, now=now, until=until, limit=limit, holder=holder)
        )

    async def give_back(self, bot: int, holder: str, ids: Sequence[str] | None = None) -> int:
        """End the leases of a holder, of these commands or all for None, and return how many that were."""
        return await self._write(lambda raw: self._writes.give_back(raw, bot, holder, ids))

    async def acknowledge(
        self, bot: int, id: str, *, status: Literal["completed", "failed"], result: Any, now: int
    ) -> Acknowledged | None:
        """Note what became of a command, held or not, unless that is known already. None: the bot has no such one."""

        def work(raw: sqlite3.Connection) -> Acknowledged | None:
            first = self._writes.acknowledge(raw, bot, id, status, result, now)
            if first:
                self._counting.acknowledged(raw, bot, status)
            command = self._reads.one(raw, id)
            return None if command is None or command.bot != bot else Acknowledged(command, first)

        return await self._write(work)

    async def command(self, id: str) -> Command | None:
        """The command with this id."""
        return await self._look(lambda raw: self._reads.one(raw, id))

    async def waiting(self, bot: int, *, now: int, limit: int) -> list[Command]:
        """What a lease would hand out at `now`."""
        return await self._look(lambda raw: self._reads.free(raw, bot, now, limit))

    async def newest(self, bots: Sequence[int] | None, limit: int) -> list[Command]:
        """The newest commands of these bots, or of all for None, the newest first."""
        return await self._look(lambda raw: self._reads.newest(raw, bots, limit))

    def ascending(self, bot: int, limit: int) -> AsyncGenerator[list[Command], None]:
        """The newest `limit` commands of the bot, the oldest first, page by page; to be closed."""
        return ascending(self._bridge, self._database, lambda raw: self._reads.places(raw, bot, limit), self._reads.at)

    async def counts(self, bots: Sequence[int] | None) -> CommandCounts:
        """How many commands these bots have, or all for None."""
        if bots is None:
            return await self._look(self._counting.of_all)
        return await self._look(lambda raw: self._counting.of_these(raw, bots))

    async def types(self, bot: int) -> dict[str, int]:
        """How many commands of each type the bot ever had."""
        return await self._look(lambda raw: self._counting.kinds(raw, bot))

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._together.write(work))
