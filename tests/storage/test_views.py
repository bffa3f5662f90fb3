"""Positions of many users, saved at once, share a write and its fate."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

import pytest
from sqlalchemy.dialects import sqlite

from actors.ports import StoreUnavailable
from storage.bridge import Bridge
from storage.database import Database
from storage.sqlite import SqliteWording
from storage.views import Views

USERS = 50


class Near:
    """A `Bridge` to the loop that one is on."""

    async def call(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        return await work()


class Disk:
    """A `Database` that notes what would be written, each time in one step of the loop. `fails` are the bad writes."""

    def __init__(self, fails: tuple[int, ...] = ()) -> None:
        self.dialect = sqlite.dialect()
        self.writes: list[int] = []
        self._fails = fails

    async def write(self, work: Callable[[Any], Awaitable[None]]) -> None:
        self.writes.append(0)
        await asyncio.sleep(0)
        await work(self)
        if len(self.writes) in self._fails:
            raise StoreUnavailable("the disk is full", 700)

    async def execute(self, _: object, rows: list[object]) -> None:
        self.writes[-1] = len(rows)


def save_all(disk: Disk) -> list[BaseException | None]:
    """Have all users save at once; what became of each."""
    views = Views(cast("Bridge", Near()), cast("Database", disk), SqliteWording())

    async def run() -> list[BaseException | None]:
        saves = [views.save(user, {1: 7}) for user in range(USERS)]
        return await asyncio.gather(*saves, return_exceptions=True)

    return asyncio.run(run())


def test_what_comes_while_one_write_is_under_way_makes_the_next_one() -> None:
    disk = Disk()
    assert save_all(disk) == [None] * USERS
    assert disk.writes == [1, USERS - 1]


@pytest.mark.parametrize(("fails", "failed"), [((1,), 1), ((2,), USERS - 1), ((1, 2), USERS)])
def test_everybody_in_a_write_that_fails_hears_of_it_and_nobody_else(fails: tuple[int, ...], failed: int) -> None:
    outcomes = save_all(Disk(fails))
    assert sum(isinstance(outcome, StoreUnavailable) for outcome in outcomes) == failed
    assert outcomes.count(None) == USERS - failed
