"""The rows of subscribers and of their tags.

Every method runs in a connection's thread, inside a transaction or snapshot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import BindParameter, Dialect, bindparam, delete, func, insert, select, update

from actors.chatpion.values import Subscriber
from storage.chatpion.tables import subscriber_tags, subscribers
from storage.looks import Change, Look, Row

ROW: Final = subscribers.c
TAG: Final = subscriber_tags.c
COLUMNS: Final = (
    ROW.id,
    ROW.account,
    ROW.platform,
    ROW.platform_id,
    ROW.name,
    ROW.email,
    ROW.tags,
    ROW.fields,
    ROW.conv,
    ROW.user,
    ROW.subscribed_at,
    ROW.deleted_at,
)
LIVING: Final = ROW.deleted_at.is_(None)
WHICH: Final = ROW.id == bindparam("which")
WHOSE: Final = ROW.account == bindparam("whose")
SAVED: Final = ("name", "email", "tags", "fields")
NAMES: Final = [column.name for column in COLUMNS]


class SubscriberRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        room: BindParameter[int] = bindparam("room")
        there = (ROW.platform == bindparam("where"), ROW.platform_id == bindparam("name_there"))
        self._one = Look(select(*COLUMNS).where(WHICH), dialect)
        self._living = Look(select(*COLUMNS).where(WHICH, WHOSE, LIVING), dialect)
        self._by_conv = Look(select(*COLUMNS).where(ROW.conv == room), dialect)
        self._known = Look(select(*COLUMNS).where(WHOSE, *there, LIVING), dialect)
        self._last = Look(select(func.max(ROW.id)), dialect)
        self._insert = Change(insert(subscribers), dialect)
        self._save = Change(
            update(subscribers).where(WHICH).values({key: bindparam(f"new_{key}") for key in SAVED}), dialect
        )
        self._end = Change(update(subscribers).where(WHICH).values(deleted_at=bindparam("at")), dialect)
        mine = (TAG.account == bindparam("whose"), TAG.tag == bindparam("called"), TAG.subscriber == bindparam("which"))
        self._tag = Change(insert(subscriber_tags), dialect)
        self._untag = Change(delete(subscriber_tags).where(*mine), dialect)

    def one(self, raw: sqlite3.Connection, id: int) -> Subscriber | None:
        """The subscriber with this id, of whatever account, deleted or not."""
        return _subscriber(self._one.first(raw, which=id))

    def living(self, raw: sqlite3.Connection, account: int, id: int) -> Subscriber | None:
        """The account's subscriber with this id, unless it was deleted."""
        return _subscriber(self._living.first(raw, which=id, whose=account))

    def by_conv(self, raw: sqlite3.Connection, conv: int) -> Subscriber | None:
        """Whose conversation this is, deleted or not."""
        return _subscriber(self._by_conv.first(raw, room=conv))

    def known(self, raw: sqlite3.Connection, account: int, platform: str, platform_id: str) -> Subscriber | None:
        """The account's living subscriber with this name on that platform."""
        row = self._known.first(raw, whose=account, where=platform, name_there=platform_id)
        return _subscriber(row)

    def next_id(self, raw: sqlite3.Connection) -> int:
        """The id of the next subscriber. Exact: writes take turns, and no row is ever taken away."""
        row = self._last.first(raw)
        return ((row and row[0]) or 0) + 1

    def insert(self, raw: sqlite3.Connection, subscriber: Subscriber) -> None:
        """Put in a new one, with its tags."""
        self._insert.run(raw, **_row(subscriber))
        self._put_tags(raw, subscriber, subscriber.tags)

    def save(self, raw: sqlite3.Connection, before: Subscriber, after: Subscriber) -> bool:
        """Write what may change of one; False: nothing did."""
        if before == after:
            return False
        row = _row(after)
        self._save.run(raw, which=after.id, **{f"new_{key}": row[key] for key in SAVED})
        self._take_tags(raw, before, set(before.tags) - set(after.tags))
        self._put_tags(raw, after, set(after.tags) - set(before.tags))
        return True

    def end(self, raw: sqlite3.Connection, subscriber: Subscriber, at: int) -> None:
        """Have it be deleted: it keeps its row, and no tag finds it."""
        self._end.run(raw, which=subscriber.id, at=at)
        self._take_tags(raw, subscriber, subscriber.tags)

    def _put_tags(self, raw: sqlite3.Connection, whose: Subscriber, tags: Iterable[str]) -> None:
        rows = [{"account": whose.account, "tag": tag, "subscriber": whose.id} for tag in tags]
        self._tag.run_each(raw, rows)

    def _take_tags(self, raw: sqlite3.Connection, whose: Subscriber, tags: Iterable[str]) -> None:
        self._untag.run_each(raw, [{"whose": whose.account, "called": tag, "which": whose.id} for tag in tags])


def subscriber_of(row: Row) -> Subscriber:
    """The subscriber that a row of `COLUMNS` is."""
    values: dict[str, Any] = dict(zip(NAMES, row, strict=True))
    values["tags"] = msgspec.json.decode(values["tags"], type=tuple[str, ...])
    values["fields"] = msgspec.json.decode(values["fields"])
    return Subscriber(**values)


def _subscriber(row: Row | None) -> Subscriber | None:
    return None if row is None else subscriber_of(row)


def _row(subscriber: Subscriber) -> dict[str, Any]:
    row = {name: getattr(subscriber, name) for name in NAMES}
    return row | {key: msgspec.json.encode(row[key]).decode() for key in ("tags", "fields")}
