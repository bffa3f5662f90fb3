"""Looks at conversations as a whole: their members, their numbers."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from msgspec.json import encode
from sqlalchemy import BindParameter, Dialect, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import CidKey, ConversationRecord, Counts, Member, Posted, Who
from protocol.frames import Actor
from storage.looks import Look
from storage.models import bots, conversations, members, mentions, messages, users
from storage.statements import Wording
from storage.text import fold, like_pattern

CONVERSATION = (
    conversations.c.id,
    conversations.c.kind,
    conversations.c.name,
    conversations.c.epoch,
    conversations.c.head,
)
KIND: BindParameter[str] = bindparam("kind")
ACTOR: BindParameter[int] = bindparam("actor")
CONV: BindParameter[int] = bindparam("conv")


class Rooms:
    """What conversations and sessions need to begin. Every method runs in a connection's thread, on one snapshot."""

    def __init__(self, dialect: Dialect, wording: Wording) -> None:
        said = messages.c
        self._conversation = Look(select(*CONVERSATION).where(conversations.c.id == CONV), dialect)
        self._members = Look(_members(), dialect)
        self._memberships = Look(_memberships(), dialect)
        self._counts = Look(_counts(wording), dialect)
        self._direct = Look(
            select(conversations.c.id).where(conversations.c.direct_key == bindparam("direct_key")), dialect
        )
        mine = and_(said.conv == CONV, said.sender_kind == KIND, said.sender == ACTOR, said.cid == bindparam("cid"))
        self._cid = Look(select(said.seq, said.id, said.at).where(mine), dialect)
        by_people = select(said.seq).where(said.conv == CONV, said.sender_kind == "user")
        self._person_spoke = Look(by_people.order_by(said.seq.desc()).limit(1), dialect)

    def conversation(self, raw: sqlite3.Connection, conv: int) -> ConversationRecord | None:
        """The conversation with all its members."""
        row = self._conversation.first(raw, conv=conv)
        if row is None:
            return None
        found = self._members.all(raw, conv=conv)
        known = [Member(Actor(kind, actor, name), *rest) for kind, actor, name, *rest in found]
        return _record(row, known)

    def cids(self, raw: sqlite3.Connection, conv: int, keys: Sequence[CidKey]) -> dict[CidKey, Posted]:
        """Those of the keys that are in the log, and where."""
        found = {}
        for key in keys:
            row = self._cid.first(raw, conv=conv, kind=key.who.kind, actor=key.who.id, cid=key.cid)
            if row is not None:
                found[key] = Posted(*row)
        return found

    def direct(self, raw: sqlite3.Connection, direct_key: str) -> int | None:
        """The direct conversation with this key."""
        row = self._direct.first(raw, direct_key=direct_key)
        return None if row is None else row[0]

    def counts(self, raw: sqlite3.Connection, who: Who, upto: Sequence[tuple[int, int, int]]) -> dict[int, Counts]:
        """For each `(conv, read, head)`: messages of others, and mentions of `who`, with `read < seq <= head`."""
        rows = self._counts.all(raw, kind=who.kind, actor=who.id, upto=encode(upto).decode())
        return {conv: Counts(unread, mentioned) for conv, unread, mentioned in rows}

    def person_spoke(self, raw: sqlite3.Connection, conv: int) -> int:
        """The `seq` of the last message of a user, 0 if there is none."""
        row = self._person_spoke.first(raw, conv=conv)
        return 0 if row is None else row[0]

    def memberships(self, raw: sqlite3.Connection, who: Who) -> list[int]:
        """The conversations that the user or bot is in, ascending."""
        return [conv for (conv,) in self._memberships.all(raw, kind=who.kind, actor=who.id)]


async def open_conversations(connection: AsyncConnection, q: str, limit: int) -> list[ConversationRecord]:
    """Open conversations whose name contains `q`, by id; `members` is left empty."""
    table = conversations.c
    query = select(*CONVERSATION).where(table.kind == "open", table.search_key.like(like_pattern(fold(q)), escape="\\"))
    rows = await connection.execute(query.order_by(table.id).limit(limit))
    return [_record(row, []) for row in rows]


def _record(row: Sequence[Any], members: list[Member]) -> ConversationRecord:
    id_, kind, name, epoch, head = row
    return ConversationRecord(id_, kind, name, epoch, head, members)


def _members() -> Select[Any]:
    """With names, those of deleted bots too; of one who never existed it is empty."""
    table = members.c
    named = members.outerjoin(users, and_(table.kind == "user", users.c.id == table.actor)).outerjoin(
        bots, and_(table.kind == "bot", bots.c.id == table.actor)
    )
    name = func.coalesce(users.c.name, bots.c.name, "")
    columns = (table.kind, table.actor, name, table.role, table.read, table.received)
    return select(*columns).select_from(named).where(table.conv == CONV).order_by(table.kind, table.actor)


def _memberships() -> Select[Any]:
    mine = and_(members.c.kind == KIND, members.c.actor == ACTOR)
    return select(members.c.conv).where(mine).order_by(members.c.conv)


def _counts(wording: Wording) -> Select[Any]:
    source, (conv, read, head) = wording.table_of(bindparam("upto"), 3)
    said, named = messages.c, mentions.c
    by_others = or_(said.sender_kind != KIND, said.sender != ACTOR)
    unread = select(func.count()).where(said.conv == conv, said.seq > read, said.seq <= head, by_others)
    mine = and_(named.kind == KIND, named.actor == ACTOR)
    mentioned = select(func.count()).where(mine, named.conv == conv, named.seq > read, named.seq <= head)
    return select(conv, unread.scalar_subquery(), mentioned.scalar_subquery()).select_from(source)
