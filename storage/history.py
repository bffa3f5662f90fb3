"""Messages of one conversation, page by page."""

from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import Page
from actors.values import MessageRecord, Who
from protocol.frames import StoredMessage
from storage.attached import attached_to
from storage.models import members, messages
from storage.names import names_of
from storage.pages import MESSAGE, message_frame, people, reactions_on, stored_messages
from storage.visible import may_see

NEVER = 2**62


async def history(
    connection: AsyncConnection, viewer: Who, conv: int, before: int | None, after: int | None, limit: int
) -> Page | None:
    """The `limit` messages nearest to `before` or `after` (ids), or the newest, ascending; None: not visible."""
    if not await may_see(connection, viewer, conv):
        return None
    table = messages.c
    query = select(*MESSAGE).where(table.conv == conv).limit(limit + 1)
    # Ids and `seq` of one conversation grow together, and the index is by `seq`.
    if before is not None:
        query = query.where(table.id < before, table.seq < _seq_of(conv, before, otherwise=NEVER))
    if after is not None:
        query = query.where(table.id > after, table.seq > _seq_of(conv, after, otherwise=0))
    forwards = after is not None
    rows = (await connection.execute(query.order_by(table.seq if forwards else table.seq.desc()))).all()
    nearest = rows[:limit] if forwards else rows[:limit][::-1]
    return Page(await stored_messages(connection, nearest), more=len(rows) > limit)


async def message(connection: AsyncConnection, conv: int, message_id: int) -> MessageRecord | None:
    """The message as it is today, deleted ones too."""
    query = select(*MESSAGE).where(messages.c.id == message_id, messages.c.conv == conv)
    row = (await connection.execute(query)).first()
    if row is None:
        return None
    on = await reactions_on(connection, [message_id])
    files = await attached_to(connection, [row])
    names = await names_of(connection, people([row]))
    return MessageRecord(message_frame(row, names, files), on.get(message_id, []))


async def shown(connection: AsyncConnection, viewer: Who, conv: int, message_id: int) -> StoredMessage | None:
    """The message as a page shows it; None: not there, or the viewer is not a member."""
    mine = select(members.c.conv).where(
        members.c.conv == conv, members.c.kind == viewer.kind, members.c.actor == viewer.id
    )
    query = select(*MESSAGE).where(messages.c.id == message_id, messages.c.conv == conv, mine.exists())
    rows = (await connection.execute(query)).all()
    return (await stored_messages(connection, rows))[0] if rows else None


def _seq_of(conv: int, message_id: int, *, otherwise: int) -> ColumnElement[Any]:
    """The `seq` of a message, so that a page is a range of the index; an id of elsewhere costs a scan instead."""
    other = messages.alias("other")
    query = select(other.c.seq).where(other.c.id == message_id, other.c.conv == conv)
    return func.coalesce(query.scalar_subquery(), otherwise)
