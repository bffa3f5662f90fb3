"""What becomes of a customer with one outcome of the machine: all of it, in the transaction of whoever asked for it.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from actors.order import telling
from actors.order.effects import Amended, Completed, Dropped, Effect, Happened, Outcome, Raised, Validated
from actors.order.periods import day_of
from actors.order.ports import StaffMessage
from actors.order.status import OrderStatus, status_of
from actors.order.values import Shop, Shopper
from storage.botlive.figures import FigureRows
from storage.botlive.hooks import ShopHookRows
from storage.botlive.notes import NoteRows
from storage.botlive.order_rows import OrderRows


class Occasion(NamedTuple):
    """Whose outcome it is, and when; `note` is what whoever brought it about had to say."""

    shop: Shop
    shopper: Shopper
    at: int
    note: str | None = None

    @property
    def day(self) -> int:
        """The company's day."""
        return day_of(self.at, self.shop.company.timezone)

    def status(self, outcome: Outcome) -> OrderStatus:
        """How the order stands then."""
        return status_of(outcome.customer.order, self.shop.company.currency)


class Journal:
    """Writes it all down."""

    def __init__(self, orders: OrderRows, notes: NoteRows, hooks: ShopHookRows, figures: FigureRows) -> None:
        self._orders = orders
        self._notes = notes
        self._hooks = hooks
        self._figures = figures

    def wrote(self, raw: sqlite3.Connection, on: Occasion) -> None:
        """The customer has written."""
        self._figures.wrote(raw, on.shop.id, on.day, on.shopper.id)

    def staff_wrote(self, raw: sqlite3.Connection, on: Occasion, message: StaffMessage) -> None:
        """Somebody has written to the customer."""
        told = telling.staff_message(on.shop, on.shopper, message)
        self._hooks.post(raw, on.shopper, "staff_message", on.at, told)

    def is_known(self, raw: sqlite3.Connection, shop: Shop, reference: str) -> bool:
        """Whether an order of the company was paid with this already."""
        return self._orders.is_known(raw, shop.id, reference)

    def record(self, raw: sqlite3.Connection, on: Occasion, outcome: Outcome) -> None:
        """Write down what happened; the customer's state is not of it."""
        order = outcome.customer.order
        self._orders.paid(raw, on.shopper, order.number, order.paid)
        for effect in outcome.effects:
            self._effect(raw, on, effect, on.status(outcome))
        self._notes.resolve_all_but(raw, on.shopper, outcome.customer.issues, on.at, on.note)

    def _effect(self, raw: sqlite3.Connection, on: Occasion, effect: Effect, status: OrderStatus) -> None:
        match effect:
            case Happened():
                self._notes.happened(raw, on.shopper, effect, on.at)
            case Raised():
                number = self._notes.raised(raw, on.shopper, effect.issue, status, on.at)
                told = telling.intervention_required(on.shop, on.shopper, effect.issue, number)
                self._hooks.post(raw, on.shopper, "intervention_required", on.at, told)
            case Validated():
                told = telling.payment_validated(on.shop, on.shopper, effect)
                self._hooks.post(raw, on.shopper, "payment_validated", on.at, told)
            case Completed():
                self._orders.completed(raw, on.shopper, effect.order, on.day, on.at)
                told = telling.order_completed(on.shop, on.shopper, status)
                self._hooks.post(raw, on.shopper, "order_completed", on.at, told)
            case Amended():
                self._orders.amended(raw, on.shopper, effect.order)
            case Dropped():
                self._orders.cancelled(raw, on.shopper, effect.order, on.at)
