"""Which of several things that a message names is meant.

`pas X mais Y` means Y, and so does `X, non Y` or `X, Y plutôt`. Of what is merely named beside each other none is
meant: then somebody has to ask.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, Generic, NamedTuple, TypeVar

from actors.order.words import Span

T = TypeVar("T")

CORRECTIONS: Final = frozenset({"non", "plutot", "finalement", "pardon", "desole", "desolee", "erreur"})
CORRECTIONS_OF_TWO: Final = frozenset(
    {("en", "fait"), ("je", "change"), ("on", "change"), ("je", "prefere"), ("je", "rectifie"), ("a", "la")}
)
NEGATIONS: Final = frozenset({"pas", "plus"})
REACH: Final = 3
LINKS: Final = frozenset(
    {
        "a",
        "au",
        "aux",
        "pour",
        "le",
        "la",
        "les",
        "l",
        "de",
        "du",
        "des",
        "d",
        "en",
        "dans",
        "sur",
        "chez",
        "c",
        "est",
        "un",
        "une",
    }
)
"""What may stand between a negation and what it denies, up to `REACH` words of all: `pas à`, `pas pour le`. Anything
else is denied itself: `pas encore payé, Cocody` means Cocody."""


class Named(NamedTuple, Generic[T]):
    """Something a message names, and with which words."""

    value: T
    span: Span


class Choice(NamedTuple, Generic[T]):
    """What is meant; when nothing is, the `options` say between what the message leaves the choice."""

    value: T | None = None
    options: tuple[T, ...] = ()


def choose(words: Sequence[str], named: Sequence[Named[T]]) -> Choice[T]:
    """Return what is meant of what was named, in the order of the words."""
    meant = [each for each in named if not _is_denied(words, each.span)]
    values = tuple(dict.fromkeys(each.value for each in meant))
    if len(values) <= 1:
        return Choice(values[0]) if values else Choice()
    first = meant[0].span
    if any(first.stop <= place for place in corrections(words)):
        return Choice(meant[-1].value)
    return Choice(options=values)


def corrections(words: Sequence[str]) -> list[int]:
    """Return where words stand that take back what was said."""
    single = [place for place, word in enumerate(words) if word in CORRECTIONS]
    double = [
        place
        for place, pair in enumerate(pairwise(words))
        if pair in CORRECTIONS_OF_TWO and (pair != ("a", "la") or words[place + 2 : place + 3] == ["place"])
    ]
    return sorted(single + double)


def takes_back(words: Sequence[str]) -> bool:
    """Whether a message changes what was said before."""
    return bool(corrections(words))


def _is_denied(words: Sequence[str], span: Span) -> bool:
    before = words[max(0, span.start - REACH) : span.start]
    if list(before[-2:]) in (["place", "de"], ["place", "du"], ["place", "des"], ["lieu", "de"], ["lieu", "des"]):
        return True
    nearest = next((word for word in reversed(before) if word not in LINKS), None)
    return nearest in NEGATIONS
