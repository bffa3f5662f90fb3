"""An aiosqlite connection that runs a whole piece of work in one hop.

aiosqlite sends every single call to its thread and back, 20–60 µs each; a commit through it, statement by statement,
costs over a millisecond. What is one transaction here is one call.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import aiosqlite

T = TypeVar("T")


class Driver(aiosqlite.Connection):
    """aiosqlite's connection, and the way to its thread."""

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the connection's thread and return or raise what it does."""
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result


async def connect(path: Path, pragmas: str, *, busy_timeout_ms: int) -> Driver:
    """Open a connection in autocommit mode, so that transactions begin where the code says so."""
    driver = Driver(lambda: _open(path, pragmas, busy_timeout_ms), iter_chunk_size=64)
    # As SQLAlchemy does with its own: a call that hangs in the kernel must not keep the process from ending.
    thread: threading.Thread = driver._thread
    thread.daemon = True
    await driver
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
