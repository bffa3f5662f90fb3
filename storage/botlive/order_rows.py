"""Completed orders, and what they were paid with.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec
from sqlalchemy import Dialect, bindparam, select, update

from actors.order.state import Order, Paid
from actors.order.status import turnover
from actors.order.values import Shopper
from storage.botlive.figures import FigureRows
from storage.botlive.tables import orders, payments
from storage.looks import Change, Look
from storage.statements import Wording


class OrderRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect, wording: Wording, figures: FigureRows) -> None:
        row, paid = orders.c, payments.c
        which = (row.customer == bindparam("whose"), row.number == bindparam("nth"))
        used = (paid.company == bindparam("shop"), paid.reference == bindparam("text"))
        self._figures = figures
        self._insert = Change(wording.insert_or_ignore(orders), dialect)
        self._amend = Change(update(orders).where(*which).values(content=bindparam("new")), dialect)
        cancel = update(orders).where(*which, row.cancelled_at.is_(None)).values(cancelled_at=bindparam("now"))
        self._cancel = Change(cancel, dialect)
        self._counted = Look(select(row.day, row.turnover).where(*which), dialect)
        self._pay = Change(wording.insert_or_ignore(payments), dialect)
        self._used = Look(select(paid.reference).where(*used), dialect)

    def completed(self, raw: sqlite3.Connection, shopper: Shopper, order: Order, day: int, at: int) -> None:
        """It counts for this day of the company from now on."""
        row = {"customer": shopper.id, "number": order.number, "company": shopper.shop, "day": day}
        worth = turnover(order)
        fresh = {"completed_at": at, "turnover": worth, "content": _content(order), "cancelled_at": None}
        if self._insert.run(raw, **row, **fresh) > 0:
            self._figures.completed(raw, shopper.shop, day, worth)

    def amended(self, raw: sqlite3.Connection, shopper: Shopper, order: Order) -> None:
        """It is delivered elsewhere, or to another number."""
        self._amend.run(raw, whose=shopper.id, nth=order.number, new=_content(order))

    def cancelled(self, raw: sqlite3.Connection, shopper: Shopper, order: Order, at: int) -> None:
        """If it was completed, it does not count any more for the day for which it did."""
        counted = self._counted.first(raw, whose=shopper.id, nth=order.number)
        if counted is not None and self._cancel.run(raw, whose=shopper.id, nth=order.number, now=at) > 0:
            self._figures.completed(raw, shopper.shop, counted[0], -counted[1], orders=-1)

    def paid(self, raw: sqlite3.Connection, shopper: Shopper, number: int, payments: Iterable[Paid]) -> None:
        """These payments are used up."""
        for each in payments:
            self._pay.run(
                raw,
                company=shopper.shop,
                reference=each.reference,
                customer=shopper.id,
                number=number,
                amount=each.amount,
            )

    def is_known(self, raw: sqlite3.Connection, company: int, reference: str) -> bool:
        """Whether an order of the company was paid with this already."""
        return self._used.first(raw, shop=company, text=reference) is not None


def _content(order: Order) -> str:
    return msgspec.json.encode(order).decode()
