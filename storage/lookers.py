"""The connections that looks run on. Lives on the asyncio loop."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from storage.driver import Driver

T = TypeVar("T")


class Lookers:
    """At most `size` connections, opened when they are needed. Who finds all busy waits its turn, `wait_s` at most."""

    def __init__(self, connect: Callable[[], Awaitable[Driver]], *, size: int, wait_s: float) -> None:
        self._connect = connect
        self._wait_s = wait_s
        self._free = asyncio.Semaphore(size)
        self._idle: list[Driver] = []

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on one snapshot, in a connection's thread. Raises TimeoutError and what the driver does."""
        await self._turn()
        try:
            driver = self._idle.pop() if self._idle else await self._connect()
            try:
                result = await driver.run(partial(_on_snapshot, work))
            except sqlite3.Error:
                # Rare, and an old connection may never recover from it: the next look opens one.
                await driver.close()
                raise
            self._idle.append(driver)
        finally:
            self._free.release()
        return result

    async def close(self) -> None:
        """Close what is open; nothing runs any more."""
        while self._idle:
            await self._idle.pop().close()

    async def _turn(self) -> None:
        if self._free.locked():
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        else:
            await self._free.acquire()


def _on_snapshot(work: Callable[[sqlite3.Connection], T], connection: sqlite3.Connection) -> T:
    connection.execute("BEGIN")
    try:
        return work(connection)
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
