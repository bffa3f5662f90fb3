"""What the machine is asked, for each thing that an order can be told. Pure."""

from __future__ import annotations

from actors.messages.order import Resolve
from actors.order.company import Company
from actors.order.effects import Outcome, Settled
from actors.order.facts import Facts
from actors.order.machine import accept_payment, advance, cancel_completed, clear, reject_payment, release
from actors.order.ports import Decide
from actors.order.state import Customer, IssueType
from actors.order.turn import Known


def to_answer(facts: Facts, company: Company, now: int) -> Decide:
    """Deal with what a message says."""
    return lambda customer, known: advance(customer, facts, company, now, known)


def to_release(customer: Customer, known: Known) -> Outcome:
    """Whoever has the room hands it back."""
    return Outcome(release(customer))


def to_clear(company: Company, now: int) -> Decide:
    """Empty the order."""
    return lambda customer, known: clear(customer, company, now)


def to_cancel(company: Company, now: int) -> Decide:
    """Cancel the order that was completed last."""
    return lambda customer, known: cancel_completed(customer, company, now)


def to_resolve(type: IssueType, message: Resolve, company: Company, now: int) -> Decide:
    """Settle an issue. Only payments are accepted or rejected; of others somebody has seen to it."""
    if type != "payment_issue":
        return lambda customer, known: Outcome(customer.without(type), effects=(Settled(type=type),))
    if message.action == "accept":
        return lambda customer, known: accept_payment(customer, company, now, message.amount)
    return lambda customer, known: reject_payment(customer, company, now)
