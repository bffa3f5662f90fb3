"""An aiosqlite connection that goes to its thread as seldom as it can.

aiosqlite sends every single call to its thread and back, 20–60 µs each: a cursor, its statement, its rows, its end. A
SELECT through SQLAlchemy is eight such hops, a commit over twenty. Here a statement is one hop, rows included, the
start of a transaction goes along with its first statement, and a whole piece of work may be one (`run`).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

T = TypeVar("T")


class Driver(aiosqlite.Connection):
    """aiosqlite's connection in autocommit mode: transactions begin where `begin` says so."""

    def __init__(self, connector: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(connector, iter_chunk_size=64)
        self._begin: str | None = None
        self.stopped: asyncio.Future[Any] | None = None
        # As SQLAlchemy does with its own: a call that hangs in the kernel must not keep the process from ending.
        thread: Any = getattr(self, "_thread", self)  # aiosqlite 0.21 is a thread, 0.22 has one
        thread.daemon = True

    def stop(self) -> asyncio.Future[Any] | None:
        """Have the thread end. Whoever has no connection yet must wait for it too: see `connect`."""
        self.stopped = super().stop()
        return self.stopped

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the connection's thread and return or raise what it does."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result

    def begin(self, statement: str) -> None:
        """Begin a transaction with the next statement."""
        self._begin = statement

    def cursor(self) -> Cursor:  # type: ignore[override]
        """A cursor that costs nothing until it executes."""
        return Cursor(self)

    async def commit(self) -> None:
        """End the transaction, if there is one."""
        await self._end(self._conn.commit)

    async def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        await self._end(self._conn.rollback)

    async def _end(self, end: Callable[[], None]) -> None:
        self._begin = None
        if self._conn.in_transaction:
            await self._execute(end)  # type: ignore[no-untyped-call]

    def starting(self, raw: sqlite3.Connection) -> None:
        """Begin what `begin` asked for; in the thread, before a statement."""
        begin, self._begin = self._begin, None
        if begin is not None:
            raw.execute(begin)


class Cursor:
    """The part of aiosqlite's cursor that SQLAlchemy uses."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        """Run one statement and fetch what it gives."""
        return await self._driver.run(lambda raw: self._run(raw, raw.execute, sql, parameters))

    async def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> Cursor:
        """Run one statement for every row."""
        return await self._driver.run(lambda raw: self._run(raw, raw.executemany, sql, rows))

    async def fetchall(self) -> list[Any]:
        """The rows of the last statement."""
        return self._rows

    async def close(self) -> None:
        """Nothing to do: the rows are here, the statement is done."""

    def _run(
        self, raw: sqlite3.Connection, execute: Callable[[str, Any], sqlite3.Cursor], sql: str, parameters: Any
    ) -> Cursor:
        self._driver.starting(raw)
        done = execute(sql, parameters)
        self.description, self.rowcount, self.lastrowid = done.description, done.rowcount, done.lastrowid
        self._rows = done.fetchall() if done.description else []
        return self


async def connect(path: Path, pragmas: str, *, busy_timeout_ms: int) -> Driver:
    """Open a connection and say the pragmas."""
    driver = Driver(lambda: _open(path, pragmas, busy_timeout_ms))
    try:
        await driver
    except BaseException:
        # aiosqlite tells its thread to end and leaves it: the thread would answer a loop that is closed by then.
        if driver.stopped is not None:
            await asyncio.wait([driver.stopped])
        raise
    return driver


def _open(path: Path, pragmas: str, busy_timeout_ms: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, timeout=busy_timeout_ms / 1000, check_same_thread=False, cached_statements=256
    )
    try:
        connection.executescript(pragmas)
    except sqlite3.Error:
        connection.close()
        raise
    return connection
