"""A stretch of a conversation's log, as a replay shows it: today's content, today's names."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import Who
from protocol.frames import Actor, AnyEvent, Deleted, Edited, Members, Reacted, Renamed
from storage.attached import attached_to
from storage.models import changes, messages
from storage.names import Names, names_of
from storage.pages import MESSAGE, message_frame, people
from storage.payloads import read_emoji, read_roster, read_title
from storage.rows import DbRow


async def events(connection: AsyncConnection, conv: int, after: int, limit: int) -> list[AnyEvent]:
    """The events after `seq` `after`, at most `limit`, in order."""
    said = (await connection.execute(_said(conv, after, limit))).all()
    changed = (await connection.execute(_changed(conv, after, limit))).all()
    files = await attached_to(connection, said)
    names = await names_of(connection, [*people(said), *_people(changed)])
    found: list[AnyEvent] = [message_frame(row, names, files) for row in said]
    found += [_change(row, names) for row in changed]
    found.sort(key=lambda event: event.seq)
    # Each half has its first `limit` rows, so the first `limit` of both are without a hole.
    return found[:limit]


def _said(conv: int, after: int, limit: int) -> Select[Any]:
    table = messages.c
    return select(*MESSAGE).where(table.conv == conv, table.seq > after).order_by(table.seq).limit(limit)


def _changed(conv: int, after: int, limit: int) -> Select[Any]:
    table = changes.c
    today = changes.outerjoin(messages, messages.c.id == table.message)
    query = select(*table, messages.c.body, messages.c.html).select_from(today)
    return query.where(table.conv == conv, table.seq > after).order_by(table.seq).limit(limit)


def _people(rows: Sequence[DbRow]) -> list[Who]:
    found = []
    for row in rows:
        found.append(Who(row.by_kind, row.by))
        if row.type == "members":
            roster = read_roster(row.payload)
            found += roster.added + roster.removed
    return found


def _change(row: DbRow, names: Names) -> AnyEvent:
    conv, seq, at, by = row.conv, row.seq, row.at, names.actor(row.by_kind, row.by)
    match row.type:
        case "edited":
            return Edited(conv=conv, seq=seq, at=at, id=row.message, by=by, body=row.body, html=row.html)
        case "deleted":
            return Deleted(conv=conv, seq=seq, at=at, id=row.message, by=by)
        case "reacted":
            put = read_emoji(row.payload)
            return Reacted(conv=conv, seq=seq, at=at, id=row.message, by=by, emoji=put.emoji, on=put.on)
        case "renamed":
            return Renamed(conv=conv, seq=seq, at=at, name=read_title(row.payload).name, by=by)
        case _:
            return _members(row, by, names)


def _members(row: DbRow, by: Actor, names: Names) -> Members:
    roster = read_roster(row.payload)
    return Members(
        conv=row.conv,
        seq=row.seq,
        at=row.at,
        added=names.actors(roster.added),
        removed=names.actors(roster.removed),
        by=by,
    )
