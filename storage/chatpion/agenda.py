"""What waits for its time: implements `actors.chatpion.ports.Agenda`, and lets others' transactions plan.

`put` and `drop` run in a connection's thread, inside a transaction: what is planned is on disk with the reason for it,
or neither is. With `wakes` the scheduler is told after the commit; without, whoever puts something tells it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Dialect, bindparam, delete, func, insert, select, tuple_

from actors.chatpion.values import Item
from storage.bridge import Bridge
from storage.chatpion.tables import agenda
from storage.chatpion.wakes import Wakes
from storage.database import Database
from storage.looks import Change, Look

ROW: Final = agenda.c
ORDER: Final = (ROW.at, ROW.kind, ROW.key)
FIRST: Final = Item(-1, "", 0)
"""Before all that can be planned."""


class AgendaRows:
    """The statements, compiled for one dialect. There is one row at most for a kind and key."""

    def __init__(self, dialect: Dialect, wakes: Wakes | None = None) -> None:
        self._wakes = wakes
        mine = (ROW.kind == bindparam("who"), ROW.key == bindparam("whose"))
        start = tuple_(bindparam("from_at"), bindparam("from_kind"), bindparam("from_key"))
        due = select(*ORDER).where(tuple_(*ORDER) > start, ROW.at <= bindparam("now"))
        self._insert = Change(insert(agenda), dialect)
        self._delete = Change(delete(agenda).where(*mine), dialect)
        self._due = Look(due.order_by(*ORDER).limit(bindparam("most")), dialect)
        self._next = Look(select(func.min(ROW.at)).where(ROW.at > bindparam("now")), dialect)
        self._at = Look(select(ROW.at).where(*mine), dialect)

    def put(self, raw: sqlite3.Connection, kind: str, key: int, at: int) -> None:
        """Have the actor of this kind and key told at `at`, ms since the epoch, and at no other time any more."""
        self.drop(raw, kind, key)
        self._insert.run(raw, kind=kind, key=key, at=at)
        if self._wakes is not None:
            self._wakes.plan(at)

    def drop(self, raw: sqlite3.Connection, kind: str, key: int) -> None:
        """Have it told nothing any more."""
        self._delete.run(raw, who=kind, whose=key)

    def due(self, raw: sqlite3.Connection, after: Item, now: int, limit: int) -> list[Item]:
        """The first ones behind `after` whose time has come, in order of time, kind and key."""
        start = {"from_at": after.at, "from_kind": after.kind, "from_key": after.key}
        return [Item(*row) for row in self._due.all(raw, **start, now=now, most=limit)]

    def next_at(self, raw: sqlite3.Connection, now: int) -> int | None:
        """The first time that is still to come."""
        row = self._next.first(raw, now=now)
        return None if row is None else row[0]

    def is_there(self, raw: sqlite3.Connection, item: Item) -> bool:
        """Whether it is planned, for just that time."""
        return self._at.first(raw, who=item.kind, whose=item.key) == (item.at,)


class Agenda:
    """The `Agenda` port on a database."""

    def __init__(self, bridge: Bridge, database: Database) -> None:
        self._bridge = bridge
        self._database = database
        self._rows = AgendaRows(database.dialect)

    async def due(self, after: Item | None, now: int, limit: int) -> tuple[list[Item], int | None]:
        """What is due at `now` behind `after`, at most `limit`, in order; and the first time after `now`."""

        def work(raw: sqlite3.Connection) -> tuple[list[Item], int | None]:
            return self._rows.due(raw, after or FIRST, now, limit), self._rows.next_at(raw, now)

        return await self._bridge.call(lambda: self._database.look(work))

    async def left(self, items: Sequence[Item]) -> list[Item]:
        """Those of these that are still planned for just that time."""

        def work(raw: sqlite3.Connection) -> list[Item]:
            return [item for item in items if self._rows.is_there(raw, item)]

        return await self._bridge.call(lambda: self._database.look(work))
