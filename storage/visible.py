"""What a user or bot may see: the conversations that it is in and, for users who are no guests, the open ones."""

from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import Who
from storage.models import conversations, members, users

Visible = Select[Any] | CompoundSelect[Any]


def visible_to(viewer: Who) -> Visible:
    """Select the ids of the conversations that the viewer may see."""
    own = select(members.c.conv).where(members.c.kind == viewer.kind, members.c.actor == viewer.id)
    if viewer.kind != "user":
        return own
    return own.union_all(select(conversations.c.id).where(conversations.c.kind == "open", ~is_guest(viewer.id)))


def is_guest(user: int) -> ColumnElement[bool]:
    """Whether the user sees what it is in, and nothing else."""
    return select(users.c.id).where(users.c.id == user, users.c.role == "guest").exists()


async def may_see(connection: AsyncConnection, viewer: Who, conv: int) -> bool:
    """Whether the conversation exists for the viewer."""
    query = select(conversations.c.id).where(conversations.c.id == conv, conversations.c.id.in_(visible_to(viewer)))
    return (await connection.execute(query)).first() is not None
