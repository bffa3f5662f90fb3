"""Reads a message: the recognisers one after the other, each with what the others left of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from actors.order import payments, phones
from actors.order.choosing import Choice, Named, choose, takes_back
from actors.order.company import Company
from actors.order.facts import Facts, Intent, Seen
from actors.order.products import Index
from actors.order.words import Span, number, split
from actors.order.zones import Gazetteer

T = TypeVar("T")

MOST_WORDS: Final = 400
"""So many words of a message are searched for names: whoever orders has done so by then."""
INTENTS: Final[dict[Intent, re.Pattern[str]]] = {
    "cancel": re.compile(
        r"(?<!\bpas )\b(?:annul(?:er?|es|ez|ation)\b(?! pas)"
        r"|laisse(?:z)? tomber|(?:je )?(?:ne |n en )?veux plus rien)\b"
    ),
    "restart": re.compile(r"\b(?:nouvelle commande|autre commande|recommence(?:r|z|ons)?)\b"),
    "person": re.compile(
        r"\b(?:conseill(?:er|ere)|responsable|service client|un humain)\b"
        r"|\b(?:parler|discuter|appeler|joindre|contacter)\b.{0,12}\b(?:quelqu un|personne|agent|patronn?e?|gerante?)\b"
    ),
    "greeting": re.compile(r"\b(?:bonjour|bonsoir|salut|bjr|bsr|hello|coucou|slt)\b"),
    "yes": re.compile(r"^(?:oui|ouais|ok|okay|d accord|daccord|exact|c est ca|c est bon|yes|oui oui|volontiers)\b"),
    "no": re.compile(r"^(?:non|nan|pas du tout|non merci|no)$"),
}


class Reader:
    """Reads the messages of one company's customers. Immutable: made once for its settings."""

    __slots__ = ("_company", "_gazetteer", "_index", "_own")

    def __init__(self, company: Company) -> None:
        self._company = company
        self._gazetteer = Gazetteer(company.zones)
        self._index = Index(company.catalogue)
        self._own = frozenset(company.payment_numbers)

    def read(self, text: str, user_id: str, seen: Sequence[Seen] = ()) -> Facts:
        """Return what a message says. `user_id` is the customer's, and no number to be called at."""
        parts = payments.part(text)
        words = split(parts.customer)[:MOST_WORDS]
        folded = " ".join(words)
        items = self._index.find(words)
        zones = self._gazetteer.find(words, [each.span for each in items])
        found = phones.find(parts.customer, self._company.country)
        evidence = payments.evidence(parts.operator, self._company.country) if parts.operator else None
        shown = [each.evidence for each in seen if each.evidence is not None]
        return Facts(
            item=_flat(choose(words, items)),
            zone=_flat(choose(words, zones)),
            phone=self._phone(parts.customer, words, found, user_id),
            has_unclear_phone=found.unclear and not found.valid,
            evidence=tuple(([evidence] if evidence is not None else []) + shown),
            claims_payment=evidence is None and payments.claims(parts.customer),
            takes_back=takes_back(words),
            intents=frozenset(intent for intent, pattern in INTENTS.items() if pattern.search(folded)),
            pick=number(words[0]) if len(words) == 1 else None,
            has_words=bool(words),
            seen=tuple(seen),
        )

    def _phone(self, text: str, words: Sequence[str], found: phones.Phones, user_id: str) -> Choice[str]:
        """What is neither the company's nor the customer's own."""
        others = self._own | {phones.e164(user_id, self._company.country)}
        named = []
        for kept, at in found.valid:
            if phones.e164(kept, self._company.country) not in others:
                place = len(split(text[:at]))
                named.append(Named(kept, Span(place, place + 1)))
        return choose(words, named)


def _flat(choice: Choice[tuple[T, ...]]) -> Choice[T]:
    """One that may be several is no choice yet."""
    if choice.value is not None and len(choice.value) == 1:
        return Choice(choice.value[0])
    several = choice.options or ((choice.value,) if choice.value is not None else ())
    return Choice(options=tuple(dict.fromkeys(each for group in several for each in group)))
