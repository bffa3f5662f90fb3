"""Messages of mobile-money operators: Wave, Orange Money, MTN, Moov. Read from text, or from the text of a screenshot.

What counts is the amount that was transferred and the reference; fees and balances are neither. Two amounts that may
each be it make the message doubtful: nobody guesses with other people's money.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from actors.order import phones
from actors.order.words import fold, squeeze

AMOUNT: Final = re.compile(
    r"""(?<![\w.,/:+-])
    (?P<number>\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+|\d+)     # 2 000, 2.000, 2000
    (?:[.,]\d{1,2})?(?!\d)(?![/:-]\d)                      # 2000.00; no date, no time
    \s?(?P<unit>f\s?cfa|fcfa|cfa|xof|francs?|f)?(?![\w])
    """,
    re.IGNORECASE | re.VERBOSE,
)
REFERENCE: Final = re.compile(
    r"""\b(?:
        (?:r[ée]f(?:[ée]rence)?\.?|t?id|n[°o]|num[ée]ro|code)?\s*
        (?:de\s+(?:la\s+)?)?(?:trans(?:action)?\.?|txn|trx|op[ée]ration|paiement)?\s*
        (?:id|r[ée]f(?:[ée]rence)?\.?|n[°o])?
    )\s*(?:est\s|is\s)?\s*[:#=]?\s*
    (?!\d[\d .,]*\s?(?:f\s?cfa|cfa|xof|francs?|f)\b)         # `transaction de 15000 F` names no code
    (?P<code>(?=[A-Z0-9._/-]*\d)[A-Z0-9][A-Z0-9._/-]{4,39})""",
    re.IGNORECASE | re.VERBOSE,
)
LABEL: Final = re.compile(
    r"\b(?:r[ée]f(?:[ée]rence)?|t?id|txn|trx|transaction|trans(?:action)?[. ]?id|code|op[ée]ration)\b", re.IGNORECASE
)
KNOWN_FORMS: Final = re.compile(
    r"\b(?=[A-Z_.-]{0,40}\d)(?:(?:WAVE|OM|MOMO|MTN|MOOV)-[A-Z0-9]{4,32}|T_[A-Z0-9]{6,32}|T[A-Z0-9]{12,32}|[A-Z]{2}\d{6}\.\d{4}\.[A-Z]\d{4,8})\b",
    re.IGNORECASE,
)
RECIPIENT: Final = re.compile(
    r"(?:\b(?:à|a|au|vers|to|pour|destinataire|b[ée]n[ée]ficiaire|num[ée]ro)\b[^\d\n]{0,40}?)"
    r"(?P<number>(?:\+|00)?\d(?:[ .\-]?\d){7,14})(?!\w)",
    re.IGNORECASE,
)
FEE_BEHIND: Final = re.compile(
    # `Frais: 20F` on the next line, or with a number of its own, speaks of that one.
    r"[^\S\n]*\(?(?:de |en |d')?(?:frais|commission|taxe|fees?)\b(?!\s*:?\s*\d)",
    re.IGNORECASE,
)
TAIL: Final = re.compile(r"\s*[,;]\s*|\s+(?=(?:livr\w*|zone|pour|mon|num[ée]ro|je|et)\b)", re.IGNORECASE)
MAX_DIGITS: Final = 9
"""Longer numbers are no amounts: phone numbers, or noise."""
FEES: Final = re.compile(r"\b(?:frais|commission|taxe|fees?|timbre)\b", re.IGNORECASE)
BALANCE: Final = re.compile(r"\b(?:solde|balance|reste|restant|disponible|nouveau)\b", re.IGNORECASE)
TRANSFER: Final = re.compile(
    r"\b(?:envoy[ée]e?s?|transf[ée]r[ée]e?s?|transfert|pay[ée]e?s?|paiement|d[ée]p[oô]t|re[çc]us?|vers[ée]e?s?|montant"
    r"|sent|received|retrait)\b",
    re.IGNORECASE,
)
CLAIM: Final = re.compile(
    r"""\b(?:
    (?:j\ ai|jai|c\ est|cest|on\ a|viens\ de|vient\ de)\ (?:deja\ |bien\ |tout\ )*
        (?:paye|payer|envoye|envoyer|fait|depose|deposer|verse|transfere)
    |(?:paiement|depot|transfert)\ (?:est\ )?(?:fait|effectue|envoye)
    |argent\ (?:est\ )?(?:parti|envoye)
    |paye
    )\b""",
    re.VERBOSE,
)
SENTENCE: Final = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Ý])|\n+")


class Evidence(NamedTuple):
    """What an operator says of a payment. `doubt` is why it cannot be taken; `recipient` is in E.164."""

    amount: int | None
    reference: str
    recipient: str | None = None
    doubt: str | None = None


class Parts(NamedTuple):
    """A message: what an operator wrote, and what the customer did."""

    operator: str
    customer: str


def part(text: str) -> Parts:
    """Tell an operator's sentences from the customer's own: numbers in the former are not the customer's."""
    text = squeeze(text)
    if _reference(text) is None or not _amounts(text):
        return Parts("", text)
    pieces = [half for piece in SENTENCE.split(text) for half in _halves(piece)]
    theirs = [place for place, piece in enumerate(pieces) if _is_operators(piece)]
    if not theirs:
        return Parts("", text)
    # What stands between two sentences of an operator is the operator's: a recipient, a date.
    first, last = theirs[0], theirs[-1] + 1
    return Parts("\n".join(pieces[first:last]), "\n".join(pieces[:first] + pieces[last:]))


def _halves(piece: str) -> list[str]:
    """What goes on behind a reference without a full stop is the customer's: `…, livraison à Cocody`."""
    reference = _reference(piece)
    if reference is None:
        return [piece]
    end = piece.index(reference) + len(reference)
    tail = TAIL.match(piece, end)
    if tail is None or _speaks_of_money(piece[end:]) or not _amounts(piece[:end]):
        return [piece]
    return [each for each in (piece[:end], piece[tail.end() :]) if each]


def _speaks_of_money(text: str) -> bool:
    return bool(_amounts(text) or FEES.search(text) or BALANCE.search(text) or TRANSFER.search(text))


def evidence(text: str, country: str) -> Evidence | None:
    """Return what an operator's message is evidence of; None: it is none, for want of an amount or a reference."""
    text = squeeze(text)
    reference = _reference(text)
    if reference is None:
        return None
    rest = text.replace(reference, " ")
    candidates = list(dict.fromkeys(_amounts(rest)))
    if not candidates:
        return None
    recipient = _recipient(rest, country)
    if len(candidates) > 1:
        return Evidence(None, _plain(reference), recipient, "plusieurs montants")
    return Evidence(candidates[0], _plain(reference), recipient)


def claims(text: str) -> bool:
    """Whether a customer says to have paid."""
    return CLAIM.search(fold(text)) is not None


def _is_operators(piece: str) -> bool:
    if _reference(piece) is not None or FEES.search(piece) or BALANCE.search(piece):
        return True
    return TRANSFER.search(piece) is not None and bool(_amounts(piece))


def _reference(text: str) -> str | None:
    known = KNOWN_FORMS.search(text)
    if known is not None:
        return known.group()
    for label in LABEL.finditer(text):
        match = REFERENCE.match(text, label.start())
        if match is not None:
            return match["code"].rstrip("._/-")
    return None


def _plain(reference: str) -> str:
    return reference.upper()


def _amounts(text: str) -> list[int]:
    """Those that may be what was transferred: with a unit, or, where none has one, right behind a word that says so."""
    with_unit, bare = [], []
    for match in AMOUNT.finditer(text):
        digits = re.sub(r"\D", "", match["number"])
        if len(digits) > MAX_DIGITS or FEE_BEHIND.match(text, match.end()):
            continue
        kind = _kind(text[max(0, match.start() - 40) : match.start()])
        if match["unit"] and kind in ("transfer", None):
            with_unit.append(int(digits))
        elif kind == "transfer" and not digits.startswith("0"):
            bare.append(int(digits))
    return with_unit or bare


def _kind(before: str) -> str | None:
    """What the words before a number say that it is: the nearest one decides."""
    last: tuple[int, str | None] = (-1, None)
    for name, pattern in (("fee", FEES), ("balance", BALANCE), ("transfer", TRANSFER)):
        for match in pattern.finditer(before):
            last = max(last, (match.start(), name), key=lambda each: each[0])
    return last[1] if last[1] != "transfer" or _is_close(before[last[0] :]) else None


def _is_close(behind: str) -> bool:
    """Whether no other number stands between the word and the one it may speak of."""
    return not any(each.isdecimal() for each in behind) and len(behind) <= 28


def _recipient(text: str, country: str) -> str | None:
    for match in RECIPIENT.finditer(text):
        number = phones.e164(match["number"], country)
        if number is not None:
            return number
    return None
