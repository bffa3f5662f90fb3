"""Writes of many share their transactions, and nothing else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import trio

from actors.ports import StoreUnavailable
from storage.bridge import open_bridge
from storage.database import Database
from storage.together import AT_ONCE, Together


class Bench:
    """A table of numbers, and the moments at which its transactions began."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.together = Together(database)
        self.begun = 0

    async def open(self) -> None:
        await self.database.open()
        await self.database.hop(lambda raw: raw.execute("CREATE TABLE t (n INTEGER PRIMARY KEY)"))
        await self.database.hop(lambda raw: raw.set_trace_callback(self._trace))

    async def insert(self, number: int) -> int:
        return await self.together.write(lambda raw: raw.execute("INSERT INTO t VALUES (?)", (number,)).rowcount)

    async def numbers(self) -> list[int]:
        rows = await self.database.hop(lambda raw: raw.execute("SELECT n FROM t ORDER BY n").fetchall())
        return [number for (number,) in rows]

    def _trace(self, statement: str) -> None:
        self.begun += statement == "BEGIN IMMEDIATE"


async def run(directory: Path, *jobs: int | str) -> tuple[Bench, list[object], list[int]]:
    """Write all these numbers at once; a text is a statement that is run instead."""
    outcomes: list[object] = [None] * len(jobs)

    async with open_bridge() as bridge:
        bench = Bench(Database(directory / "t.db", busy_timeout_ms=10))
        await bridge.call(bench.open)

        async def work(place: int, job: int | str) -> None:
            try:
                if isinstance(job, int):
                    outcomes[place] = await bridge.call(lambda: bench.insert(job))
                else:
                    outcomes[place] = await bridge.call(lambda: bench.together.write(lambda raw: raw.execute(job)))
            except Exception as error:
                outcomes[place] = error

        async with trio.open_nursery() as nursery:
            for place, job in enumerate(jobs):
                nursery.start_soon(work, place, job)
        numbers = await bridge.call(bench.numbers)
        await bridge.call(bench.database.close)
    return bench, outcomes, numbers


async def test_what_comes_while_one_is_under_way_is_one_transaction(tmp_path: Path) -> None:
    bench, outcomes, numbers = await run(tmp_path, *range(300))
    assert outcomes == [1] * 300
    assert numbers == list(range(300))
    assert bench.begun <= 20


async def test_one_that_is_wrong_costs_the_others_nothing(tmp_path: Path) -> None:
    _, outcomes, numbers = await run(tmp_path, 1, 2, 1, "INSERT INTO nowhere VALUES (1)", 3)
    # They come in no order: which of the two ones is the second is open.
    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        *("IntegrityError", "OperationalError"),
        *("int", "int", "int"),
    ]
    assert numbers == [1, 2, 3]


async def test_a_database_that_cannot_be_written_is_told_to_everybody(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "t.db", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("CREATE TABLE held (n)")

    async with open_bridge() as bridge:
        bench = Bench(Database(tmp_path / "t.db", busy_timeout_ms=10))
        await bridge.call(bench.open)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await bridge.call(lambda: bench.insert(1))
        other.execute("ROLLBACK")
        other.close()
        assert await bridge.call(lambda: bench.insert(2)) == 1
        assert await bridge.call(bench.numbers) == [2]
        await bridge.call(bench.database.close)


async def test_a_transaction_takes_so_many_and_no_more(tmp_path: Path) -> None:
    bench, _, numbers = await run(tmp_path, *range(AT_ONCE + 100))
    assert len(numbers) == AT_ONCE + 100
    assert bench.begun >= 2
