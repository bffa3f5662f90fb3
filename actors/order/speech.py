"""What the engine says, in French. Companies may replace each text; fields that a text may name are fixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import Formatter
from typing import Any, Final

from actors.order.company import Company
from actors.order.effects import Line
from actors.order.state import Order

DEFAULTS: Final[Mapping[str, str]] = {
    "greeting": "Bonjour et bienvenue chez {company} !",
    "ask_product": "Quel produit souhaitez-vous commander ? Vous pouvez aussi envoyer sa photo.",
    "ask_payment": (
        "Pour valider la commande, envoyez un dépôt de {deposit} {currency}, "
        "puis le message de confirmation ou sa capture d'écran."
    ),
    "ask_zone": "Où faut-il livrer ? Zones desservies : {zones}.",
    "ask_phone": "À quel numéro pouvons-nous vous joindre pour la livraison ?",
    "photo_ok": "Photo reçue ! Dépôt: {deposit} {currency}",
    "product_ok": "C'est noté : {product}.",
    "which_product": "De quel produit s'agit-il ? {options}",
    "replace_product": "Vous avez choisi {product}. Voulez-vous {other} à la place ? Répondez oui ou non.",
    "kept": "Très bien, nous gardons {product}.",
    "staff_product": "Merci ! Un conseiller va préciser le produit avec vous.",
    "payment_ok": "Paiement de {amount} {currency} validé, merci !",
    "payment_known": "Ce paiement est déjà enregistré.",
    "payment_short": (
        "Montant insuffisant : {received} {currency} reçu, {deposit} {currency} requis. "
        "Merci de compléter avec {missing} {currency}."
    ),
    "payment_doubtful": "Nous vérifions votre paiement : un conseiller revient vers vous.",
    "payment_rejected": "Le paiement n'a pas pu être confirmé.",
    "receipt_wanted": "Merci d'envoyer le message de confirmation du paiement, ou sa capture d'écran.",
    "receipt_blurred": "La capture n'est pas lisible. Pouvez-vous la renvoyer, ou copier le message de confirmation ?",
    "zone_ok": "Livraison à {zone} : {fee} {currency}.",
    "which_zone": "Quelle est la zone de livraison ? {options}",
    "unknown_zone": "Nous ne connaissons pas cette zone. Zones desservies : {zones}.",
    "phone_ok": "Numéro enregistré : {phone}.",
    "which_phone": "Lequel de ces numéros faut-il appeler ? {options}",
    "phone_short": "Ce numéro semble incomplet : merci de l'envoyer avec ses 10 chiffres.",
    "image_unreadable": "L'image n'a pas pu être ouverte. Pouvez-vous la renvoyer ou décrire le produit ?",
    "image_unsure": "Nous ne reconnaissons pas cette image. Quel produit souhaitez-vous ?",
    "person_called": "Un conseiller va vous répondre.",
    "handover": "Un conseiller vous répond.",
    "restarted": "D'accord, commençons une nouvelle commande.",
    "cancelled": "Votre commande est annulée.",
    "nothing_to_cancel": "Il n'y a pas de commande en cours.",
    "cancel_by_staff": "Votre commande est déjà enregistrée : un conseiller peut l'annuler pour vous.",
    "already_complete": "Votre commande est enregistrée. Pour en passer une autre, écrivez « nouvelle commande ».",
    "summary": (
        "Commande enregistrée : {product}, dépôt {payment} {currency}, livraison à {place} ({fee} {currency}), "
        "contact {phone}. Merci !"
    ),
}
COMPANY_FIELDS: Final = frozenset({"company", "deposit", "currency", "zones"})


class BadText(Exception):
    """A company's text has a key or a field that there is not; the message names it and what there is."""


def check_texts(texts: Mapping[str, str]) -> None:
    """Raise `BadText` for the first text that could not be said."""
    for key, text in texts.items():
        if key not in DEFAULTS:
            raise BadText(f"texts.{key}: there is no such text; there are {', '.join(DEFAULTS)}")
        allowed = COMPANY_FIELDS | _fields(DEFAULTS[key], f"texts.{key}")
        unknown = _fields(text, f"texts.{key}") - allowed
        if unknown:
            raise BadText(f"texts.{key}: no field {{{min(unknown)}}}; there are {', '.join(sorted(allowed))}")


def speak(lines: Sequence[Line], order: Order, company: Company) -> str:
    """Return what is answered: the texts one after the other, nothing for no lines."""
    return " ".join(_say(line, order, company) for line in lines)


def _say(line: Line, order: Order, company: Company) -> str:
    text = company.texts.get(line.text, DEFAULTS[line.text])
    fields: dict[str, Any] = {
        "company": company.name,
        "deposit": company.deposit,
        "currency": company.currency,
        "zones": ", ".join(zone.name for zone in company.zones),
    }
    if line.text == "summary":
        fields |= _summary(order)
    return text.format(**(fields | {name: _shown(value) for name, value in line.fields.items()}))


def _summary(order: Order) -> dict[str, Any]:
    product, place = order.product, order.place
    return {
        "product": product.label if product is not None else "",
        "payment": order.payment or 0,
        "place": place.name if place is not None else "",
        "fee": place.fee if place is not None else 0,
        "phone": order.phone or "",
    }


def _shown(value: Any) -> Any:
    """Choices are numbered, so that a number answers."""
    if isinstance(value, tuple):
        return " ".join(f"{number}. {option}" for number, option in enumerate(value, 1))
    return value


def _fields(text: str, where: str) -> set[str]:
    try:
        parsed = [each for each in Formatter().parse(text) if each[1] is not None]
    except ValueError as error:
        raise BadText(f"{where}: {error}; a brace is written twice to stand for itself") from error
    found = {name or "" for _, name, _, _ in parsed}
    wrong = {name or "" for _, name, form, how in parsed if form or how or not (name or "").isidentifier()}
    if wrong:
        raise BadText(f"{where}: {{{min(wrong)}}} is no field")
    return found
