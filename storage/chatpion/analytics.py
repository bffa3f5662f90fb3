"""What dashboards show: implements `actors.chatpion.ports.Analytics`.

Whole UTC days are read from the tallies. Only what lies outside them, less than a day at each end, is counted from
rows, and these are found by indexes on account and time: what a dashboard costs does not grow with the account.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Select,
    bindparam,
    case,
    func,
    literal,
    or_,
    select,
    union_all,
)

from actors.chatpion.analytics import Dashboard, Span, Split, What, split
from storage.bridge import Bridge
from storage.chatpion.tables import happenings, letters, subscribers, tallies
from storage.database import Database
from storage.looks import Look

WHOSE: Final[BindParameter[int]] = bindparam("whose")
SINCE: Final[BindParameter[int]] = bindparam("since")
UNTIL: Final[BindParameter[int]] = bindparam("until")
WHERE: Final[BindParameter[str | None]] = bindparam("where")


MOVES: Final[tuple[What, ...]] = ("subscribed", "unsubscribed")
MOVED_AT: Final = (subscribers.c.subscribed_at, subscribers.c.deleted_at)


class Analytics:
    """The `Analytics` port on a database."""

    def __init__(self, bridge: Bridge, database: Database) -> None:
        self._bridge = bridge
        self._database = database
        self._counting = Counting(database.dialect)

    async def dashboard(self, account: int, asked: Span, platform: str | None, now: int) -> Dashboard:
        """Count what happened in this span, on one platform or on all for None. Raises `StoreUnavailable`."""

        def work(raw: sqlite3.Connection) -> Dashboard:
            return self._counting.dashboard(raw, account, asked, platform, now)

        return await self._bridge.call(lambda: self._database.look(work))


class Counting:
    """The statements, compiled for one dialect; run in a connection's thread, on a snapshot."""

    def __init__(self, dialect: Dialect) -> None:
        row, kept = tallies.c, happenings.c
        of_days = select(row.what, func.sum(row.count)).where(
            row.account == WHOSE, row.day >= SINCE, row.day < UNTIL, _there(row.platform)
        )
        happened = select(kept.what, func.count()).where(
            kept.account == WHOSE, kept.at >= SINCE, kept.at < UNTIL, _there(kept.platform)
        )
        self._days = Look(of_days.group_by(row.what), dialect)
        self._moves_of_days = Look(
            of_days.where(or_(*(row.what == what for what in MOVES))).group_by(row.what), dialect
        )
        self._happened = Look(happened.group_by(kept.what), dialect)
        self._letters = Look(_reached(), dialect)
        self._moves = [Look(_moved(what, column), dialect) for what, column in zip(MOVES, MOVED_AT, strict=True)]

    def dashboard(
        self, raw: sqlite3.Connection, account: int, asked: Span, platform: str | None, now: int
    ) -> Dashboard:
        """Count what happened in the span, and who was there at its end."""
        who = {"whose": account, "where": platform}
        rows = [self._happened, self._letters, *self._moves]
        counts = _counted(raw, split(asked, now), self._days, rows, who)
        all_along = split(Span(0, max(0, asked.end)), now)
        moves = _counted(raw, all_along, self._moves_of_days, self._moves, who)
        return Dashboard(moves["subscribed"] - moves["unsubscribed"], counts)


def _counted(
    raw: sqlite3.Connection, parts: Split, days: Look, rows: Sequence[Look], who: Mapping[str, object]
) -> Counter[What]:
    counts: Counter[What] = Counter(dict(days.all(raw, **who, since=parts.first_day, until=parts.end_day)))
    for piece in parts.ragged:
        for look in rows:
            counts.update(dict(look.all(raw, **who, since=piece.start, until=piece.end)))
    return counts


def _there(platform: ColumnElement[str]) -> ColumnElement[bool]:
    return or_(WHERE.is_(None), platform == WHERE)


def _moved(what: What, at: ColumnElement[int]) -> Select[Any]:
    row = subscribers.c
    figures: list[ColumnElement[Any]] = [literal(what), func.count()]
    return select(*figures).where(row.account == WHOSE, at >= SINCE, at < UNTIL, _there(row.platform))


def _reached() -> CompoundSelect[Any]:
    """As `actors.chatpion.analytics.reached` has it: one pass, then a row for each figure."""
    row = letters.c
    read = row.read_at.is_not(None)
    delivered = or_(read, row.delivered_at.is_not(None))
    sent = or_(delivered, row.state != "failed", row.seq.is_not(None))
    steps: tuple[tuple[What, ColumnElement[bool]], ...] = (("sent", sent), ("delivered", delivered), ("read", read))
    figures = [func.count().label("total"), *(func.count(case((holds, 1))).label(what) for what, holds in steps)]
    mine = (row.account == WHOSE, row.sent_at >= SINCE, row.sent_at < UNTIL, _there(row.platform))
    one = select(*figures).where(*mine, row.direction == "out", row.state != "queued").cte("one")
    return union_all(*(select(literal(figure.name), figure) for figure in one.c))
