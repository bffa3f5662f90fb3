"""How many commands bots have, and of which types: counters that change together with the queue.

No answer has to count rows. Every method runs in a connection's thread, inside a transaction or snapshot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sqlalchemy import BindParameter, Dialect, bindparam, case, func, literal_column, select, update

from actors.values import CommandCounts
from storage.looks import Change, Look
from storage.models import command_totals, command_types
from storage.statements import Wording


class CommandCounting:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect, wording: Wording) -> None:
        total, kind = command_totals.c, command_types.c
        bot: BindParameter[int] = bindparam("whose")
        mine, mine_of_kind = total.bot == bot, (kind.bot == bot, kind.type == bindparam("kind"))
        completed = case((bindparam("became") == literal_column("'completed'"), 1), else_=0)
        done = {
            "pending": total.pending - 1,
            "completed": total.completed + completed,
            "failed": total.failed + 1 - completed,
        }
        figures = (total.pending, total.completed, total.failed)
        self._begin = Change(wording.insert_or_ignore(command_totals), dialect)
        self._more = Change(update(command_totals).where(mine).values(pending=total.pending + 1), dialect)
        self._done = Change(update(command_totals).where(mine).values(done), dialect)
        self._begin_kind = Change(wording.insert_or_ignore(command_types), dialect)
        self._more_of_kind = Change(update(command_types).where(*mine_of_kind).values(total=kind.total + 1), dialect)
        self._of = Look(select(*figures).where(mine), dialect)
        self._of_all = Look(select(*(func.coalesce(func.sum(figure), 0) for figure in figures)), dialect)
        self._kinds = Look(select(kind.type, kind.total).where(kind.bot == bot), dialect)

    def queued(self, raw: sqlite3.Connection, bot: int, kind: str) -> None:
        """One command more."""
        self._begin.run(raw, bot=bot, pending=0, completed=0, failed=0)
        self._more.run(raw, whose=bot)
        self._begin_kind.run(raw, bot=bot, type=kind, total=0)
        self._more_of_kind.run(raw, whose=bot, kind=kind)

    def acknowledged(self, raw: sqlite3.Connection, bot: int, status: str) -> None:
        """One that was pending is `completed` or `failed`."""
        self._done.run(raw, whose=bot, became=status)

    def of(self, raw: sqlite3.Connection, bot: int) -> CommandCounts:
        """Those of one bot."""
        return CommandCounts(*(self._of.first(raw, whose=bot) or ()))

    def of_all(self, raw: sqlite3.Connection) -> CommandCounts:
        """Those of every bot."""
        return CommandCounts(*(self._of_all.first(raw) or ()))

    def of_these(self, raw: sqlite3.Connection, bots: Iterable[int]) -> CommandCounts:
        """Those of some bots, together."""
        each = [self.of(raw, bot) for bot in bots]
        pending = sum(counts.pending for counts in each)
        completed = sum(counts.completed for counts in each)
        return CommandCounts(pending, completed, sum(counts.failed for counts in each))

    def kinds(self, raw: sqlite3.Connection, bot: int) -> dict[str, int]:
        """How many of each type the bot ever had."""
        return dict(self._kinds.all(raw, whose=bot))
