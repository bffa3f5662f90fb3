"""What bots report: implements `actors.ports.Records` once for logs and once for messages. Raises `StoreUnavailable`.

A bot's oldest records go when it has too many, in the transaction that adds some; those of every bot go when they are
too old, now and then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import Generic, TypeVar

from actors.values import BotMessage
from storage.bridge import Bridge
from storage.bridges import BridgeRows
from storage.database import Database
from storage.paging import ascending
from storage.record_rows import MESSAGES, RecordRows, Sort
from storage.statements import Wording
from storage.together import Together

R = TypeVar("R")


class Records(Generic[R]):
    """The `Records` port for one sort of record. `most` is how many a bot keeps."""

    def __init__(
        self, bridge: Bridge, database: Database, together: Together, wording: Wording, sort: Sort[R], most: int
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._rows = RecordRows(sort, database.dialect, wording)
        self._most = most

    async def add(self, bot: int, records: Sequence[R]) -> bool:
        """Keep these of one bot, durably, all or none. False: the bot is gone."""
        return await self._bridge.call(lambda: self._together.write(lambda raw: self._add(raw, bot, records)))

    def _add(self, raw: sqlite3.Connection, bot: int, records: Sequence[R]) -> bool:
        return self._rows.add(raw, bot=bot, records=records, most=self._most)

    async def newest(self, bots: Sequence[int] | None, limit: int) -> list[R]:
        """The newest ones, the newest first."""
        work = partial(self._rows.newest, bots=bots, limit=limit)
        return await self._bridge.call(lambda: self._database.look(work))

    def ascending(self, bots: Sequence[int] | None, limit: int) -> AsyncGenerator[list[R], None]:
        """The newest `limit` ones, the oldest first, page by page; to be closed."""
        find = partial(self._rows.places, bots=bots, limit=limit)
        return ascending(self._bridge, self._database, find, self._rows.at)

    async def count(self, bots: Sequence[int] | None) -> int:
        """How many are kept."""
        work = partial(self._rows.count, bots=bots)
        return await self._bridge.call(lambda: self._database.look(work))

    async def trim(self, before: int, limit: int) -> int:
        """Forget records from before then, in ms since the epoch, and those that a bot has too many of.

        Returns how many these were: `limit` at most, the oldest first, so that nobody waits for long.
        """
        work = partial(self._rows.trim, before=before, most=self._most, limit=limit)
        return await self._bridge.call(lambda: self._together.write(work))


class BotMessages(Records[BotMessage]):
    """The `Records` port for messages: those of a bridged thread are on their way to the conversation when kept."""

    def __init__(self, bridge: Bridge, database: Database, together: Together, wording: Wording, most: int) -> None:
        super().__init__(bridge, database, together, wording, MESSAGES, most)
        self._bridges = BridgeRows(database.dialect)

    def _add(self, raw: sqlite3.Connection, bot: int, records: Sequence[BotMessage]) -> bool:
        if not super()._add(raw, bot, records):
            return False
        self._bridges.post(raw, bot, records)
        return True
