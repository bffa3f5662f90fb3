"""Accounts: implements `actors.chatpion.ports.Tenants`. An account comes with its bot, in one transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.chatpion.values import Account
from actors.ports import NameTaken
from storage.bridge import Bridge
from storage.chatpion.tables import accounts
from storage.database import Database
from storage.models import bots
from storage.numbers import Numbers
from storage.rows import DbRow
from storage.wall import now_ms

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

ROW = accounts.c
COLUMNS = (ROW.id, ROW.name, ROW.email, ROW.plan, ROW.bot, ROW.created_at, ROW.updated_at)


Refresh = Callable[[], Awaitable[None]]
"""Has those know of accounts who keep their bots in memory."""


class NewTenant(NamedTuple):
    """An account to be; `owner` is the user who owns its bot."""

    name: str
    email: str | None = None
    plan: str = "free"
    owner: int | None = None


class Tenants:
    """The `Tenants` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, numbers: Numbers, refresh: Refresh) -> None:
        self._bridge = bridge
        self._refresh = refresh
        self._database = database
        self._numbers = numbers

    async def account(self, id: int) -> Account | None:
        """The account with this id."""
        return await self._read(lambda connection: _one(connection, select(*COLUMNS).where(ROW.id == id)))

    async def by_name(self, name: str) -> Account | None:
        """The account of this name."""
        return await self._read(lambda connection: account_named(connection, name))

    async def accounts(self) -> list[Account]:
        """All, by id."""
        return await self._read(_all)

    async def create(
        self, *, name: str, email: str | None = None, plan: str = "free", owner: int | None = None
    ) -> Account:
        """Make an account and its bot. Raises `NameTaken`."""
        new = NewTenant(name, email, plan, owner)

        async def work(connection: AsyncConnection) -> Account:
            if await account_named(connection, name) is not None:
                raise NameTaken("name")
            return await make_account(connection, self._numbers, new, now_ms())

        async def write() -> Account:
            made = await self._database.write(work)
            await self._refresh()
            return made

        return await self._bridge.call(write)

    async def _read(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.read(work))


async def make_account(connection: AsyncConnection, numbers: Numbers, new: NewTenant, now: int) -> Account:
    """Make an account whose name is free, and its bot."""
    bot = numbers.bot()
    await connection.execute(insert(bots), {"id": bot, "name": new.name, "owner": new.owner, "created_at": now})
    row = {"name": new.name, "email": new.email, "plan": new.plan, "bot": bot, "created_at": now, "updated_at": now}
    await connection.execute(insert(accounts), row)
    made = await account_named(connection, new.name)
    if made is None:
        raise LookupError(f"no account {new.name!r}")
    return made


async def account_named(connection: AsyncConnection, name: str) -> Account | None:
    """The account of this name."""
    return await _one(connection, select(*COLUMNS).where(ROW.name == name))


async def speaks(connection: AsyncConnection, bot: int) -> bool:
    """Whether an account speaks by this bot."""
    return (await connection.execute(select(ROW.id).where(ROW.bot == bot))).first() is not None


async def keep_bots(connection: AsyncConnection, owner: int) -> None:
    """Have the bots that accounts speak by be nobody's: they outlive their owner."""
    spoken = select(ROW.bot)
    change = update(bots).where(bots.c.owner == owner, bots.c.id.in_(spoken)).values(owner=None)
    await connection.execute(change)


async def _one(connection: AsyncConnection, query: Select[Any]) -> Account | None:
    row = (await connection.execute(query)).first()
    return None if row is None else _account(row)


async def _all(connection: AsyncConnection) -> list[Account]:
    return [_account(row) for row in await connection.execute(select(*COLUMNS).order_by(ROW.id))]


def _account(row: DbRow) -> Account:
    return Account(**row._mapping)
