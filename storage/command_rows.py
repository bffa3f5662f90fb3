"""The rows of commands, in the words of the database.

Every method runs in a connection's thread, inside a transaction or snapshot. What each does is told in
`actors.ports.Commands`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from actors.ports import Lease
from actors.values import Command
from storage.looks import Change, Look
from storage.models import bots, commands
from storage.newest import Newest

Values = dict[str, Any]

ROW: Final = commands.c
COLUMNS: Final = (ROW.id, ROW.bot, ROW.type, ROW.payload, ROW.created_at, ROW.status, ROW.completed_at, ROW.result)
WHICH: Final = ROW.id == bindparam("which")
MINE: Final = ROW.bot == bindparam("whose")
# In these words, for they are those of the indexes.
PENDING: Final = ROW.completed_at.is_(None)
LEASED: Final = ROW.leased_until.is_not(None)
HELD_BY: Final = ROW.holder == bindparam("by")
RUNNING: Final = ROW.leased_until > bindparam("now")
NOBODYS: Final[Values] = {"leased_until": None, "holder": None}


class CommandReads:
    """What is asked for."""

    def __init__(self, dialect: Dialect) -> None:
        limit: BindParameter[int] = bindparam("limit")
        free = select(*COLUMNS).where(MINE, PENDING, or_(ROW.leased_until.is_(None), ~RUNNING))
        self._free = Look(free.order_by(ROW.position).limit(limit), dialect)
        self._held = Look(select(func.count()).where(MINE, LEASED, RUNNING, HELD_BY), dialect)
        self._first_end = Look(select(func.min(ROW.leased_until)).where(MINE, LEASED, RUNNING), dialect)
        self._one = Look(select(*COLUMNS).where(WHICH), dialect)
        self._newest = Newest(commands, COLUMNS, dialect)

    def one(self, raw: sqlite3.Connection, id: str) -> Command | None:
        """The command with this id."""
        row = self._one.first(raw, which=id)
        return None if row is None else _command(*row)

    def free(self, raw: sqlite3.Connection, bot: int, now: int, limit: int) -> list[Command]:
        """The oldest ones that nobody holds."""
        return [_command(*row) for row in self._free.all(raw, whose=bot, now=now, limit=limit)]

    def held(self, raw: sqlite3.Connection, bot: int, now: int, holder: str) -> int:
        """How many this one holds."""
        row = self._held.first(raw, whose=bot, now=now, by=holder)
        return 0 if row is None else int(row[0])

    def first_end(self, raw: sqlite3.Connection, bot: int, now: int) -> int | None:
        """When the first running lease ends."""
        row = self._first_end.first(raw, whose=bot, now=now)
        return None if row is None else row[0]

    def newest(self, raw: sqlite3.Connection, bots: Sequence[int] | None, limit: int) -> list[Command]:
        """The newest ones of these bots, or of all."""
        return [_command(*row) for row in self._newest.rows(raw, bots, limit)]

    def places(self, raw: sqlite3.Connection, bot: int, limit: int) -> list[int]:
        """Where the newest ones of this bot are, the newest first."""
        return self._newest.places(raw, [bot], limit)

    def at(self, raw: sqlite3.Connection, places: Sequence[int]) -> list[Command]:
        """Those at these places that are still there."""
        return [_command(*row) for row in self._newest.at(raw, places)]


class CommandWrites:
    """What is changed."""

    def __init__(self, dialect: Dialect, reads: CommandReads) -> None:
        self._reads = reads
        fresh: tuple[ColumnElement[Any], ...] = (
            bindparam("which"),
            bots.c.id,
            bindparam("kind"),
            bindparam("text"),
            bindparam("at"),
        )
        is_there = (bots.c.id == bindparam("whose"), bots.c.deleted_at.is_(None))
        another = commands.alias().c
        is_new = ~select(another.id).where(another.id == bindparam("which")).exists()
        row = select(*fresh, literal_column("'pending'")).where(*is_there, is_new)
        columns = [ROW.id, ROW.bot, ROW.type, ROW.payload, ROW.created_at, ROW.status]
        lease: Values = {"leased_until": bindparam("until"), "holder": bindparam("by")}
        done: Values = {
            "status": bindparam("became"),
            "result": bindparam("text"),
            "completed_at": bindparam("now"),
            **NOBODYS,
        }
        self._insert = Change(insert(commands).from_select(columns, row), dialect)
        self._lease = Change(update(commands).where(WHICH).values(lease), dialect)
        self._give_back = Change(update(commands).where(WHICH, MINE, LEASED, HELD_BY).values(NOBODYS), dialect)
        self._give_all_back = Change(update(commands).where(MINE, LEASED, HELD_BY).values(NOBODYS), dialect)
        self._acknowledge = Change(update(commands).where(WHICH, MINE, PENDING).values(done), dialect)

    def insert(self, raw: sqlite3.Connection, command: Command) -> bool:
        """Put it at the end; False: its bot is gone, or it is there."""
        text = _text(command.payload)
        values = {"which": command.id, "whose": command.bot, "kind": command.type, "text": text}
        return self._insert.run(raw, **values, at=command.created_at) > 0

    def lease(
        self, raw: sqlite3.Connection, bot: int, *, now: int, until: int, limit: int, holder: str | None
    ) -> Lease:
        """Hand out the oldest ones, so many that this holder has `limit`."""
        room = limit if holder is None else max(0, limit - self._reads.held(raw, bot, now, holder))
        # One more than there is room for tells whether others wait.
        found = self._reads.free(raw, bot, now, room + 1)
        taken = found[:room]
        self._lease.run_each(raw, [{"which": command.id, "until": until, "by": holder} for command in taken])
        return Lease(taken, len(found) > room, self._reads.first_end(raw, bot, now))

    def give_back(self, raw: sqlite3.Connection, bot: int, holder: str, ids: Sequence[str] | None) -> int:
        """End leases of this holder."""
        if ids is None:
            return self._give_all_back.run(raw, whose=bot, by=holder)
        return self._give_back.run_each(raw, [{"which": command, "whose": bot, "by": holder} for command in ids])

    def acknowledge(self, raw: sqlite3.Connection, bot: int, id: str, status: str, result: Any, now: int) -> bool:
        """Note what became of it; False: it is done, or the bot has no such one."""
        text = None if result is None else _text(result)
        return self._acknowledge.run(raw, which=id, whose=bot, became=status, text=text, now=now) > 0


def _command(
    id: str,
    bot: int,
    type: str,
    payload: str,
    created_at: int,
    status: Any,
    completed_at: int | None,
    result: str | None,
) -> Command:
    return Command(
        id=id,
        bot=bot,
        type=type,
        payload=msgspec.json.decode(payload),
        created_at=created_at,
        status=status,
        completed_at=completed_at,
        result=None if result is None else msgspec.json.decode(result),
    )


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
