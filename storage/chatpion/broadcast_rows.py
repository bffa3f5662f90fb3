"""The rows of broadcasts and of their audiences. Every method runs in a connection's thread, inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import asdict, replace
from sqlalchemy import (
    ColumnClause,
    Dialect,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from actors.chatpion.ports import Addressee, BroadcastPage, NewBroadcast
from actors.chatpion.values import Broadcast
from storage.chatpion.tables import audiences, broadcasts, letters, subscriber_tags, subscribers
from storage.looks import Change, Look, Row

ROW: Final = broadcasts.c
FIELDS: Final = Broadcast.__struct_fields__
COLUMNS: Final = tuple(ROW[name] for name in FIELDS)
JSON: Final = ("target", "schedule")
FLAGS: Final = ("personalize", "track_links")
CHANGING: Final = ("file", "status", "total", "sent", "failed", "started_at", "completed_at")


class Outcomes(NamedTuple):
    """What became of a broadcast's messages so far. `queued` ones are not in their conversations yet."""

    sent: int
    failed: int
    queued: int


class BroadcastRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        which, mine = ROW.id == bindparam("which"), ROW.account == bindparam("whose")
        page = select(*COLUMNS).where(mine).order_by(ROW.id)
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in CHANGING}
        place, person, letter = audiences.c, subscribers.c, letters.c
        of = place.broadcast == bindparam("of")
        ahead = select(place.subscriber, person.conv).join(subscribers, person.id == place.subscriber)
        ahead = ahead.where(of, place.subscriber > bindparam("after")).order_by(place.subscriber)
        state = select(letter.state, func.count()).where(letter.broadcast == bindparam("of")).group_by(letter.state)
        self._insert = Change(insert(broadcasts), dialect)
        self._last = Look(select(func.max(ROW.id)), dialect)
        self._one = Look(select(*COLUMNS).where(which), dialect)
        self._page = Look(page.limit(bindparam("most")).offset(bindparam("skipped")), dialect)
        self._count = Look(select(func.count()).where(mine), dialect)
        self._update = Change(update(broadcasts).where(which).values(new), dialect)
        self._gather = Change(_gather(), dialect)
        self._ahead = Look(ahead.limit(bindparam("most")), dialect)
        self._dismiss = Change(delete(audiences).where(of), dialect)
        self._states = Look(state, dialect)

    def create(self, raw: sqlite3.Connection, new: NewBroadcast, now: int) -> Broadcast:
        """Have a new one. Its id is exact: writes take turns, and no row is ever taken away."""
        row = self._last.first(raw)
        made = Broadcast(id=((row and row[0]) or 0) + 1, status="scheduled", created_at=now, **asdict(new))
        self._insert.run(raw, **_stored(made))
        return made

    def one(self, raw: sqlite3.Connection, id: int) -> Broadcast | None:
        """The broadcast with this id, and what became of it so far."""
        row = self._one.first(raw, which=id)
        return None if row is None else self._counted(raw, _broadcast(row))

    def page(self, raw: sqlite3.Connection, account: int, page: int, limit: int) -> BroadcastPage:
        """One page, ascending, and how many there are on all."""
        total = self._count.first(raw, whose=account)
        rows = self._page.all(raw, whose=account, most=limit, skipped=(page - 1) * limit)
        found = [self._counted(raw, _broadcast(row)) for row in rows]
        return BroadcastPage(0 if total is None else int(total[0]), found)

    def save(self, raw: sqlite3.Connection, row: Broadcast) -> None:
        """Keep what may change."""
        self._update.run(raw, which=row.id, **{f"new_{name}": getattr(row, name) for name in CHANGING})

    def gather(self, raw: sqlite3.Connection, row: Broadcast) -> int:
        """Fix the audience: those whom the target means now. Returns how many they are."""
        target = row.target or {}
        tags, platforms = (_list(target.get(name)) for name in ("tags", "platforms"))
        return self._gather.run(raw, of=row.id, whose=row.account, tags=tags, platforms=platforms)

    def ahead(self, raw: sqlite3.Connection, id: int, after: int, limit: int) -> list[Addressee]:
        """Who is still to get it, behind `after`."""
        return [Addressee(*row) for row in self._ahead.all(raw, of=id, after=after, most=limit)]

    def dismiss(self, raw: sqlite3.Connection, id: int) -> None:
        """Nobody is to get it any more."""
        self._dismiss.run(raw, of=id)

    def outcomes(self, raw: sqlite3.Connection, id: int) -> Outcomes:
        """What became of it so far: exact over crashes, for the messages themselves are counted."""
        states: dict[str, int] = dict(self._states.all(raw, of=id))
        failed, queued = states.pop("failed", 0), states.pop("queued", 0)
        return Outcomes(sum(states.values()), failed, queued)

    def _counted(self, raw: sqlite3.Connection, row: Broadcast) -> Broadcast:
        if row.started_at is None or row.status == "completed":
            return row
        sent, failed, _ = self.outcomes(raw, row.id)
        return replace(row, sent=sent, failed=failed)


def _gather() -> Any:
    """An absent list is NULL, which restricts nothing."""
    person, tag = subscribers.c, subscriber_tags.c
    value: ColumnClause[str] = literal_column("value")
    wanted = select(value).select_from(func.json_each(bindparam("tags")))
    places = select(value).select_from(func.json_each(bindparam("platforms")))
    tagged = exists().where(tag.account == bindparam("whose"), tag.subscriber == person.id, tag.tag.in_(wanted))
    those = select(bindparam("of"), person.id).where(
        person.account == bindparam("whose"),
        person.deleted_at.is_(None),
        or_(bindparam("tags").is_(None), tagged),
        or_(bindparam("platforms").is_(None), person.platform.in_(places)),
    )
    return insert(audiences).from_select(["broadcast", "subscriber"], those)


def _list(given: object) -> str | None:
    return msgspec.json.encode(given).decode() if given else None


def _stored(row: Broadcast) -> dict[str, Any]:
    values = asdict(row)
    texts = {name: None if values[name] is None else msgspec.json.encode(values[name]).decode() for name in JSON}
    return values | texts | {name: int(values[name]) for name in FLAGS}


def _broadcast(row: Row) -> Broadcast:
    values = dict(zip(FIELDS, row, strict=True))
    given = {name: None if values[name] is None else msgspec.json.decode(values[name]) for name in JSON}
    return Broadcast(**values | given | {name: bool(values[name]) for name in FLAGS})
