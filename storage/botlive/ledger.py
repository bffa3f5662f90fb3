"""What companies are shown: implements `actors.order.ports.Ledger`. Raises `StoreUnavailable`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec
from sqlalchemy import Dialect, bindparam, func, select

from actors.order.periods import day_of
from actors.order.state import Customer
from actors.order.values import ActiveOrder, ActiveOrders, Activity, Intervention, Range, Shop, Statistics
from storage.botlive.figures import FigureRows
from storage.botlive.notes import NoteRows
from storage.botlive.shop_rows import ShopRows
from storage.botlive.tables import customers
from storage.bridge import Bridge
from storage.database import Database
from storage.looks import Look

T = TypeVar("T")
ROW: Final = customers.c


class ActiveRows:
    """Orders that are under way."""

    def __init__(self, dialect: Dialect) -> None:
        active = (ROW.company == bindparam("shop"), ROW.active_at.is_not(None))
        newest = select(ROW.user_id, ROW.user_name, ROW.state).where(*active)
        newest = newest.order_by(ROW.active_at.desc(), ROW.id.desc()).limit(bindparam("most"))
        self._newest = Look(newest, dialect)
        self._count = Look(select(func.count()).select_from(customers).where(*active), dialect)

    def of(self, raw: sqlite3.Connection, shop: Shop, limit: int) -> ActiveOrders:
        """The ones of a company that changed last."""
        found = self._newest.all(raw, shop=shop.id, most=limit)
        count = self._count.first(raw, shop=shop.id)
        orders = tuple(
            ActiveOrder(user_id=user_id, user_name=user_name or user_id, order=_state(state).order)
            for user_id, user_name, state in found
        )
        return ActiveOrders(orders=orders, total=0 if count is None else count[0], currency=shop.company.currency)


class Ledger:
    """The `Ledger` port on a database."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        shops: ShopRows,
        active: ActiveRows,
        notes: NoteRows,
        figures: FigureRows,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._shops = shops
        self._active = active
        self._notes = notes
        self._figures = figures

    async def statistics(self, company_id: str, range: Range, now: int) -> Statistics:
        """The period of the company in which `now` is, and the one before."""

        def work(raw: sqlite3.Connection, shop: Shop) -> Statistics:
            day = day_of(now, shop.company.timezone)
            present, past = self._figures.compared(raw, shop.id, range, day)
            return Statistics(now=present, before=past, interventions=self._notes.count(raw, shop.id))

        return await self._of(company_id, work, Statistics())

    async def active(self, company_id: str, limit: int) -> ActiveOrders:
        """The active orders, the one that changed last first."""
        return await self._of(company_id, lambda raw, shop: self._active.of(raw, shop, limit), ActiveOrders())

    async def interventions(self, company_id: str) -> list[Intervention]:
        """The open ones, the newest first."""
        return await self._of(company_id, lambda raw, shop: self._notes.open(raw, shop.id), [])

    async def intervention(self, id: int) -> Intervention | None:
        """One, open or resolved."""
        return await self._look(lambda raw: self._notes.one(raw, id))

    async def activity(self, company_id: str, limit: int) -> list[Activity]:
        """What happened, the newest first."""
        return await self._of(company_id, lambda raw, shop: self._notes.activities(raw, shop.id, limit), [])

    async def _of(self, company_id: str, work: Callable[[sqlite3.Connection, Shop], T], nothing: T) -> T:
        def look(raw: sqlite3.Connection) -> T:
            shop = self._shops.named(raw, company_id)
            return nothing if shop is None else work(raw, shop)

        return await self._look(look)

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))


def _state(text: str) -> Customer:
    return msgspec.json.decode(text, type=Customer)
