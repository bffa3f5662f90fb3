"""Queries about uploaded files: whose they are, who may read them, and which of them nobody needs any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, Dialect, and_, bindparam, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import Who, attachment
from protocol.frames import Attachment
from storage.attached import FILE
from storage.looks import Look
from storage.models import attachments, members, message_attachments, messages

UNUSED_MS = 86_400_000
"""How long an upload waits to be in a message."""


class Stored(NamedTuple):
    """One upload and where its bytes are."""

    attachment: Attachment
    digest: str
    saved_at: int


class Uploads:
    """The look behind every download."""

    def __init__(self, dialect: Dialect) -> None:
        query = select(*FILE, attachments.c.digest, attachments.c.saved_at)
        self._readable = Look(query.where(attachments.c.id == bindparam("id"), _may_read()), dialect)

    def readable(self, raw: sqlite3.Connection, viewer: Who, id: int) -> Stored | None:
        """The upload, if the viewer may read it."""
        row = self._readable.first(raw, id=id, kind=viewer.kind, viewer=viewer.id)
        return None if row is None else Stored(attachment(*row[:4]), row[4], row[5])


async def add(connection: AsyncConnection, owner: Who, stored: Stored) -> None:
    """Note a new upload."""
    file = stored.attachment
    row = {
        "id": file.id,
        "owner_kind": owner.kind,
        "owner": owner.id,
        "name": file.name,
        "content_type": file.content_type,
        "size": file.size,
        "digest": stored.digest,
        "saved_at": stored.saved_at,
        "used": 0,
    }
    await connection.execute(insert(attachments), row)


async def attachable(connection: AsyncConnection, owner: Who, ids: Sequence[int], now: int) -> list[Attachment]:
    """The owner's uploads that a message may carry, each once, in the order given."""
    table = attachments.c
    query = select(*FILE).where(table.id.in_(ids), table.owner_kind == owner.kind, table.owner == owner.id)
    rows = await connection.execute(query.where(_waits_since(now - UNUSED_MS) | _is_carried()))
    found = {row.id: attachment(*row) for row in rows}
    return [found[number] for number in dict.fromkeys(ids) if number in found]


async def needless(connection: AsyncConnection, now: int, limit: int) -> set[int]:
    """Uploads that no message carries and none will: what carried them was deleted, or nothing did in time."""
    query = select(attachments.c.id).where(_is_needless(now)).order_by(attachments.c.saved_at).limit(limit)
    return set((await connection.execute(query)).scalars())


async def forget(connection: AsyncConnection, ids: Sequence[int], now: int) -> list[str]:
    """Forget those of the uploads that are needless still; return the digests that no upload has any more."""
    gone = delete(attachments).where(attachments.c.id.in_(ids), _is_needless(now)).returning(attachments.c.digest)
    digests = set((await connection.execute(gone)).scalars())
    return await unknown(connection, sorted(digests))


async def unknown(connection: AsyncConnection, digests: Sequence[str]) -> list[str]:
    """Those of the digests that no upload has."""
    query = select(attachments.c.digest).where(attachments.c.digest.in_(digests))
    known = set((await connection.execute(query)).scalars())
    return [digest for digest in digests if digest not in known]


def _may_read() -> ColumnElement[bool]:
    """The owner may, until the message is gone that carried it; so may the members where a message carries it."""
    kind: BindParameter[str] = bindparam("kind")
    viewer: BindParameter[int] = bindparam("viewer")
    table, link = attachments.c, message_attachments.c
    own = and_(table.owner_kind == kind, table.owner == viewer, or_(table.used == 0, _is_carried()))
    heard = (
        select(link.message)
        .join(messages, messages.c.id == link.message)
        .join(members, members.c.conv == messages.c.conv)
        .where(link.attachment == table.id, members.c.kind == kind, members.c.actor == viewer)
    )
    return own | heard.exists()


def _is_carried() -> ColumnElement[bool]:
    link = message_attachments.c
    return select(link.message).where(link.attachment == attachments.c.id).exists()


def _waits_since(time: int) -> ColumnElement[Any]:
    return and_(attachments.c.used == 0, attachments.c.saved_at > time)


def _is_needless(now: int) -> ColumnElement[bool]:
    return ~_waits_since(now - UNUSED_MS) & ~_is_carried()
