"""How far users have got in the AuroriaLink view: implements `actors.ports.Views`.

Only the keeper of a user's view calls this, one call after the other. Raises `StoreUnavailable`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Column, Dialect, ScalarSelect, and_, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import StoreUnavailable
from actors.values import Who
from protocol.frames import Cursor
from storage.bridge import Bridge
from storage.database import RETRY_MS, Database
from storage.looks import Look
from storage.models import changes, conversations, members, messages, view_positions, views
from storage.payloads import read_roster
from storage.statements import Wording

T = TypeVar("T")

USER: BindParameter[int] = bindparam("user")
CONV: BindParameter[int] = bindparam("conv")
FORWARD = (
    update(view_positions)
    .where(
        view_positions.c.user == bindparam("whose"),
        view_positions.c.conv == bindparam("where"),
        view_positions.c.seq < bindparam("upto"),
    )
    .values(seq=bindparam("upto"))
)


Move = dict[str, int]


class Batch:
    """What is written together."""

    def __init__(self) -> None:
        self.moves: list[Move] = []
        self.written = False


class Views:
    """The `Views` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, wording: Wording) -> None:
        self._bridge = bridge
        self._database = database
        self._begin = wording.insert_or_ignore(view_positions)
        self._places = Places(database.dialect)
        self._turn = asyncio.Lock()
        self._batch = Batch()

    async def resume(self, user: int, since: int) -> list[Cursor]:
        """Where the user's view goes on, in each conversation that the user is in, under its epoch of today."""
        begun = await self._look(lambda raw: self._places.begun(raw, user))
        if begun is None:
            begun = since
            await self._write(lambda connection: connection.execute(insert(views), {"user": user, "since": since}))
        first = begun
        return await self._look(lambda raw: self._places.cursors(raw, user, first))

    async def save(self, user: int, positions: Mapping[int, int]) -> None:
        """Keep, durably, up to which `seq` of each conversation the user has everything. None of them goes back."""
        moves = [{"whose": user, "where": conv, "upto": seq} for conv, seq in positions.items()]
        if moves:
            await self._bridge.call(lambda: self._save_together(moves))

    async def _save_together(self, moves: list[Move]) -> None:
        """Write in one transaction what many users save while another write is under way: one fsync for all."""
        batch = self._batch
        batch.moves += moves
        async with self._turn:
            if batch is self._batch:
                self._batch = Batch()
                await self._database.write(lambda connection: self._move(connection, batch.moves))
                batch.written = True
        if not batch.written:
            raise StoreUnavailable("the write that this was part of has failed", RETRY_MS)

    async def _move(self, connection: AsyncConnection, moves: list[Move]) -> None:
        rows = [{"user": move["whose"], "conv": move["where"], "seq": move["upto"]} for move in moves]
        await connection.execute(self._begin, rows)
        await connection.execute(FORWARD, moves)

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _write(self, work: Callable[[AsyncConnection], Any]) -> None:
        await self._bridge.call(lambda: self._database.write(work))


class Places:
    """Looks at where views go on. Every method runs in a connection's thread, on one snapshot."""

    def __init__(self, dialect: Dialect) -> None:
        said, changed = messages.c, changes.c
        self._begun = Look(select(views.c.since).where(views.c.user == USER), dialect)
        mine = and_(view_positions.c.user == members.c.actor, view_positions.c.conv == members.c.conv)
        columns = (members.c.conv, conversations.c.epoch, view_positions.c.seq, _newest(said.seq), _newest(said.at))
        joined = members.join(conversations, conversations.c.id == members.c.conv).outerjoin(view_positions, mine)
        everywhere = select(*columns).select_from(joined).where(members.c.kind == "user", members.c.actor == USER)
        self._everywhere = Look(everywhere.order_by(members.c.conv), dialect)
        before = select(said.seq).where(said.conv == CONV, said.at < bindparam("since"))
        self._before = Look(before.order_by(said.seq.desc()).limit(1), dialect)
        moves = select(changed.seq, changed.at, changed.payload).where(changed.conv == CONV, changed.type == "members")
        self._moves = Look(moves.order_by(changed.seq.desc()), dialect)

    def begun(self, raw: sqlite3.Connection, user: int) -> int | None:
        """The view's first moment, None before that."""
        row = self._begun.first(raw, user=user)
        return None if row is None else row[0]

    def cursors(self, raw: sqlite3.Connection, user: int, since: int) -> list[Cursor]:
        """Where to go on in each conversation that the user is in."""
        found = []
        for conv, epoch, position, newest, newest_at in self._everywhere.all(raw, user=user):
            if position is None:
                everything_is_old = newest is None or newest_at < since
                position = (newest or 0) if everything_is_old else self._start(raw, user, conv, since)
            found.append((conv, epoch, position))
        return found

    def _start(self, raw: sqlite3.Connection, user: int, conv: int, since: int) -> int:
        """Behind what was said before `since`, or behind the event that let the user in, if that came later."""
        for seq, at, payload in self._moves.all(raw, conv=conv):
            if Who("user", user) in read_roster(payload).added:
                if at >= since:
                    return int(seq)
                break
        row = self._before.first(raw, conv=conv, since=since)
        return 0 if row is None else row[0]


def _newest(column: Column[int]) -> ScalarSelect[int]:
    """Of the newest message."""
    query = select(column).where(messages.c.conv == members.c.conv)
    return query.order_by(messages.c.seq.desc()).limit(1).scalar_subquery()
