"""From rows of messages to what `history`, `search` and a replay show of them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import Who
from protocol.frames import Message, Reaction, StoredMessage
from storage.attached import Attached, attached_to
from storage.models import messages, reactions
from storage.names import Names, names_of
from storage.payloads import read_whos
from storage.rows import DbRow

MESSAGE = (
    messages.c.id,
    messages.c.conv,
    messages.c.seq,
    messages.c.at,
    messages.c.sender_kind,
    messages.c.sender,
    messages.c.cid,
    messages.c.body,
    messages.c.html,
    messages.c.reply_to,
    messages.c.mentions,
    messages.c.edited,
    messages.c.deleted,
    messages.c.attached,
)

Reactions = dict[int, list[tuple[Who, str]]]


async def stored_messages(connection: AsyncConnection, rows: Sequence[DbRow]) -> list[StoredMessage]:
    """Show rows as `history` does, in the order given."""
    on = await reactions_on(connection, [row.id for row in rows])
    files = await attached_to(connection, rows)
    names = await names_of(connection, [*people(rows), *(who for entries in on.values() for who, _ in entries)])
    return [_stored(row, on.get(row.id, []), files, names) for row in rows]


async def reactions_on(connection: AsyncConnection, ids: list[int]) -> Reactions:
    """What was put on these messages, in the order in which it was."""
    table = reactions.c
    query = select(table.message, table.kind, table.actor, table.emoji).where(table.message.in_(ids))
    found: Reactions = defaultdict(list)
    for message, kind, actor, emoji in await connection.execute(query.order_by(table.message, table.seq)):
        found[message].append((Who(kind, actor), emoji))
    return found


def people(rows: Iterable[DbRow]) -> list[Who]:
    """Everyone whom these rows name."""
    found = []
    for row in rows:
        found.append(Who(row.sender_kind, row.sender))
        if row.mentions:
            found += read_whos(row.mentions)
    return found


def message_frame(row: DbRow, names: Names, files: Attached) -> Message:
    """Show a row as the event that it is."""
    return Message(
        conv=row.conv,
        seq=row.seq,
        at=row.at,
        id=row.id,
        sender=names.actor(row.sender_kind, row.sender),
        body=row.body,
        cid=row.cid,
        html=row.html,
        reply_to=row.reply_to,
        attachments=files.get(row.id),
        mentions=names.actors(read_whos(row.mentions)) if row.mentions else None,
        edited=bool(row.edited),
        deleted=bool(row.deleted),
    )


def _stored(row: DbRow, on: list[tuple[Who, str]], files: Attached, names: Names) -> StoredMessage:
    return StoredMessage(
        conv=row.conv,
        id=row.id,
        seq=row.seq,
        cid=row.cid,
        sender=names.actor(row.sender_kind, row.sender),
        body=row.body,
        at=row.at,
        html=row.html,
        reply_to=row.reply_to,
        attachments=files.get(row.id),
        mentions=names.actors(read_whos(row.mentions)) if row.mentions else None,
        reactions=[Reaction(emoji, names.actor(*who)) for who, emoji in on] or None,
        edited=bool(row.edited),
        deleted=bool(row.deleted),
    )
