"""The flows of accounts, every version of each: implements `actors.chatpion.ports.Flows`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Dialect, and_, bindparam, func, insert, or_, select, update

from actors.chatpion.ports import FlowPage, NewFlow
from actors.chatpion.values import FlowRecord, FlowStatus
from storage.bridge import Bridge
from storage.chatpion.leading import Leader
from storage.chatpion.tables import flow_versions, flows
from storage.database import Database
from storage.looks import Change, Look, Row
from storage.together import Together

T = TypeVar("T")

ROW: Final = flows.c
SAID: Final = flow_versions.c
NAMES: Final = ("id", "account", "name", "description", "status", "version", "created_at", "updated_at")
COLUMNS: Final = (*(ROW[name] for name in NAMES), SAID.definition)
SAVED: Final = ("name", "description", "status", "version", "updated_at")


class FlowRows:
    """The statements, compiled for one dialect; run in a connection's thread, inside a transaction or snapshot."""

    def __init__(self, dialect: Dialect) -> None:
        newest = flows.join(flow_versions, and_(SAID.flow == ROW.id, SAID.version == ROW.version))
        mine = and_(ROW.account == bindparam("whose"), ROW.deleted_at.is_(None))
        wanted = and_(mine, or_(bindparam("now").is_(None), ROW.status == bindparam("now")))
        which = ROW.id == bindparam("which")
        page = select(*COLUMNS).select_from(newest).where(wanted).order_by(ROW.id)
        self._one = Look(select(*COLUMNS).select_from(newest).where(mine, which), dialect)
        self._page = Look(page.limit(bindparam("most")).offset(bindparam("skipped")), dialect)
        self._count = Look(select(func.count()).select_from(flows).where(wanted), dialect)
        self._last = Look(select(func.max(ROW.id)), dialect)
        self._insert = Change(insert(flows), dialect)
        self._save = Change(
            update(flows).where(which).values({name: bindparam(f"new_{name}") for name in SAVED}), dialect
        )
        self._keep = Change(insert(flow_versions), dialect)
        self._end = Change(update(flows).where(mine, which).values(deleted_at=bindparam("at")), dialect)

    def one(self, raw: sqlite3.Connection, account: int, id: int) -> FlowRecord | None:
        """The account's flow with this id, as it was saved last."""
        row = self._one.first(raw, whose=account, which=id)
        return None if row is None else _flow(row)

    def page(self, raw: sqlite3.Connection, account: int, page: int, limit: int, status: FlowStatus | None) -> FlowPage:
        """One page, ascending, and how many there are on all."""
        total = self._count.first(raw, whose=account, now=status)
        rows = self._page.all(raw, whose=account, now=status, most=limit, skipped=(page - 1) * limit)
        return FlowPage(0 if total is None else int(total[0]), [_flow(row) for row in rows])

    def create(self, raw: sqlite3.Connection, account: int, new: NewFlow, now: int) -> FlowRecord:
        """Have a new one. Its id is exact: writes take turns, and no row is ever taken away."""
        row = self._last.first(raw)
        made = _record(((row and row[0]) or 0) + 1, account, new, 1, now, now)
        values: dict[str, Any] = {name: getattr(made, name) for name in NAMES}
        self._insert.run(raw, **values, deleted_at=None)
        self._keep_version(raw, made)
        return made

    def replace(self, raw: sqlite3.Connection, account: int, id: int, new: NewFlow, now: int) -> FlowRecord | None:
        """Have another version of it; None: there is none. Earlier versions stay, for those who are in them."""
        before = self.one(raw, account, id)
        if before is None:
            return None
        made = _record(id, account, new, before.version + 1, before.created_at, now)
        self._save.run(raw, which=id, **{f"new_{name}": getattr(made, name) for name in SAVED})
        self._keep_version(raw, made)
        return made

    def end(self, raw: sqlite3.Connection, account: int, id: int, now: int) -> bool:
        """Delete it; False: there is none. Who is in it is somebody else's to end."""
        return self._end.run(raw, whose=account, which=id, at=now) > 0

    def _keep_version(self, raw: sqlite3.Connection, flow: FlowRecord) -> None:
        definition = msgspec.json.encode(flow.definition).decode()
        self._keep.run(raw, flow=flow.id, version=flow.version, definition=definition)


class Flows:
    """The `Flows` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together, leader: Leader) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._leader = leader
        self._rows = FlowRows(database.dialect)

    async def flow(self, account: int, id: int) -> FlowRecord | None:
        """As it was saved last."""
        return await self._look(lambda raw: self._rows.one(raw, account, id))

    async def page(self, account: int, *, page: int, limit: int, status: FlowStatus | None = None) -> FlowPage:
        """By ascending id."""
        return await self._look(lambda raw: self._rows.page(raw, account, page, limit, status))

    async def create(self, account: int, new: NewFlow, now: int) -> FlowRecord:
        """Have a new one."""
        return await self._write(lambda raw: self._rows.create(raw, account, new, now))

    async def replace(self, account: int, id: int, new: NewFlow, now: int) -> FlowRecord | None:
        """Have another version of it."""
        return await self._write(lambda raw: self._rows.replace(raw, account, id, new, now))

    async def delete(self, account: int, id: int, now: int) -> bool:
        """Delete it, and end it for everybody who is in it."""

        def work(raw: sqlite3.Connection) -> bool:
            if not self._rows.end(raw, account, id, now):
                return False
            self._leader.end_all(raw, id, now)
            return True

        return await self._write(work)

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._together.write(work))


def _flow(row: Row) -> FlowRecord:
    *known, definition = row
    return FlowRecord(**dict(zip(NAMES, known, strict=True)), definition=msgspec.json.decode(definition))


def _record(id: int, account: int, new: NewFlow, version: int, created_at: int, now: int) -> FlowRecord:
    return FlowRecord(
        id=id,
        account=account,
        name=new.name,
        description=new.description,
        status=new.status,
        version=version,
        definition=new.definition,
        created_at=created_at,
        updated_at=now,
    )
