"""Companies: implements `actors.order.ports.Shops`. A company comes with its bot, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.order.company import Company
from actors.order.values import Shop
from storage.botlive.shop_rows import ShopRows
from storage.botlive.tables import companies, customers
from storage.bridge import Bridge
from storage.chatpion.tenants import Refresh
from storage.database import Database
from storage.looks import Look
from storage.memo import Memo
from storage.together import Together

T = TypeVar("T")


async def speaks(connection: AsyncConnection, bot: int) -> bool:
    """Whether a company speaks by this bot."""
    return (await connection.execute(select(companies.c.id).where(companies.c.bot == bot))).first() is not None


class Shops:
    """The `Shops` port on a database. `known` are the settings that need not be read again."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        together: Together,
        rows: ShopRows,
        refresh: Refresh,
        known: Memo[str, Shop],
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._rows = rows
        self._refresh = refresh
        self._known = known
        row = customers.c
        rooms = select(row.conv).where(row.company == bindparam("whose")).order_by(row.conv)
        self._rooms = Look(rooms, database.dialect)

    async def shop(self, company_id: str) -> Shop | None:
        """The company of this name."""
        return await self._remembered(company_id, lambda raw: self._rows.named(raw, company_id))

    async def by_id(self, id: int) -> Shop | None:
        """The company with this number."""
        # No name of a company has a zero byte.
        return await self._remembered(f"\0{id}", lambda raw: self._rows.numbered(raw, id))

    async def settings(self, company_id: str) -> Company | None:
        """The settings as they are kept."""
        return await self._look(lambda raw: self._rows.settings(raw, company_id))

    async def rooms(self, shop: int) -> list[int]:
        """The conversations of its customers, ascending."""
        return [conv for (conv,) in await self._look(lambda raw: self._rooms.all(raw, whose=shop))]

    async def save(self, company: Company, now: int) -> Shop:
        """Have these settings. Raises `UnknownStaff` and `NoSuchPhoto`."""

        async def write() -> Shop:
            try:
                return await self._together.write(lambda raw: self._rows.save(raw, company, now))
            finally:
                self._bridge.tell(self._known.all_changed)
                await self._refresh()

        return await self._bridge.call(write)

    async def _remembered(self, key: str, work: Callable[[sqlite3.Connection], Shop | None]) -> Shop | None:
        known, then = self._known.get(key), self._known.now
        if known is None:
            known = await self._look(work)
            if known is not None:
                self._known.keep(key, known, then)
        return known

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))
