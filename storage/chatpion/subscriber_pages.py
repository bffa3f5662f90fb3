"""Lists of subscribers, page by page. Runs in a connection's thread, on one snapshot.

Both the page and the number of all that match come from indexes: of tags, and of who is who on which platform.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, Dialect, Select, bindparam, func, select

from actors.chatpion.ports import SubscriberPage
from storage.chatpion.subscriber_rows import COLUMNS, LIVING, ROW, TAG, WHOSE, subscriber_of
from storage.looks import Look

BOTH: Final = (False, True)


class Listing(NamedTuple):
    """One way to filter."""

    total: Look
    page: Look


class SubscriberPages:
    """The statements, compiled for one dialect: with and without each of the filters, lest an index go unused."""

    def __init__(self, dialect: Dialect) -> None:
        self._listings = {
            (platform, tag): _listing(dialect, by_platform=platform, by_tag=tag) for platform in BOTH for tag in BOTH
        }

    def page(
        self, raw: sqlite3.Connection, account: int, page: int, limit: int, platform: str | None, tag: str | None
    ) -> SubscriberPage:
        """One page, ascending, and how many there are on all."""
        listing = self._listings[platform is not None, tag is not None]
        wanted = {"whose": account, "where": platform, "called": tag}
        total = listing.total.first(raw, **wanted)
        rows = listing.page.all(raw, **wanted, limit=limit, skipped=(page - 1) * limit)
        return SubscriberPage(0 if total is None else int(total[0]), [subscriber_of(row) for row in rows])


def _listing(dialect: Dialect, *, by_platform: bool, by_tag: bool) -> Listing:
    limit: BindParameter[int] = bindparam("limit")
    skipped: BindParameter[int] = bindparam("skipped")

    def those(query: Select[Any]) -> Select[Any]:
        query = query.where(WHOSE, LIVING)
        if by_platform:
            query = query.where(ROW.platform == bindparam("where"))
        if by_tag:
            tagged = (TAG.subscriber == ROW.id, TAG.account == bindparam("whose"), TAG.tag == bindparam("called"))
            query = query.where(*tagged)
        return query

    page = those(select(*COLUMNS)).order_by(ROW.id).limit(limit).offset(skipped)
    return Listing(Look(those(select(func.count(ROW.id))), dialect), Look(page, dialect))
