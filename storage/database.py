"""The connections: one that writes and checkpoints, some that read. Lives on the asyncio loop.

Two connections that write or checkpoint would lock each other out, and before SQLite 3.51.3 could damage the file; so
everything that writes takes its turn on the one.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import StoreUnavailable
from storage import driver, sqlite
from storage.driver import Driver
from storage.lookers import Lookers

T = TypeVar("T")

RETRY_MS = 500


class Database:
    """The engines of one database file. Every call runs on the asyncio loop."""

    def __init__(self, path: Path, *, busy_timeout_ms: int) -> None:
        self._writer = sqlite.engine(
            path, sqlite.WRITER_PRAGMAS, size=1, begin="BEGIN IMMEDIATE", busy_timeout_ms=busy_timeout_ms
        )
        self._readers = sqlite.engine(
            path, sqlite.READER_PRAGMAS, size=sqlite.READERS, begin="BEGIN", busy_timeout_ms=busy_timeout_ms
        )
        self._lookers = Lookers(
            lambda: driver.connect(path, sqlite.READER_PRAGMAS, busy_timeout_ms=busy_timeout_ms),
            size=sqlite.LOOKERS,
            wait_s=sqlite.READER_WAIT_S,
        )
        self._turn = asyncio.Lock()
        self._held: AsyncConnection | None = None
        self._driver_held: Driver | None = None
        self.dialect = self._writer.dialect

    async def open(self) -> None:
        """Open the writing connection. Raises the driver's errors."""
        self._held = await self._writer.connect()

    async def close(self) -> None:
        """Close the readers, then the writer: the last one to go folds the write-ahead log into the database."""
        await self._lookers.close()
        await self._readers.dispose()
        async with self._turn:
            await self._let_go()
            await self._writer.dispose()

    async def hop(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` alone on the writing connection, in its thread. It begins and ends its own transaction."""
        async with self._turn:
            return await (await self._driver()).run(work)

    async def write(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` alone in one writing transaction. Raises `StoreUnavailable`; then nothing was written."""
        async with self._turn:
            held = await self._connection()
            try:
                async with held.begin():
                    return await work(held)
            except SQLAlchemyError as error:
                _explain(error)
                raise

    async def read(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Run `work` on a snapshot of what is committed. Raises `StoreUnavailable`."""
        try:
            async with self._readers.connect() as connection:
                return await work(connection)
        except SQLAlchemyError as error:
            _explain(error)
            raise

    async def look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run a short read on a snapshot of what is committed, in one hop. Raises `StoreUnavailable`."""
        try:
            return await self._lookers.run(work)
        except (sqlite3.Error, TimeoutError) as error:
            _explain(error)
            raise

    async def reopen(self) -> None:
        """Replace the writing connection: after an I/O error an old one may never recover."""
        async with self._turn:
            await self._let_go()
            self._held = await self._writer.connect()

    async def _connection(self) -> AsyncConnection:
        if self._held is None:
            self._held = await self._writer.connect()
        return self._held

    async def _driver(self) -> Driver:
        if self._driver_held is None:
            # Asked for once: SQLAlchemy takes as long to find it as it takes to go to its thread.
            raw = await (await self._connection()).get_raw_connection()
            self._driver_held = cast("Driver", raw.driver_connection)
        return self._driver_held

    async def _let_go(self) -> None:
        held, self._held, self._driver_held = self._held, None, None
        if held is not None:
            await held.invalidate()
            await held.close()


def _explain(error: Exception) -> None:
    """Raise `StoreUnavailable` unless the statement itself was at fault."""
    reason = "too many reads wait" if isinstance(error, PoolTimeout | TimeoutError) else sqlite.trouble(error)
    if reason is not None:
        raise StoreUnavailable(reason, RETRY_MS) from error
