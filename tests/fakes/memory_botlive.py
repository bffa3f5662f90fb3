"""Companies in virtual time: the storage's own rows and transactions, on SQLite in memory and without a thread.

kept = MemoryBotlive(store, clock.now_ms)
shop = await kept.shops.save(Company(company_id="C", name="Chez Awa"), 0)

Users, rooms and the outbox are those of a `MemoryStore`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import trio
from sqlalchemy import create_engine, insert
from sqlalchemy.pool import StaticPool

from actors.order.values import Shop
from actors.ports import Clock, StoreUnavailable
from actors.shop.ports import Readers, ShopPorts
from actors.values import Caller, Lane, Who
from protocol.frames import Actor
from storage.botlive.answer_rows import AnswerRows
from storage.botlive.books import Books
from storage.botlive.figures import FigureRows
from storage.botlive.hooks import ShopHookRows
from storage.botlive.journal import Journal
from storage.botlive.ledger import ActiveRows, Ledger
from storage.botlive.notes import NoteRows
from storage.botlive.order_rows import OrderRows
from storage.botlive.shop_rows import ShopRows
from storage.botlive.shopper_rows import ShopperRows
from storage.botlive.shoppers import Shoppers
from storage.botlive.shops import Shops
from storage.chatpion.guests import Guests
from storage.chatpion.hooks import HookRows
from storage.looks import Change
from storage.memo import Memo
from storage.models import metadata, users
from storage.sqlite import SqliteWording
from tests.fakes.memory_outbox import Row
from tests.fakes.memory_store import MemoryStore

T = TypeVar("T")


class MemoryBotlive:
    """The ports of `actors.order.ports`, but for hooks, and `wake`: who is told of lanes in which something waits.

    While `unreadable`, no call of a port is served; with `lost`, the next write is done and nobody hears of it.
    """

    def __init__(self, store: MemoryStore, *, wake: Callable[[Lane], object] = lambda _: None) -> None:
        self.store = store
        self.unreadable = False
        self.lost = False
        self._wake = wake
        engine = create_engine("sqlite://", poolclass=StaticPool)
        metadata.create_all(engine)
        self.dialect: Any = engine.dialect
        self.raw = cast("sqlite3.Connection", engine.raw_connection().driver_connection)
        self.raw.isolation_level = None
        self._assemble(cast("Any", _Outbox(self)), cast("Any", _Guests(self)))

    def _assemble(self, outbox: HookRows, guests: Guests) -> None:
        here, dialect, wording = cast("Any", self), self.dialect, SqliteWording()
        known: Memo[str, Shop] = Memo()
        rooms: Memo[Who, Sequence[int]] = Memo()
        shops = ShopRows(dialect, cast("Any", _Numbers(self.store)), Path)
        shoppers = ShopperRows(dialect, guests, shops)
        figures, notes = FigureRows(dialect, wording), NoteRows(dialect)
        self.hook_rows = ShopHookRows(dialect, outbox)
        journal = Journal(OrderRows(dialect, wording, figures), notes, self.hook_rows, figures)
        self.shops = Shops(here, here, here, shops, _nothing, known)
        self.shoppers = Shoppers(here, here, here, shops, shoppers, rooms, _nothing)
        self.books = Books(here, here, here, shoppers, AnswerRows(dialect), journal)
        self.ledger = Ledger(here, here, shops, ActiveRows(dialect), notes, figures)

    def ports(self, clock: Clock) -> ShopPorts:
        """What the actors of orders need."""
        return ShopPorts(
            shops=self.shops,
            shoppers=self.shoppers,
            books=self.books,
            ledger=self.ledger,
            library=self.store.library,
            outbox=self.store.outbox,
            attachments=self.store.attachments,
            clock=clock,
            readers=Readers(),
        )

    def employ(self, name: str) -> Caller:
        """Have a user who can be staff."""
        person = self.store.add_user(name)
        row = {"id": person.id, "username": name, "name": name, "search_key": "", "role": "user", "created_at": 0}
        Change(insert(users), self.dialect).run(self.raw, **row)
        return person

    def listen(self, shop: Shop, *events: str) -> None:
        """Have an endpoint for these events of a company."""
        wanted = '["' + '", "'.join(events) + '"]'
        self.hook_rows.register(self.raw, shop, "http://endpoint/", wanted, "key", 0)

    def rows(self, sql: str) -> list[Any]:
        """What stands in the database."""
        return self.raw.execute(sql).fetchall()

    # As much of `Bridge`, `Database` and `Together` as the ports above use.

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        await trio.lowlevel.checkpoint()
        if self.unreadable:
            raise StoreUnavailable("the store is away", 100)
        return await work()

    def tell(self, call: Callable[..., object], *args: object) -> None:
        call(*args)

    async def look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return work(self.raw)

    async def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        self.raw.execute("BEGIN")
        try:
            done = work(self.raw)
        except BaseException:
            self.raw.execute("ROLLBACK")
            raise
        self.raw.execute("COMMIT")
        if self.lost:
            self.lost = False
            raise StoreUnavailable("the answer was lost", 100)
        return done

    def wake(self, lane: Lane) -> None:
        """Something waits there."""
        self._wake(lane)


class _Numbers:
    """A company's bot is there as soon as it has a number."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def bot(self) -> int:
        bot = self._store.add_bot("shop")
        self._store.accounts.shops |= {bot.id}
        return bot.id


class _Guests:
    """As much of `Guests` as customers need, in the rooms of the store."""

    def __init__(self, kept: MemoryBotlive) -> None:
        self._store = kept.store
        self._made = 0

    def make(self, raw: sqlite3.Connection, name: str, at: int) -> Actor:
        self._made += 1
        return self._store.add_user(f"guest {self._made}", name=name, role="guest").actor

    def found(self, raw: sqlite3.Connection, name: str, bot: Actor, others: Sequence[Actor], at: int) -> int:
        members = [self._store.accounts.living(Who(each.kind, each.id)) for each in (bot, *others)]
        return self._store.add_conversation("closed", [each for each in members if each is not None], name=name)

    def rename(self, raw: sqlite3.Connection, user: int, name: str) -> None:
        """Nobody looks."""


class _Outbox:
    """As much of `HookRows` as events of companies need."""

    def __init__(self, kept: MemoryBotlive) -> None:
        self._kept = kept

    def wait(self, raw: sqlite3.Connection, lane: Lane, id: str, about: tuple[int, int], at: int, body: str) -> None:
        conv, message = about
        self._kept.store.outbox.rows.append(Row(id, lane, conv, message, 0, False, at, at, body=body))
        self._kept.wake(lane)


async def _nothing() -> None:
    """Nobody keeps companies' bots in memory."""
