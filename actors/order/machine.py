"""The order engine: a customer, and what a message says, become the next customer, an answer, and effects. Pure.

A field that is confirmed is lost only where the customer takes it back or starts anew, or where staff change it.
"""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from actors.order.company import Company
from actors.order.delivery import settle_phone, settle_zone
from actors.order.effects import Amended, Completed, Dropped, Line, Outcome
from actors.order.facts import Facts
from actors.order.goods import names_product, settle_product
from actors.order.money import accept, settle_payment
from actors.order.state import Customer, IssueType, Order
from actors.order.turn import Known, Turn

AMENDABLE_MS: Final = 30 * 60_000
WANTED: Final = "Un client demande un conseiller"
QUESTIONS: Final = {"produit": "ask_product", "paiement": "ask_payment", "zone": "ask_zone", "numero": "ask_phone"}
EVERY_ISSUE: Final[tuple[IssueType, ...]] = ("payment_issue", "product_needed", "person_wanted")


def advance(customer: Customer, facts: Facts, company: Company, now: int, known: Known) -> Outcome:
    """Deal with one message, at `now` in ms since the epoch.

    `known` says of a payment's reference whether any order of the company has it already.
    """
    if customer.held:
        lines = () if customer.told_held else (Line("handover"),)
        return Outcome(replace(customer, told_held=True), lines)
    turn = Turn(customer, facts, company, now, known)
    if "cancel" in facts.intents:
        _cancel(turn)
    else:
        _begin_anew(turn)
        if turn.order.completed_at is None:
            _go_on(turn)
        else:
            _amend(turn)
    return turn.outcome()


def hold(customer: Customer) -> Customer:
    """A person has taken the room: the engine changes nothing until `release`."""
    return customer if customer.held else replace(customer, held=True, told_held=False)


def release(customer: Customer) -> Customer:
    """The person has handed the room back."""
    return replace(customer, held=False, told_held=False).without("person_wanted")


def clear(customer: Customer, company: Company, now: int) -> Outcome:
    """Empty the order and settle what is open. A completed one stays what it is, and is not shown any more."""
    turn = Turn(replace(customer, held=False, told_held=False, blurred=0), Facts(), company, now, lambda _: False)
    turn.settle(*EVERY_ISSUE)
    turn.order = Order(number=customer.order.number + 1)
    return turn.outcome()


def accept_payment(customer: Customer, company: Company, now: int, amount: int | None = None) -> Outcome:
    """Staff have found the payment to be right: so much, or what was received, or what is required."""
    turn = Turn(customer, Facts(), company, now, lambda _: False)
    accept(turn, amount or max(customer.order.received, 0) or company.deposit)
    _complete_or_ask(turn)
    return turn.outcome()


def reject_payment(customer: Customer, company: Company, now: int) -> Outcome:
    """Staff have found that it is none: what was not enough does not count any more."""
    turn = Turn(customer, Facts(), company, now, lambda _: False)
    if turn.order.payment is None:
        turn.order = replace(turn.order, paid=())
    turn.settle("payment_issue")
    turn.say("payment_rejected")
    return turn.outcome()


def cancel_completed(customer: Customer, company: Company, now: int) -> Outcome:
    """Staff cancel the order that was completed last."""
    turn = Turn(customer, Facts(), company, now, lambda _: False)
    if customer.order.completed_at is not None:
        _drop(turn)
    return turn.outcome()


def _go_on(turn: Turn) -> None:
    settle_product(turn)
    settle_payment(turn)
    settle_zone(turn)
    settle_phone(turn)
    _look_at_images(turn)
    _call_a_person(turn)
    if "greeting" in turn.facts.intents and not turn.has_spoken:
        turn.say("greeting")
    _complete_or_ask(turn)


def _complete_or_ask(turn: Turn) -> None:
    step = turn.order.step
    if turn.order.completed_at is not None:
        return
    if step == "completed":
        turn.order = replace(turn.order, completed_at=turn.now)
        turn.effect(Completed(order=turn.order))
        turn.happened("commande_enregistree", _product(turn))
        turn.say("summary")
    elif turn.asked is None and not _asks_already(turn):
        if step == "zone" and _names_no_zone(turn):
            turn.say("unknown_zone")
        else:
            turn.say(QUESTIONS[step])


def _asks_already(turn: Turn) -> bool:
    """Whether what was said is a question, or asks for what comes next, already."""
    said = {line.text for line in turn.outcome().lines}
    asking = {"photo_ok", "staff_product", "payment_short", "receipt_wanted", "receipt_blurred", "payment_doubtful"}
    asking |= {"image_unreadable", "image_unsure", "phone_short", "person_called"}
    return not asking.isdisjoint(said)


def _names_no_zone(turn: Turn) -> bool:
    """Whether the answer to the question for the zone was a place that nobody knows."""
    return turn.facts.has_words and not turn.has_spoken and not turn.facts.intents


def _begin_anew(turn: Turn) -> None:
    """An empty order where the customer wants a new one, or names a product after the last one was completed."""
    is_over = turn.order.completed_at is not None
    if "restart" in turn.facts.intents or (is_over and names_product(turn)):
        turn.settle("payment_issue", "product_needed")
        turn.order = Order(number=turn.order.number + (1 if is_over else 0))
        turn.answered = None
        turn.change(blurred=0)
        if "restart" in turn.facts.intents:
            turn.say("restarted")


def _amend(turn: Turn) -> None:
    """A completed order may be delivered elsewhere for a while; everything else of it stands."""
    completed_at = turn.order.completed_at or 0
    if turn.now - completed_at <= AMENDABLE_MS:
        moved = [settle_zone(turn), settle_phone(turn)]
        if any(moved):
            turn.effect(Amended(order=turn.order))
    if turn.facts.evidence:
        settle_payment(turn)
    _call_a_person(turn)
    if not turn.has_spoken:
        turn.say("already_complete")


def _cancel(turn: Turn) -> None:
    if turn.order.completed_at is not None:
        turn.say("cancel_by_staff")
    elif turn.order.started_at is None and not turn.order.paid:
        turn.say("nothing_to_cancel")
    else:
        _drop(turn)
        turn.say("cancelled")


def _drop(turn: Turn) -> None:
    turn.settle(*EVERY_ISSUE)
    turn.happened("commande_annulee", _product(turn))
    turn.effect(Dropped(order=turn.order))
    turn.order = Order(number=turn.order.number + 1)
    turn.change(blurred=0)


def _look_at_images(turn: Turn) -> None:
    sights = [seen.sight for seen in turn.facts.seen]
    if "broken" in sights:
        turn.say("image_unreadable")
    elif not turn.has_spoken and ("unsure" in sights or ("unread" in sights and turn.order.product is None)):
        turn.say("image_unsure")


def _call_a_person(turn: Turn) -> None:
    if "person" in turn.facts.intents:
        turn.call_staff("person_wanted", WANTED, WANTED)
        turn.say("person_called")


def _product(turn: Turn) -> str | None:
    product = turn.order.product
    return None if product is None else f"{product.quantity}x {product.name}"
