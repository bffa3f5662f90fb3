"""Short writes of many, in one transaction: what piles up while one is under way is the next one.

A write costs an fsync whoever makes it. A hundred bots that fetch and acknowledge commands at the same time share it,
and none of them waits for a batch to fill.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Generic, TypeVar

from actors.ports import StoreUnavailable
from storage.database import RETRY_MS, Database
from storage.sqlite import trouble

T = TypeVar("T")

AT_ONCE: Final = 500
"""So many writes one transaction takes: those that others wait for come in between."""


class Job(Generic[T]):
    """One write, and what became of it."""

    __slots__ = ("_result", "_work", "ended", "error")

    def __init__(self, work: Callable[[sqlite3.Connection], T]) -> None:
        self._work = work
        self._result: T | None = None
        self.error: Exception | None = None
        self.ended = False

    def run(self, connection: sqlite3.Connection) -> None:
        """Do it; what it does wrong is undone, and costs the others nothing."""
        connection.execute("SAVEPOINT job")
        try:
            self._result = self._work(connection)
        except Exception as error:
            if trouble(error) is not None:
                raise
            connection.execute("ROLLBACK TO job")
            self.error = error
        connection.execute("RELEASE job")

    def outcome(self) -> T:
        """Return or raise what the work did."""
        if self.error is not None:
            raise self.error
        return self._result  # type: ignore[return-value]  # the work's own None, if it is one


class Together:
    """The way to the writing connection for short writes. Lives on the asyncio loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._after: list[Callable[[], object]] = []
        self._turn = asyncio.Lock()
        self._waiting: deque[Job[Any]] = deque()

    def after_each(self, call: Callable[[], object]) -> None:
        """Have this called behind every commit, in the connection's thread, before the next transaction begins."""
        self._after.append(call)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in a transaction, in the connection's thread, and return what it does once that is on disk.

        Raises `StoreUnavailable` (then nothing was written) and what `work` does.
        """
        job = Job(work)
        self._waiting.append(job)
        async with self._turn:
            # Whoever had the turn before may have taken this one along.
            while not job.ended:
                await self._commit([self._waiting.popleft() for _ in range(min(AT_ONCE, len(self._waiting)))])
        return job.outcome()

    async def _commit(self, batch: list[Job[Any]]) -> None:
        error: Exception | None = None
        try:
            await self._database.hop(partial(_commit, batch, self._after))
        except Exception as failed:  # noqa: BLE001 — whatever it was, those who wait must hear of it
            reason = trouble(failed)
            error = failed if reason is None else StoreUnavailable(reason, RETRY_MS)
        for job in batch:
            job.ended = True
            job.error = error or job.error


def _commit(batch: list[Job[Any]], after: list[Callable[[], object]], connection: sqlite3.Connection) -> None:
    try:
        connection.execute("BEGIN IMMEDIATE")
        for job in batch:
            job.run(connection)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    for call in after:
        call()
