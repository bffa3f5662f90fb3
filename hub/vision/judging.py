"""What both recognisers say of one image, weighed. Pure.

Both look at every image. What exactly one of them is certain of is certain; two who are, of different things, are no
better than none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from actors.order.facts import Seen
from actors.order.payments import evidence

OPERATORS: Final = re.compile(r"\b(?:wave|orange\s*money|mtn|momo|moov|mobile\s*money)\b", re.IGNORECASE)
RECEIPT_WORDS: Final = re.compile(
    r"\b(?:transfert|transaction|paiement|envoy[ée]e?|re[çc]u|montant|r[ée]f[ée]rence|frais|solde|destinataire"
    r"|b[ée]n[ée]ficiaire)\b",
    re.IGNORECASE,
)
WORDS_OF_A_RECEIPT: Final = 2

BROKEN: Final = Seen(sight="broken")
UNSURE: Final = Seen(sight="unsure")
UNREAD: Final = Seen(sight="unread")
BLURRED: Final = Seen(sight="blurred")


def receipt_in(texts: Sequence[str], country: str) -> Seen:
    """Say what was read, several times over: `receipt` only if each reading is evidence of the very same.

    `blurred` is what looks like a receipt all the same, `unsure` what does not.
    """
    readings = {evidence(text, country) for text in texts}
    agreed = next(iter(readings)) if len(readings) == 1 else None
    if agreed is not None:
        return Seen(sight="receipt", evidence=agreed)
    if any(readings) or any(map(is_like_a_receipt, texts)):
        return BLURRED
    return UNSURE


def is_like_a_receipt(text: str) -> bool:
    """Whether a text has words that operators write, and not just one of them."""
    words = {match.group().casefold() for match in RECEIPT_WORDS.finditer(text)}
    return len(words) + (1 if OPERATORS.search(text) else 0) >= WORDS_OF_A_RECEIPT


def weigh(product: str | None, reading: Seen) -> Seen:
    """Return what the image is, from the product that is seen for certain and from what was read."""
    if product is None:
        return reading
    return UNSURE if reading.sight == "receipt" else Seen(sight="product", product=product)
