"""Queries about conversations as a whole: their members, their numbers."""

from collections.abc import Sequence

from msgspec.json import encode
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import CidKey, ConversationRecord, Counts, Member, Posted, Who
from storage.models import conversations, members, mentions, messages
from storage.names import names_of
from storage.rows import DbRow
from storage.statements import Wording
from storage.text import fold, like_pattern


async def conversation(connection: AsyncConnection, conv: int) -> ConversationRecord | None:
    """The conversation with all its members."""
    row = (await connection.execute(select(conversations).where(conversations.c.id == conv))).first()
    if row is None:
        return None
    table = members.c
    query = select(table.kind, table.actor, table.role, table.read, table.received).where(table.conv == conv)
    found = (await connection.execute(query)).all()
    names = await names_of(connection, (Who(kind, actor) for kind, actor, *_ in found))
    return _record(row, [Member(names.actor(kind, actor), *rest) for kind, actor, *rest in found])


async def cids(connection: AsyncConnection, conv: int, keys: Sequence[CidKey]) -> dict[CidKey, Posted]:
    """Those of the keys that are in the log, and where."""
    table = messages.c
    query = select(table.seq, table.id, table.at).where(table.conv == conv)
    found = {}
    for key in keys:
        who, cid = key
        mine = query.where(table.sender_kind == who.kind, table.sender == who.id, table.cid == cid)
        row = (await connection.execute(mine)).first()
        if row is not None:
            found[key] = Posted(*row)
    return found


async def direct(connection: AsyncConnection, direct_key: str) -> int | None:
    """The direct conversation with this key."""
    query = select(conversations.c.id).where(conversations.c.direct_key == direct_key)
    found: int | None = (await connection.execute(query)).scalar()
    return found


async def counts(
    connection: AsyncConnection, wording: Wording, who: Who, upto: Sequence[tuple[int, int, int]]
) -> dict[int, Counts]:
    """For each `(conv, read, head)`: messages of others, and mentions of `who`, with `read < seq <= head`."""
    source, (conv, read, head) = wording.table_of(encode(upto).decode(), 3)
    said, named = messages.c, mentions.c
    unread = select(func.count()).where(
        said.conv == conv, said.seq > read, said.seq <= head, or_(said.sender_kind != who.kind, said.sender != who.id)
    )
    mentioned = select(func.count()).where(
        named.kind == who.kind, named.actor == who.id, named.conv == conv, named.seq > read, named.seq <= head
    )
    query = select(conv, unread.scalar_subquery(), mentioned.scalar_subquery()).select_from(source)
    return {row[0]: Counts(row[1], row[2]) for row in await connection.execute(query)}


async def person_spoke(connection: AsyncConnection, conv: int) -> int:
    """The `seq` of the last message of a user, 0 if there is none."""
    said = messages.c
    query = select(said.seq).where(said.conv == conv, said.sender_kind == "user").order_by(said.seq.desc()).limit(1)
    found: int | None = (await connection.execute(query)).scalar()
    return found or 0


async def memberships(connection: AsyncConnection, who: Who) -> list[int]:
    """The conversations that the user or bot is in, ascending."""
    query = select(members.c.conv).where(members.c.kind == who.kind, members.c.actor == who.id)
    return list((await connection.execute(query.order_by(members.c.conv))).scalars())


async def open_conversations(connection: AsyncConnection, q: str, limit: int) -> list[ConversationRecord]:
    """Open conversations whose name contains `q`, by id; `members` is left empty."""
    table = conversations.c
    query = select(conversations).where(table.kind == "open", table.search_key.like(like_pattern(fold(q)), escape="\\"))
    rows = await connection.execute(query.order_by(table.id).limit(limit))
    return [_record(row, []) for row in rows]


def _record(row: DbRow, members: list[Member]) -> ConversationRecord:
    return ConversationRecord(row.id, row.kind, row.name, row.epoch, row.head, members)
