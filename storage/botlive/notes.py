"""What is to be seen by people: activities of companies, and interventions that they are asked for.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Dialect, Select, bindparam, func, insert, select, update

from actors.order.effects import Happened
from actors.order.state import Issue
from actors.order.status import OrderStatus
from actors.order.values import Activity, Intervention, Shopper
from storage.botlive.tables import activities, customers, interventions
from storage.looks import Change, Look, Row

ISSUE: Final = interventions.c
DEED: Final = activities.c


class NoteRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        is_open = ISSUE.resolved_at.is_(None)
        one = (ISSUE.customer == bindparam("whose"), ISSUE.type == bindparam("kind"), is_open)
        theirs = (ISSUE.company == bindparam("shop"), is_open)
        told: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("message", "detail", "order_status")}
        over: dict[str, Any] = {"resolved_at": bindparam("now"), "note": bindparam("say")}
        deeds = select(DEED.type, DEED.client, DEED.product, DEED.at).where(DEED.company == bindparam("shop"))
        self._happen = Change(insert(activities), dialect)
        self._raise = Change(insert(interventions), dialect)
        self._again = Change(update(interventions).where(*one).values(told), dialect)
        self._resolve = Change(update(interventions).where(*one).values(over), dialect)
        self._types = Look(select(ISSUE.type).where(ISSUE.customer == bindparam("whose"), is_open), dialect)
        self._id = Look(select(ISSUE.id).where(*one), dialect)
        self._open = Look(_shown().where(*theirs).order_by(ISSUE.id.desc()), dialect)
        self._one = Look(_shown().where(ISSUE.id == bindparam("which")), dialect)
        self._count = Look(select(func.count()).select_from(interventions).where(*theirs), dialect)
        self._deeds = Look(deeds.order_by(DEED.id.desc()).limit(bindparam("most")), dialect)

    def happened(self, raw: sqlite3.Connection, shopper: Shopper, deed: Happened, at: int) -> None:
        """It is among the company's activities."""
        row = {"id": None, "company": shopper.shop, "type": deed.type, "client": shopper.shown_name}
        self._happen.run(raw, **row, product=deed.product, at=at)

    def raised(self, raw: sqlite3.Connection, shopper: Shopper, issue: Issue, status: OrderStatus, at: int) -> int:
        """Staff are needed, or an open intervention stands otherwise now; return its id."""
        text = {
            "message": issue.message,
            "detail": issue.detail,
            "order_status": msgspec.json.encode(status).decode(),
        }
        again = {f"new_{name}": value for name, value in text.items()}
        if self._again.run(raw, whose=shopper.id, kind=issue.type, **again) == 0:
            row = {"id": None, "company": shopper.shop, "customer": shopper.id, "type": issue.type}
            self._raise.run(raw, **row, **text, created_at=at, resolved_at=None, note=None)
        found = self._id.first(raw, whose=shopper.id, kind=issue.type)
        return 0 if found is None else int(found[0])

    def resolve_all_but(
        self, raw: sqlite3.Connection, shopper: Shopper, left: Iterable[Issue], at: int, note: str | None
    ) -> None:
        """Whatever else is open of this customer is no more."""
        types = {issue.type for issue in left}
        for (kind,) in self._types.all(raw, whose=shopper.id):
            if kind not in types:
                self._resolve.run(raw, whose=shopper.id, kind=kind, now=at, say=note)

    def open(self, raw: sqlite3.Connection, company: int) -> list[Intervention]:
        """The open ones of a company, the newest first."""
        return [_intervention(row) for row in self._open.all(raw, shop=company)]

    def one(self, raw: sqlite3.Connection, id: int) -> Intervention | None:
        """One, open or resolved."""
        row = self._one.first(raw, which=id)
        return None if row is None else _intervention(row)

    def count(self, raw: sqlite3.Connection, company: int) -> int:
        """How many are open."""
        row = self._count.first(raw, shop=company)
        return 0 if row is None else int(row[0])

    def activities(self, raw: sqlite3.Connection, company: int, limit: int) -> list[Activity]:
        """The newest ones, the newest first."""
        found = self._deeds.all(raw, shop=company, most=limit)
        return [Activity(type=deed, client=client, product=product, at=at) for deed, client, product, at in found]


def _shown() -> Select[Any]:
    shown = select(ISSUE.id, customers.c.user_id, customers.c.conv, ISSUE.type, ISSUE.message, ISSUE.detail)
    shown = shown.add_columns(ISSUE.order_status, ISSUE.created_at, ISSUE.resolved_at, ISSUE.note)
    return shown.join(customers, customers.c.id == ISSUE.customer)


def _intervention(row: Row) -> Intervention:
    number, user_id, conv, kind, message, detail, status, created_at, resolved_at, note = row
    return Intervention(
        id=number,
        user_id=user_id,
        conv=conv,
        type=kind,
        message=message,
        detail=detail,
        order_status=msgspec.json.decode(status, type=OrderStatus),
        created_at=created_at,
        resolved_at=resolved_at,
        note=note,
    )
