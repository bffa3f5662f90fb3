"""The rows of records, in the words of the database, and which columns each sort of record has.

Every method of `RecordRows` runs in a connection's thread, inside a transaction or snapshot.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec
from sqlalchemy import (
    BindParameter,
    Column,
    Dialect,
    Table,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from actors.values import BotLog, BotMessage
from storage.looks import Change, Look
from storage.models import bot_logs, bot_messages, bots, record_totals
from storage.newest import Newest
from storage.statements import Wording

R = TypeVar("R")

EXCESS: Final = 1_000
"""So many surplus records of a bot go at once: there are more only after `most` was lowered."""


@dataclass(frozen=True, slots=True)
class Sort(Generic[R]):
    """One sort of record: its name, its table, whose first column is `position`, and how a row is read."""

    name: str
    table: Table
    read: Callable[..., R]

    @property
    def columns(self) -> list[Column[Any]]:
        """The columns of a record, in order."""
        return [column for column in self.table.columns if column.name != "position"]


def _log(bot: int, at: int, type: str, message: str, metadata: str) -> BotLog:
    return BotLog(bot=bot, at=at, type=type, message=message, metadata=msgspec.json.decode(metadata))


def _message(
    bot: int,
    at: int,
    message: str,
    author_id: str | None,
    author_name: str | None,
    thread_id: str | None,
    thread_type: Any,
    metadata: str,
) -> BotMessage:
    return BotMessage(
        bot=bot,
        at=at,
        message=message,
        author_id=author_id,
        author_name=author_name,
        thread_id=thread_id,
        thread_type=thread_type,
        metadata=msgspec.json.decode(metadata),
    )


LOGS: Final = Sort("log", bot_logs, _log)
MESSAGES: Final = Sort("message", bot_messages, _message)


class RecordRows(Generic[R]):
    """The statements of one sort, compiled for one dialect."""

    def __init__(self, sort: Sort[R], dialect: Dialect, wording: Wording) -> None:
        row, total = sort.table.c, record_totals.c
        self._sort = sort
        self._newest = Newest(sort.table, sort.columns, dialect)
        alive = (bots.c.id == bindparam("whose"), bots.c.deleted_at.is_(None))
        limit: BindParameter[int] = bindparam("limit")
        mine = (total.bot == bindparam("whose"), total.sort == bindparam("which"))
        of_sort = total.sort == bindparam("which")
        oldest = select(row.position, row.bot, row.at).order_by(row.position).limit(limit)
        oldest_of_bot = select(row.position).where(row.bot == bindparam("whose")).order_by(row.position).limit(limit)
        self._alive = Look(select(literal_column("1")).select_from(bots).where(*alive), dialect)
        self._insert = Change(insert(sort.table), dialect)
        self._delete = Change(delete(sort.table).where(row.position == bindparam("place")), dialect)
        self._oldest = Look(oldest, dialect)
        self._oldest_of_bot = Look(oldest_of_bot, dialect)
        self._begin = Change(wording.insert_or_ignore(record_totals), dialect)
        self._more = Change(update(record_totals).where(*mine).values(total=total.total + bindparam("more")), dialect)
        self._total = Look(select(total.total).where(*mine), dialect)
        self._sum = Look(select(func.coalesce(func.sum(total.total), 0)).where(of_sort), dialect)
        self._over = Look(select(total.bot).where(of_sort, total.total > bindparam("most")).limit(limit), dialect)

    def add(self, raw: sqlite3.Connection, *, bot: int, records: Sequence[R], most: int) -> bool:
        """Put them at the end, and forget the bot's oldest ones beyond `most`; False: the bot is gone."""
        if self._alive.first(raw, whose=bot) is None:
            return False
        self._insert.run_each(raw, [_columns(record) for record in records])
        self._begin.run(raw, bot=bot, sort=self._sort.name, total=0)
        self._count_more(raw, bot, len(records))
        self._drop_excess(raw, bot, most, EXCESS + len(records))
        return True

    def newest(self, raw: sqlite3.Connection, *, bots: Sequence[int] | None, limit: int) -> list[R]:
        """The newest ones, the newest first."""
        return [self._sort.read(*row) for row in self._newest.rows(raw, bots, limit)]

    def places(self, raw: sqlite3.Connection, *, bots: Sequence[int] | None, limit: int) -> list[int]:
        """Where the newest ones are, the newest first."""
        return self._newest.places(raw, bots, limit)

    def at(self, raw: sqlite3.Connection, places: Sequence[int]) -> list[R]:
        """Those at these places that are still there."""
        return [self._sort.read(*row) for row in self._newest.at(raw, places)]

    def count(self, raw: sqlite3.Connection, *, bots: Sequence[int] | None) -> int:
        """How many there are."""
        if bots is None:
            (total,) = self._sum.first(raw, which=self._sort.name) or (0,)
            return int(total)
        return sum(self._count_of(raw, bot) for bot in dict.fromkeys(bots))

    def trim(self, raw: sqlite3.Connection, *, before: int, most: int, limit: int) -> int:
        """Forget the oldest ones from before then, and those that bots have beyond `most`; `limit` in all."""
        old = [(place, bot) for place, bot, at in self._oldest.all(raw, limit=limit) if at < before]
        self._delete.run_each(raw, [{"place": place} for place, _ in old])
        for bot, count in Counter(bot for _, bot in old).items():
            self._count_more(raw, bot, -count)
        gone = len(old)
        for (bot,) in self._over.all(raw, which=self._sort.name, most=most, limit=limit):
            gone += self._drop_excess(raw, bot, most, limit - gone)
        return gone

    def _drop_excess(self, raw: sqlite3.Connection, bot: int, most: int, limit: int) -> int:
        surplus = min(self._count_of(raw, bot) - most, limit)
        if surplus <= 0:
            return 0
        places = self._oldest_of_bot.all(raw, whose=bot, limit=surplus)
        self._delete.run_each(raw, [{"place": place} for (place,) in places])
        self._count_more(raw, bot, -len(places))
        return len(places)

    def _count_of(self, raw: sqlite3.Connection, bot: int) -> int:
        row = self._total.first(raw, whose=bot, which=self._sort.name)
        return 0 if row is None else int(row[0])

    def _count_more(self, raw: sqlite3.Connection, bot: int, more: int) -> None:
        self._more.run(raw, whose=bot, which=self._sort.name, more=more)


def _columns(record: object) -> dict[str, object]:
    fields: dict[str, Any] = msgspec.structs.asdict(record)  # type: ignore[arg-type]
    return {**fields, "metadata": msgspec.json.encode(fields["metadata"]).decode()}
