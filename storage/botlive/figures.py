"""What companies' days, weeks and months come to: counted in the transactions of what is counted.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from sqlalchemy import Dialect, bindparam, select, update

from actors.order.periods import SPANS, before, start_of
from actors.order.values import Figures, Range
from storage.botlive.tables import period_clients, periods
from storage.looks import Change, Look
from storage.statements import Wording

ROW: Final = periods.c
NONE: Final = {"turnover": 0, "orders": 0, "clients": 0}


class FigureRows:
    """The statements, compiled for one dialect. `day` is the company's, see `actors.order.periods`."""

    def __init__(self, dialect: Dialect, wording: Wording) -> None:
        mine = (ROW.company == bindparam("whose"), ROW.span == bindparam("kind"), ROW.start == bindparam("first"))
        more: dict[str, Any] = {name: ROW[name] + bindparam(f"more_{name}") for name in NONE}
        self._begin = Change(wording.insert_or_ignore(periods), dialect)
        self._more = Change(update(periods).where(*mine).values(more), dialect)
        self._come = Change(wording.insert_or_ignore(period_clients), dialect)
        self._figures = Look(select(ROW.turnover, ROW.orders, ROW.clients).where(*mine), dialect)

    def wrote(self, raw: sqlite3.Connection, company: int, day: int, customer: int) -> None:
        """A customer wrote: it counts once in each period."""
        for span in SPANS:
            start = start_of(span, day)
            if self._come.run(raw, company=company, span=span, start=start, customer=customer) > 0:
                self._count(raw, company, span, start, NONE | {"clients": 1})

    def completed(self, raw: sqlite3.Connection, company: int, day: int, turnover: int, *, orders: int = 1) -> None:
        """An order was completed; -1 and a negative turnover: one of that day was cancelled."""
        for span in SPANS:
            self._count(raw, company, span, start_of(span, day), NONE | {"turnover": turnover, "orders": orders})

    def compared(self, raw: sqlite3.Connection, company: int, span: Range, day: int) -> tuple[Figures, Figures]:
        """What the period of a day came to so far, and the whole one before it."""
        start = start_of(span, day)
        return self._of(raw, company, span, start), self._of(raw, company, span, before(span, start))

    def _count(self, raw: sqlite3.Connection, company: int, span: Range, start: int, more: dict[str, int]) -> None:
        changes = {f"more_{name}": by for name, by in more.items()}
        if self._more.run(raw, whose=company, kind=span, first=start, **changes) == 0:
            self._begin.run(raw, company=company, span=span, start=start, **more)

    def _of(self, raw: sqlite3.Connection, company: int, span: Range, start: int) -> Figures:
        row = self._figures.first(raw, whose=company, kind=span, first=start)
        return Figures() if row is None else Figures(turnover=row[0], orders=row[1], clients=row[2])
