"""What becomes of a message beside the answer: to be stored with the new state, in one transaction."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct

from actors.order.state import Customer, Issue, IssueType, Order

ActivityType = Literal[
    "commande_demarree",
    "paiement_en_cours",
    "paiement_valide",
    "commande_enregistree",
    "intervention_requise",
    "commande_annulee",
]


class Effect(Struct, frozen=True, kw_only=True):
    """Something to be stored, shown or sent."""


class Happened(Effect, frozen=True, kw_only=True):
    """An entry of the company's activity."""

    type: ActivityType
    product: str | None = None


class Validated(Effect, frozen=True, kw_only=True):
    """What was paid is enough. `reference` is that of the payment which made it so."""

    amount: int
    reference: str


class Raised(Effect, frozen=True, kw_only=True):
    """Staff are needed; `again`: such an issue was open already, and this is how it stands now."""

    issue: Issue
    again: bool = False


class Settled(Effect, frozen=True, kw_only=True):
    """An issue is no more."""

    type: IssueType


class Completed(Effect, frozen=True, kw_only=True):
    """Everything of the order is known."""

    order: Order


class Amended(Effect, frozen=True, kw_only=True):
    """A completed order is delivered elsewhere, or to another number."""

    order: Order


class Dropped(Effect, frozen=True, kw_only=True):
    """The order is cancelled."""

    order: Order


class Line(Struct, frozen=True):
    """One thing that is said: the key of its text, and what stands in the fields of that."""

    text: str
    fields: dict[str, Any] = {}


class Outcome(Struct, frozen=True):
    """What becomes of one message."""

    customer: Customer
    lines: tuple[Line, ...] = ()
    effects: tuple[Effect, ...] = ()
