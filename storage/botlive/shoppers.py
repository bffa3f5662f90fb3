"""Companies' customers: implements `actors.order.ports.Shoppers`.

Writes of many share their transactions, see `storage.together`. Raises `StoreUnavailable`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from actors.order.ports import Admitted
from actors.order.values import Shopper
from actors.values import Who
from storage.botlive.shop_rows import ShopRows
from storage.botlive.shopper_rows import ShopperRows
from storage.bridge import Bridge
from storage.chatpion.tenants import Refresh
from storage.database import Database
from storage.memo import Memo
from storage.together import Together

T = TypeVar("T")


class _Done(NamedTuple):
    """What was written: `came` are those who are in another conversation now."""

    admitted: Admitted
    came: list[Who]
    has_new_shop: bool


class Shoppers:
    """The `Shoppers` port on a database. `rooms` says who is in which conversations, remembered."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        together: Together,
        shops: ShopRows,
        rows: ShopperRows,
        rooms: Memo[Who, Sequence[int]],
        refresh: Refresh,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._shops = shops
        self._rows = rows
        self._rooms = rooms
        self._refresh = refresh

    async def admit(self, company_id: str, user_id: str, user_name: str | None, now: int) -> Admitted:
        """Have the customer, with its user and its room; and the company, with the defaults, if there is none."""
        known = await self._look(lambda raw: self._known(raw, company_id, user_id))
        if known is not None and user_name in (None, known.shopper.user_name):
            return known
        return await self._bridge.call(lambda: self._write(company_id, user_id, user_name, now))

    async def by_conversation(self, conv: int) -> Shopper | None:
        """Whose room this is."""
        return await self._look(lambda raw: self._rows.by_conv(raw, conv))

    async def find(self, company_id: str, user_id: str) -> Shopper | None:
        """The customer; None: it never wrote to the company."""
        known = await self._look(lambda raw: self._known(raw, company_id, user_id))
        return None if known is None else known.shopper

    async def of_user(self, user_id: str) -> list[Shopper]:
        """The customers of all companies that have this `user_id`."""
        return await self._look(lambda raw: self._rows.everywhere(raw, user_id))

    async def _write(self, company_id: str, user_id: str, user_name: str | None, now: int) -> Admitted:
        done = await self._together.write(lambda raw: self._admit(raw, company_id, user_id, user_name, now))
        # Told before the end of the call is: they have come to a conversation.
        self._bridge.tell(self._rooms.changed, done.came)
        if done.has_new_shop:
            await self._refresh()
        return done.admitted

    def _known(self, raw: sqlite3.Connection, company_id: str, user_id: str) -> Admitted | None:
        shop = self._shops.named(raw, company_id)
        shopper = None if shop is None else self._rows.named(raw, shop.id, user_id)
        return None if shop is None or shopper is None else Admitted(shop, shopper, is_new=False)

    def _admit(self, raw: sqlite3.Connection, company_id: str, user_id: str, user_name: str | None, now: int) -> _Done:
        before = self._shops.named(raw, company_id)
        shop = before or self._shops.known_or_new(raw, company_id, now)
        shopper = self._rows.named(raw, shop.id, user_id)
        if shopper is not None:
            called = self._called(raw, shopper, user_name)
            admitted = Admitted(shop, called, is_new=False, is_renamed=called != shopper)
            return _Done(admitted, [], has_new_shop=False)
        new = self._rows.found(raw, shop, user_id, user_name, now)
        came = [Who("bot", shop.bot), *(Who("user", each.id) for each in self._shops.staff(raw, shop.company))]
        return _Done(Admitted(shop, new, is_new=True), came, has_new_shop=before is None)

    def _called(self, raw: sqlite3.Connection, shopper: Shopper, user_name: str | None) -> Shopper:
        if user_name in (None, shopper.user_name):
            return shopper
        return self._rows.call(raw, shopper, user_name or "")

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))
