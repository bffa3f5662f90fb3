"""The rules of the payment: evidence counts, claims do not, and what is doubtful is for staff to settle."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from actors.order.effects import Validated
from actors.order.payments import Evidence
from actors.order.state import Paid
from actors.order.turn import Turn

SHORT: Final = "Montant insuffisant détecté"
BLURRED_ENOUGH: Final = 2


def settle_payment(turn: Turn) -> None:
    """Take in what the message shows of payments."""
    for evidence in turn.facts.evidence:
        _weigh(turn, evidence)
    _look_at_receipts(turn)
    if turn.facts.claims_payment and not turn.facts.evidence and turn.order.payment is None:
        turn.say("receipt_wanted")


def accept(turn: Turn, amount: int) -> None:
    """Have the payment be valid because staff say so."""
    turn.know(payment=amount)
    _validated(turn, amount, turn.order.paid[-1].reference if turn.order.paid else "")


def _weigh(turn: Turn, evidence: Evidence) -> None:
    if any(paid.reference == evidence.reference for paid in turn.order.paid):
        turn.say("payment_known")
        return
    cause = _doubt(turn, evidence)
    if cause is not None or evidence.amount is None:
        _doubtful(turn, cause or "montant illisible")
        return
    # Nothing is confirmed by that: it may still be too little.
    turn.order = replace(turn.order, paid=(*turn.order.paid, Paid(evidence.amount, evidence.reference)))
    received = turn.order.received
    if received >= turn.company.deposit:
        turn.know(payment=received)
        _validated(turn, received, evidence.reference)
    else:
        _short(turn, received)


def _doubt(turn: Turn, evidence: Evidence) -> str | None:
    numbers = turn.company.payment_numbers
    if evidence.doubt is not None:
        return evidence.doubt
    if evidence.recipient is not None and numbers and evidence.recipient not in numbers:
        return "destinataire inconnu"
    if turn.known(evidence.reference):
        return "référence déjà utilisée"
    if turn.order.payment is not None:
        # It stands, and only staff change it: what came on top they have to know of.
        return f"paiement supplémentaire de {evidence.amount} {turn.company.currency}"
    return None


def _validated(turn: Turn, amount: int, reference: str) -> None:
    turn.settle("payment_issue")
    turn.change(blurred=0)
    turn.effect(Validated(amount=amount, reference=reference))
    turn.happened("paiement_valide")
    turn.say("payment_ok", amount=amount)


def _short(turn: Turn, received: int) -> None:
    currency, deposit = turn.company.currency, turn.company.deposit
    detail = f"Montant insuffisant: {received} {currency} reçu, {deposit} {currency} requis"
    turn.call_staff("payment_issue", SHORT, detail)
    turn.say("payment_short", received=received, missing=deposit - received)


def _doubtful(turn: Turn, cause: str) -> None:
    text = f"Paiement à vérifier: {cause}"
    turn.call_staff("payment_issue", text, text)
    turn.say("payment_doubtful")


def _look_at_receipts(turn: Turn) -> None:
    """Screenshots that cannot be read: asked for once more, then somebody has to look."""
    sights = [seen.sight for seen in turn.facts.seen]
    if turn.order.payment is not None:
        return
    # Before a product is chosen it is more likely one: then the question is which.
    if "unread" in sights and turn.order.product is not None:
        _doubtful(turn, "capture à lire")
    elif "blurred" in sights:
        blurred = turn.customer.blurred + 1
        turn.change(blurred=blurred)
        if blurred >= BLURRED_ENOUGH:
            _doubtful(turn, "capture illisible")
        else:
            turn.say("receipt_blurred")
