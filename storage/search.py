"""Full-text search: the index for what it has, a look at each message for what it has not.

Words of one or two characters, usual in Chinese, have no trigram. Alone they are looked for in the newest messages
only, `SCAN` of them before the place where the page begins: a bound on the work, not on the answer's correctness.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, TextClause, column, exists, func, select, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import Page
from actors.values import Who
from storage.fulltext import match
from storage.models import messages, search_texts, unindexed
from storage.pages import MESSAGE, stored_messages
from storage.rows import DbRow
from storage.statements import Wording
from storage.text import fold, grams, words
from storage.visible import may_see, visible_to

SCAN = 100_000

index = table("search_index", column("rowid"))
Where = Sequence[ColumnElement[bool] | TextClause]


async def search(
    connection: AsyncConnection,
    wording: Wording,
    viewer: Who,
    q: str,
    *,
    conv: int | None,
    before: int | None,
    limit: int,
) -> Page | None:
    """The newest `limit` messages older than `before` that contain every word of `q`, ascending; None: not visible."""
    if conv is not None and not await may_see(connection, viewer, conv):
        return None
    parts = words(q)
    if not parts:
        return Page([], more=False)
    where = _where(viewer, conv, before)
    rows = await _indexed(connection, wording, parts, where, before, limit + 1)
    rows += await _noted(connection, parts, where)
    rows.sort(key=lambda row: row.id, reverse=True)
    newest = rows[:limit][::-1]
    return Page(await stored_messages(connection, newest), more=len(rows) > limit)


def _where(viewer: Who, conv: int | None, before: int | None) -> list[ColumnElement[bool]]:
    where = [messages.c.conv.in_(visible_to(viewer)) if conv is None else messages.c.conv == conv]
    if before is not None:
        where.append(messages.c.id < before)
    return where


async def _indexed(
    connection: AsyncConnection, wording: Wording, parts: list[str], where: Where, before: int | None, limit: int
) -> list[DbRow]:
    """Matches among what the index has as it is today."""
    stale = exists().where(unindexed.c.id == messages.c.id)
    contained = [wording.contains(search_texts.c.text, part) for part in parts]
    found = grams(parts)
    query = _by_index(found, before) if found else await _by_scan(connection, before)
    query = query.where(*where, *contained, ~stale).order_by(messages.c.id.desc()).limit(limit)
    return list(await connection.execute(query))


def _by_index(found: list[str], before: int | None) -> Select[Any]:
    rows = index.join(search_texts, search_texts.c.id == index.c.rowid).join(messages, messages.c.id == index.c.rowid)
    query = select(*MESSAGE).select_from(rows)
    query = query.where(text("search_index MATCH :trigrams").bindparams(trigrams=match(found)))
    return query if before is None else query.where(index.c.rowid < before)


async def _by_scan(connection: AsyncConnection, before: int | None) -> Select[Any]:
    newest = (await connection.execute(select(func.max(messages.c.id)))).scalar() or 0
    start = min(newest + 1, before or newest + 1) - SCAN
    rows = messages.join(search_texts, search_texts.c.id == messages.c.id)
    return select(*MESSAGE).select_from(rows).where(messages.c.id >= start)


async def _noted(connection: AsyncConnection, parts: list[str], where: Where) -> list[DbRow]:
    """Matches among what the index does not have yet."""
    query = select(*MESSAGE).select_from(unindexed.join(messages, messages.c.id == unindexed.c.id))
    rows = await connection.execute(query.where(*where, messages.c.deleted == 0))
    return [row for row in rows if _contains_all(fold(row.body), parts)]


def _contains_all(folded: str, parts: list[str]) -> bool:
    return all(part in folded for part in parts)
