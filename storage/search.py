"""Full-text search: the index for what it has, a look at each message for what it has not.

Words of one or two characters, usual in Chinese, have no trigram. When a query has no other they are looked for in the
newest `SCAN` messages only (of the conversation, or of the hub, before the place where the page begins).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import Page
from actors.values import Who
from storage.fulltext import index, match
from storage.models import messages, search_texts, unindexed
from storage.pages import MESSAGE, stored_messages
from storage.rows import DbRow
from storage.statements import Wording
from storage.text import fold, grams
from storage.visible import may_see, visible_to

SCAN = 100_000


@dataclass(frozen=True, slots=True)
class Quest:
    """Who looks for which words, where, and for how many messages. `before` is a message id, not included."""

    viewer: Who
    words: list[str]
    conv: int | None
    before: int | None
    limit: int


async def search(connection: AsyncConnection, wording: Wording, quest: Quest) -> Page | None:
    """The newest messages that contain every word, ascending; None: the conversation is not visible."""
    if quest.conv is not None and not await may_see(connection, quest.viewer, quest.conv):
        return None
    if not quest.words:
        return Page([], more=False)
    rows = await _indexed(connection, wording, quest)
    rows += await _noted(connection, quest)
    rows.sort(key=lambda row: row.id, reverse=True)
    newest = rows[: quest.limit][::-1]
    return Page(await stored_messages(connection, newest), more=len(rows) > quest.limit)


async def _indexed(connection: AsyncConnection, wording: Wording, quest: Quest) -> list[DbRow]:
    """Matches among what the index has as it is today, one more than asked for."""
    trigrams = grams(quest.words)
    candidates = _by_index(trigrams, quest) if trigrams else _by_scan(quest)
    stale = exists().where(unindexed.c.id == messages.c.id)
    contained = [wording.contains(search_texts.c.text, word) for word in quest.words]
    query = candidates.where(_seen(quest), *contained, ~stale).limit(quest.limit + 1)
    return list(await connection.execute(query))


def _by_index(trigrams: list[str], quest: Quest) -> Select[Any]:
    rows = index.join(search_texts, search_texts.c.id == index.c.rowid).join(messages, messages.c.id == index.c.rowid)
    query = select(*MESSAGE).select_from(rows).where(match(trigrams))
    if quest.before is not None:
        query = query.where(index.c.rowid < quest.before)
    # The index gives its rows in this order by itself, so that the limit ends the search early.
    return query.order_by(index.c.rowid.desc())


def _by_scan(quest: Quest) -> Select[Any]:
    rows = search_texts.join(messages, messages.c.id == search_texts.c.id)
    recent = _recent(quest).limit(SCAN)
    return select(*MESSAGE).select_from(rows).where(search_texts.c.id.in_(recent)).order_by(search_texts.c.id.desc())


def _recent(quest: Quest) -> Select[Any]:
    if quest.conv is None:
        query = select(search_texts.c.id).order_by(search_texts.c.id.desc())
        return query if quest.before is None else query.where(search_texts.c.id < quest.before)
    query = select(messages.c.id).where(messages.c.conv == quest.conv).order_by(messages.c.seq.desc())
    return query if quest.before is None else query.where(messages.c.id < quest.before)


async def _noted(connection: AsyncConnection, quest: Quest) -> list[DbRow]:
    """Matches among what the index does not have yet."""
    noted = messages.c.id.in_(select(unindexed.c.id))
    query = select(*MESSAGE).where(noted, messages.c.deleted == 0, _seen(quest))
    if quest.before is not None:
        query = query.where(messages.c.id < quest.before)
    rows = await connection.execute(query)
    return [row for row in rows if _contains_all(fold(row.body), quest.words)]


def _seen(quest: Quest) -> ColumnElement[bool]:
    # `+ 0`: a message is looked at because it matches; the index by conversation would turn that around.
    conv = messages.c.conv + 0
    return conv.in_(visible_to(quest.viewer)) if quest.conv is None else conv == quest.conv


def _contains_all(folded: str, words: list[str]) -> bool:
    return all(word in folded for word in words)
