"""One message being dealt with: what has changed so far, and what is to be said. Lives for one call of the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from actors.order.company import Company
from actors.order.effects import ActivityType, Effect, Happened, Line, Outcome, Raised, Settled
from actors.order.facts import Facts
from actors.order.state import Asked, Customer, Issue, IssueType, Order

Known = Callable[[str], bool]
"""Whether an order of the company was paid with this reference already."""


class Turn:
    """What the rules of the fields work on."""

    def __init__(self, customer: Customer, facts: Facts, company: Company, now: int, known: Known) -> None:
        self.facts = facts
        self.company = company
        self.now = now
        self.known = known
        self.order: Order = customer.order
        self.answered: Asked | None = customer.asked
        """What the message may be the answer to."""
        self.asked: Asked | None = None
        self._customer = customer
        self._lines: list[Line] = []
        self._effects: list[Effect] = []

    @property
    def customer(self) -> Customer:
        """As it stands now."""
        return replace(self._customer, order=self.order, asked=self.asked)

    @property
    def has_spoken(self) -> bool:
        """Whether anything was said."""
        return bool(self._lines)

    def outcome(self) -> Outcome:
        """Return all of it."""
        return Outcome(self.customer, tuple(self._lines), tuple(self._effects))

    def say(self, text: str, **fields: Any) -> None:
        """Say one thing."""
        self._lines.append(Line(text, fields))

    def effect(self, effect: Effect) -> None:
        """Have something happen."""
        self._effects.append(effect)

    def happened(self, type: ActivityType, product: str | None = None) -> None:
        """Have it stand among the company's activities."""
        self.effect(Happened(type=type, product=product))

    def know(self, **fields: Any) -> None:
        """Confirm fields of the order."""
        begins = self.order.started_at is None
        self.order = replace(
            self.order, **fields, started_at=self.now if begins else self.order.started_at, changed_at=self.now
        )
        if begins:
            self.happened("commande_demarree")

    def change(self, **fields: Any) -> None:
        """Have something else of the customer be so."""
        self._customer = replace(self._customer, **fields)

    def ask(self, text: str, asked: Asked, **fields: Any) -> None:
        """Ask the customer to decide. One question is open at a time: the first one is."""
        if self.asked is None:
            self.asked = asked
            self.say(text, **fields)

    def call_staff(self, type: IssueType, message: str, detail: str) -> None:
        """Raise an issue, or bring the open one of its type up to date."""
        issue = Issue(type, message, detail)
        again = self._customer.issue(type) is not None
        self._customer = self._customer.without(type)
        self._customer = replace(self._customer, issues=(*self._customer.issues, issue))
        self.effect(Raised(issue=issue, again=again))
        if not again:
            self.happened("intervention_requise")

    def settle(self, *types: IssueType) -> None:
        """Have these issues be no more."""
        for each in types:
            if self._customer.issue(each) is not None:
                self.effect(Settled(type=each))
        self._customer = self._customer.without(*types)
