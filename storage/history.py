"""Messages of one conversation, page by page."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import Listing, Page
from actors.values import MessageRecord, Put, Who
from protocol.frames import StoredMessage
from storage.attached import attached_to
from storage.models import changes, members, messages, reactions
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
    return await _page(connection, _nearest(conv, before, after), limit, forwards=after is not None)


async def listing(
    connection: AsyncConnection, viewer: Who, conv: int, before: int | None, after: int | None, limit: int
) -> Listing | None:
    """As `history`, without what was deleted, and with the number of messages that were not."""
    if not await may_see(connection, viewer, conv):
        return None
    query = _nearest(conv, before, after).where(messages.c.deleted == 0)
    page = await _page(connection, query, limit, forwards=after is not None)
    return Listing(page.messages, page.more, await _standing(connection, conv))


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


async def put_on(connection: AsyncConnection, who: Who, conv: int, message_id: int) -> list[Put]:
    """What somebody put on the message, in order."""
    put, event = reactions.c, changes.c
    query = select(put.seq, put.emoji, event.at).join(changes, and_(event.conv == conv, event.seq == put.seq))
    mine = query.where(
        put.message == message_id, put.kind == who.kind, put.actor == who.id, event.message == put.message
    )
    return [Put(*row) for row in await connection.execute(mine.order_by(put.seq))]


def _nearest(conv: int, before: int | None, after: int | None) -> Select[Any]:
    """The messages from the nearest on; ids and `seq` of one conversation grow together, and the index is by `seq`."""
    table = messages.c
    query = select(*MESSAGE).where(table.conv == conv)
    if before is not None:
        query = query.where(table.id < before, table.seq < _seq_of(conv, before, otherwise=NEVER))
    if after is not None:
        query = query.where(table.id > after, table.seq > _seq_of(conv, after, otherwise=0))
    return query.order_by(table.seq.desc() if after is None else table.seq)


async def _page(connection: AsyncConnection, query: Select[Any], limit: int, *, forwards: bool) -> Page:
    rows = (await connection.execute(query.limit(limit + 1))).all()
    nearest = rows[:limit] if forwards else rows[:limit][::-1]
    return Page(await stored_messages(connection, nearest), more=len(rows) > limit)


async def _standing(connection: AsyncConnection, conv: int) -> int:
    """How many messages were not deleted. Each is deleted once, so that both counts are looks at an index only."""
    said = select(func.count()).select_from(messages).where(messages.c.conv == conv)
    deleted = select(func.count()).select_from(changes).where(changes.c.conv == conv, changes.c.type == "deleted")
    found = await connection.execute(select(said.scalar_subquery() - deleted.scalar_subquery()))
    return int(found.scalar_one())


def _seq_of(conv: int, message_id: int, *, otherwise: int) -> ColumnElement[Any]:
    """The `seq` of a message, so that a page is a range of the index; an id of elsewhere costs a scan instead."""
    other = messages.alias("other")
    query = select(other.c.seq).where(other.c.id == message_id, other.c.conv == conv)
    return func.coalesce(query.scalar_subquery(), otherwise)
