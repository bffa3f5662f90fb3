"""The newest rows of some bots, or of all, out of a table whose rows lie in the order of their `position`.

Every method runs in a connection's thread, inside a transaction or snapshot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from heapq import merge
from itertools import islice
from typing import Any

from sqlalchemy import BindParameter, Column, Dialect, Table, bindparam, select

from storage.looks import Look, Row


class Newest:
    """The statements over one table, compiled for one dialect. The index of `bot` and `position` is the table's."""

    def __init__(self, table: Table, columns: Sequence[Column[Any]], dialect: Dialect) -> None:
        position, newest_first = table.c.position, table.c.position.desc()
        limit: BindParameter[int] = bindparam("limit")
        mine = table.c.bot == bindparam("whose")
        self._rows = Look(select(*columns).order_by(newest_first).limit(limit), dialect)
        self._all = Look(select(position).order_by(newest_first).limit(limit), dialect)
        self._of_bot = Look(select(position).where(mine).order_by(newest_first), dialect)
        self._at = Look(select(*columns).where(position == bindparam("place")), dialect)

    def rows(self, raw: sqlite3.Connection, bots: Sequence[int] | None, limit: int) -> list[Row]:
        """The newest rows, the newest first."""
        if bots is None:
            return self._rows.all(raw, limit=limit)
        return self.at(raw, self.places(raw, bots, limit))

    def places(self, raw: sqlite3.Connection, bots: Sequence[int] | None, limit: int) -> list[int]:
        """Where the newest rows are, the newest first."""
        if bots is None:
            return [place for (place,) in self._all.all(raw, limit=limit)]
        with ExitStack() as stack:
            # Each bot's are in order in the index: of all of them no more are read than are asked for.
            each = [self._places(stack, raw, bot) for bot in dict.fromkeys(bots)]
            return list(islice(merge(*each, reverse=True), limit))

    def at(self, raw: sqlite3.Connection, places: Sequence[int]) -> list[Row]:
        """The rows at these places that are still there."""
        return [row for place in places for row in self._at.all(raw, place=place)]

    def _places(self, stack: ExitStack, raw: sqlite3.Connection, bot: int) -> Iterator[int]:
        cursor = stack.enter_context(closing(self._of_bot.each(raw, whose=bot)))
        return (position for (position,) in cursor)
