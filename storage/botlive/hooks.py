"""Where events of companies go: implements `actors.order.ports.ShopHooks`, and lets others' transactions tell events.

`ShopHookRows.post` runs in a connection's thread, inside a transaction: the event is in the outbox with what it tells
of, or neither is there. Each endpoint has its own id for the event, the same in every attempt.
"""

from __future__ import annotations

import base64
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Dialect, Select, bindparam, insert, select, update

from actors.order.lanes import SHOP
from actors.order.ports import RegisteredHook, ShopTarget
from actors.order.values import Shop, ShopEvent, ShopHook, Shopper
from actors.times import whole_seconds
from actors.values import Lane
from storage.botlive.shop_rows import ShopRows
from storage.botlive.tables import companies, shop_hooks
from storage.bridge import Bridge
from storage.chatpion.hooks import SECRET_BYTES, HookRows
from storage.chatpion.tenants import Refresh
from storage.database import Database
from storage.errors import KeyFileError
from storage.looks import Change, Look, Row
from storage.together import Together
from storage.vault import Vault, place

T = TypeVar("T")

CUSTOMER: Final = 1
"""Events are about a customer: those about one keep their order."""
ROW: Final = shop_hooks.c


class ShopHookRows:
    """The statements, compiled for one dialect. `outbox` puts calls into it."""

    def __init__(self, dialect: Dialect, outbox: HookRows) -> None:
        living = ROW.deleted_at.is_(None)
        mine = (ROW.company == bindparam("whose"), living)
        which = ROW.id == bindparam("which")
        sealed = select(ROW.url, ROW.id, ROW.key_id, ROW.secret).where(living).order_by(ROW.id)
        events: dict[str, Any] = {"events": bindparam("wanted")}
        self._outbox = outbox
        self._of_company = Look(select(ROW.id, ROW.events).where(*mine).order_by(ROW.id), dialect)
        self._all = Look(_shown().where(companies.c.company_id == bindparam("name"), living).order_by(ROW.id), dialect)
        self._at = Look(_shown().where(*mine, ROW.url == bindparam("where")), dialect)
        self._one = Look(sealed.where(which), dialect)
        self._by_url = Look(sealed.where(ROW.url == bindparam("where")), dialect)
        self._insert = Change(insert(shop_hooks), dialect)
        self._want = Change(update(shop_hooks).where(which).values(events), dialect)
        self._seal = Change(update(shop_hooks).where(which).values(secret=bindparam("seal")), dialect)
        self._end = Change(update(shop_hooks).where(which, living).values(deleted_at=bindparam("now")), dialect)

    def post(self, raw: sqlite3.Connection, shopper: Shopper, event: ShopEvent, at: int, data: dict[str, Any]) -> None:
        """Tell the company's endpoints of an event at `at`; `data` is as they are shown it."""
        body: str | None = None
        for hook, wanted in self._of_company.all(raw, whose=shopper.shop):
            if event in msgspec.json.decode(wanted):
                body = body or _body(event, at, data)
                call = f"evt_{secrets.token_hex(16)}"
                self._outbox.wait(raw, Lane(SHOP, hook), call, (CUSTOMER, shopper.id), at, body)

    def register(
        self, raw: sqlite3.Connection, shop: Shop, url: str, events: str, key_id: str, now: int
    ) -> tuple[ShopHook, bool]:
        """Have it, and say whether it is new: then its secret is still to be sealed."""
        known = self._at.first(raw, whose=shop.id, where=url)
        if known is not None:
            self._want.run(raw, which=known[0], wanted=events)
        else:
            row = {"id": None, "company": shop.id, "url": url, "events": events, "key_id": key_id, "secret": b""}
            self._insert.run(raw, **row, created_at=now, deleted_at=None)
        found = self._at.first(raw, whose=shop.id, where=url)
        if found is None:
            raise LookupError("the endpoint that was just made is not there")
        return _hook(found), known is None

    def seal(self, raw: sqlite3.Connection, hook: int, sealed: bytes) -> None:
        """Keep its secret."""
        self._seal.run(raw, which=hook, seal=sealed)

    def of_company(self, raw: sqlite3.Connection, company_id: str) -> list[ShopHook]:
        """The company's endpoints, by id."""
        return [_hook(row) for row in self._all.all(raw, name=company_id)]

    def end(self, raw: sqlite3.Connection, hook: int, now: int) -> bool:
        """Send nothing there any more; False: there is none."""
        return self._end.run(raw, which=hook, now=now) > 0

    def one(self, raw: sqlite3.Connection, hook: int) -> Row | None:
        """Its URL and id, and under which master key its secret is sealed how."""
        return self._one.first(raw, which=hook)

    def by_url(self, raw: sqlite3.Connection, url: str) -> Row | None:
        """The same of the first one at a URL."""
        return self._by_url.first(raw, where=url)


class ShopHooks:
    """The `ShopHooks` port on a database."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        together: Together,
        vault: Vault,
        shops: ShopRows,
        rows: ShopHookRows,
        refresh: Refresh,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._vault = vault
        self._shops = shops
        self._rows = rows
        self._refresh = refresh

    async def register(self, company_id: str, *, url: str, events: Sequence[ShopEvent], now: int) -> RegisteredHook:
        """Have the endpoint: one that the company has keeps its id and secret. A company that is none is made."""
        wanted = msgspec.json.encode(list(dict.fromkeys(events))).decode()

        def work(raw: sqlite3.Connection) -> tuple[ShopHook, str]:
            shop = self._shops.known_or_new(raw, company_id, now)
            hook, is_new = self._rows.register(raw, shop, url, wanted, self._vault.key_id, now)
            return hook, self._new_secret(raw, hook.id) if is_new else self._secret(raw, hook.id)

        async def write() -> RegisteredHook:
            registered = RegisteredHook(*await self._together.write(work))
            await self._refresh()
            return registered

        return await self._bridge.call(write)

    async def hooks(self, company_id: str) -> list[ShopHook]:
        """Those of the company, by id."""
        return await self._look(lambda raw: self._rows.of_company(raw, company_id))

    async def delete(self, id: int, now: int) -> bool:
        """End it. What waits for it finds no target, and ends too."""
        return await self._bridge.call(lambda: self._together.write(lambda raw: self._rows.end(raw, id, now)))

    async def target(self, id: int) -> ShopTarget | None:
        """Where its events go today; None: nowhere any more, or its secret went with its master key."""
        return self._target(await self._look(lambda raw: self._rows.one(raw, id)))

    async def by_url(self, url: str) -> ShopTarget | None:
        """Any registered endpoint at this URL: the first one that there is."""
        return self._target(await self._look(lambda raw: self._rows.by_url(raw, url)))

    def _new_secret(self, raw: sqlite3.Connection, hook: int) -> str:
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
        self._rows.seal(raw, hook, self._vault.seal_for(_place(hook), secret))
        return secret

    def _secret(self, raw: sqlite3.Connection, hook: int) -> str:
        target = self._target(self._rows.one(raw, hook))
        return "" if target is None else target.secret

    def _target(self, row: Row | None) -> ShopTarget | None:
        if row is None:
            return None
        url, hook, key_id, sealed = row
        try:
            return ShopTarget(url, self._vault.unseal_for(_place(hook), key_id, sealed))
        except KeyFileError:
            return None

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))


def _shown() -> Select[Any]:
    shown = select(ROW.id, companies.c.company_id, ROW.url, ROW.events, ROW.created_at)
    return shown.join(companies, companies.c.id == ROW.company)


def _hook(row: Row) -> ShopHook:
    hook, company_id, url, events, created_at = row
    wanted = tuple(msgspec.json.decode(events))
    return ShopHook(id=hook, company_id=company_id, url=url, events=wanted, created_at=created_at)


def _body(event: ShopEvent, at: int, data: dict[str, Any]) -> str:
    return msgspec.json.encode({"event": event, "timestamp": whole_seconds(at), "data": data}).decode()


def _place(hook: int) -> str:
    return place("shop_hooks", hook, "secret")
