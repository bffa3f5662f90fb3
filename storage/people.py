"""Queries about users and bots."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import Caller, Who, user_role
from protocol.frames import Actor, BotView, UserView
from storage.models import bots, users
from storage.names import portions
from storage.rows import DbRow
from storage.text import SEPARATOR, fold, like_pattern

KNOWN = (users.c.deleted_at.is_(None), users.c.role != "guest")
"""Which users others may come to know of."""
USER = (users.c.id, users.c.username, users.c.name, users.c.role)
BOT = (
    bots.c.id,
    bots.c.name,
    bots.c.owner,
    bots.c.webhook_url,
    bots.c.events_url,
    bots.c.json_reply,
    bots.c.avatar,
    bots.c.description,
    bots.c.created_at,
)


async def living(connection: AsyncConnection, whos: Iterable[Who]) -> dict[Who, Actor]:
    """Those who exist and have not been deleted, with their names. Guests are nobody's to ask for."""
    wanted = set(whos)
    found: dict[Who, Actor] = {}
    for ids in portions(sorted(who.id for who in wanted if who.kind == "user")):
        rows = await connection.execute(select(users.c.id, users.c.name).where(users.c.id.in_(ids), *KNOWN))
        found |= {Who("user", row.id): Actor("user", row.id, row.name) for row in rows}
    for ids in portions(sorted(who.id for who in wanted if who.kind == "bot")):
        query = select(bots.c.id, bots.c.name).where(bots.c.id.in_(ids), bots.c.deleted_at.is_(None))
        found |= {Who("bot", row.id): Actor("bot", row.id, row.name) for row in await connection.execute(query)}
    return found


async def users_like(connection: AsyncConnection, q: str, limit: int) -> list[UserView]:
    """Users whose name or username contains `q`, by id."""
    query = select(*USER).where(users.c.search_key.like(like_pattern(fold(q)), escape="\\"), *KNOWN)
    return [user_view(row) for row in await connection.execute(query.order_by(users.c.id).limit(limit))]


async def caller(connection: AsyncConnection, who: Who) -> Caller | None:
    """The user or bot as a caller, unless it was deleted."""
    row = (await connection.execute(_caller_query(who))).first()
    return (
        None
        if row is None
        else Caller(who.kind, who.id, row.name, user_role(row.role) if who.kind == "user" else "bot")
    )


async def bot_view(connection: AsyncConnection, bot: int) -> BotView | None:
    """The bot, unless it was deleted."""
    views = await _views(connection, _bots().where(bots.c.id == bot))
    return views[0] if views else None


async def bot_views(connection: AsyncConnection, owner: int | None) -> list[BotView]:
    """The owner's bots, or all, by id."""
    query = _bots() if owner is None else _bots().where(bots.c.owner == owner)
    return await _views(connection, query.order_by(bots.c.id))


def user_view(row: DbRow) -> UserView:
    """A row of `USER` as others see it."""
    return UserView(id=row.id, name=row.name, username=row.username, role=row.role)


def ignores(json_reply: str | None) -> int:
    """What is stored of `json_reply`."""
    return int(json_reply == "ignore")


def search_key(name: str, username: str) -> str:
    """What `users_like` looks into; no match can span both."""
    return f"{fold(name)}{SEPARATOR}{fold(username)}"


def _caller_query(who: Who) -> Select[Any]:
    if who.kind == "user":
        return select(users.c.name, users.c.role).where(users.c.id == who.id, users.c.deleted_at.is_(None))
    return select(bots.c.name).where(bots.c.id == who.id, bots.c.deleted_at.is_(None))


def _bots() -> Select[Any]:
    return (
        select(*BOT, users.c.name.label("owner_name"))
        .select_from(bots.outerjoin(users, users.c.id == bots.c.owner))
        .where(bots.c.deleted_at.is_(None))
    )


async def _views(connection: AsyncConnection, query: Select[Any]) -> list[BotView]:
    return [_bot_view(row) for row in await connection.execute(query)]


def _bot_view(row: DbRow) -> BotView:
    return BotView(
        id=row.id,
        name=row.name,
        owner=None if row.owner is None else Actor("user", row.owner, row.owner_name or ""),
        webhook_url=row.webhook_url,
        events_url=row.events_url,
        json_reply="ignore" if row.json_reply else "attach",
        avatar=row.avatar,
        description=row.description,
        created_at=row.created_at,
    )
