"""The rows of messages to and from subscribers, as they are asked for.

Every method runs in a connection's thread, inside a transaction or snapshot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Dialect, Select, and_, bindparam, func, literal_column, or_, select, union

from actors.chatpion.ports import LetterPage, Standing, Unfinished
from actors.chatpion.values import Letter
from storage.chatpion.tables import letters, subscribers
from storage.looks import Look
from storage.models import members

ROW: Final = letters.c
FIELDS: Final = Letter.__struct_fields__
COLUMNS: Final = tuple(ROW[name] for name in FIELDS)
WHICH: Final = ROW.id == bindparam("which")
# In these words, for they are those of the indexes.
QUEUED: Final = ROW.state == literal_column("'queued'")
OPEN: Final = ROW.state.in_((literal_column("'sent'"), literal_column("'delivered'")))
OUT: Final = ROW.direction == literal_column("'out'")


class LetterReads:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        mine = ROW.subscriber == bindparam("whose")
        marked = or_(ROW.seq <= bindparam("read"), and_(ROW.seq <= bindparam("received"), ROW.state == "sent"))
        self._one = Look(select(*COLUMNS).where(WHICH), dialect)
        self._last = Look(select(*COLUMNS).order_by(ROW.id.desc()).limit(1), dialect)
        self._queued = Look(select(*COLUMNS).where(mine, QUEUED).order_by(ROW.id), dialect)
        self._marked = Look(select(*COLUMNS).where(mine, OPEN, OUT, marked).order_by(ROW.seq), dialect)
        self._of_broadcast = Look(select(*COLUMNS).where(ROW.broadcast == bindparam("of"), mine), dialect)
        self._heard = Look(
            select(ROW.id).where(ROW.message == bindparam("said"), ROW.direction == literal_column("'in'")), dialect
        )
        marks = select(members.c.received, members.c.read).join(subscribers, _is_its())
        self._marks = Look(marks.where(subscribers.c.id == bindparam("whose")), dialect)
        self._unfinished = Look(_unfinished(), dialect)
        self._pages = {given: _Paging(dialect, given) for given in _subsets(("of", "now", "way"))}

    def one(self, raw: sqlite3.Connection, id: int) -> Letter | None:
        """The message with this id, queued or not."""
        return _letter(self._one.first(raw, which=id))

    def last(self, raw: sqlite3.Connection) -> Letter:
        """The one that was just made, in the same transaction."""
        (row,) = self._last.all(raw)
        return Letter(**dict(zip(FIELDS, row, strict=True)))

    def standing(self, raw: sqlite3.Connection, subscriber: int) -> Standing:
        """What is to be said to the subscriber, and its marks if they say more than its messages."""
        queued = _letters(self._queued.all(raw, whose=subscriber))
        received, read = self._marks.first(raw, whose=subscriber) or (0, 0)
        is_ahead = bool(received) and bool(self.marked(raw, subscriber, received, read))
        return Standing(queued, received, read) if is_ahead else Standing(queued)

    def marked(self, raw: sqlite3.Connection, subscriber: int, received: int, read: int) -> list[Letter]:
        """Those that these marks say more of than their state, in order."""
        return _letters(self._marked.all(raw, whose=subscriber, received=received, read=read))

    def of_broadcast(self, raw: sqlite3.Connection, broadcast: int, subscriber: int) -> Letter | None:
        """What the subscriber got of the broadcast."""
        return _letter(self._of_broadcast.first(raw, of=broadcast, whose=subscriber))

    def is_heard(self, raw: sqlite3.Connection, message: int) -> bool:
        """Whether the message was noted as a reply."""
        return self._heard.first(raw, said=message) is not None

    def page(
        self, raw: sqlite3.Connection, account: int, offset: int, limit: int, wanted: Mapping[str, object]
    ) -> LetterPage:
        """Those of the account that were said or failed; of what is wanted, None is everything."""
        given = {name: value for name, value in wanted.items() if value is not None}
        paging = self._pages[frozenset(given)]
        return paging.page(raw, offset, limit, {"whose": account, **given})

    def unfinished(self, raw: sqlite3.Connection, after: int, limit: int) -> list[Unfinished]:
        """Subscribers with something to be said, or with marks ahead of what was told, by conversation."""
        return [Unfinished(*row) for row in self._unfinished.all(raw, after=after, most=limit)]


class _Paging:
    """Pages of an account's messages, where just these conditions are given."""

    def __init__(self, dialect: Dialect, given: frozenset[str]) -> None:
        columns = {"of": ROW.subscriber, "now": ROW.state, "way": ROW.direction}
        conditions = [columns[name] == bindparam(name) for name in sorted(given)]
        said = and_(ROW.account == bindparam("whose"), ~QUEUED, *conditions)
        rows = select(*COLUMNS).where(said).order_by(ROW.id)
        self._rows = Look(rows.limit(bindparam("most")).offset(bindparam("skipped")), dialect)
        self._count = Look(select(func.count()).select_from(letters).where(said), dialect)

    def page(self, raw: sqlite3.Connection, offset: int, limit: int, values: Mapping[str, object]) -> LetterPage:
        count = self._count.first(raw, **values)
        rows = self._rows.all(raw, **values, skipped=offset, most=limit)
        return LetterPage(0 if count is None else count[0], _letters(rows))


def _subsets(names: tuple[str, ...]) -> list[frozenset[str]]:
    found = [frozenset[str]()]
    for name in names:
        found += [each | {name} for each in found]
    return found


def _unfinished() -> Select[Any]:
    """Two reasons to look at a subscriber: what it is to be told, and marks that say more than its messages do."""
    to_say = select(ROW.subscriber).where(QUEUED)
    ahead = (
        select(ROW.subscriber)
        .join(subscribers, subscribers.c.id == ROW.subscriber)
        .join(members, _is_its())
        .where(OPEN, OUT, or_(members.c.read >= ROW.seq, and_(ROW.state == "sent", members.c.received >= ROW.seq)))
    )
    those = union(to_say, ahead).subquery()
    row, mark = subscribers.c, members.c
    marks = (func.coalesce(mark.received, 0), func.coalesce(mark.read, 0))
    query = select(row.conv, row.user, *marks).join(those, those.c.subscriber == row.id).outerjoin(members, _is_its())
    return query.where(row.conv > bindparam("after")).order_by(row.conv).limit(bindparam("most"))


def _is_its() -> Any:
    mark = members.c
    return and_(mark.conv == subscribers.c.conv, mark.kind == "user", mark.actor == subscribers.c.user)


def _letter(row: tuple[Any, ...] | None) -> Letter | None:
    return None if row is None else Letter(**dict(zip(FIELDS, row, strict=True)))


def _letters(rows: list[tuple[Any, ...]]) -> list[Letter]:
    return [Letter(**dict(zip(FIELDS, row, strict=True))) for row in rows]
