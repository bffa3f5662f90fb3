"""Products of a catalogue in the words of a message, and how many of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from actors.order.choosing import Named
from actors.order.company import Product
from actors.order.words import Span, number, runs, singular, split

LONGEST: Final = 6
SLACK: Final = 2
FILLERS: Final = frozenset(
    {"x", "fois", "paquet", "carton", "boite", "piece", "lot", "sachet", "de", "d", "des", "le", "la"}
)
MAX_QUANTITY: Final = 999


class Item(NamedTuple):
    """So many of a product."""

    name: str
    quantity: int = 1


class Index:
    """A catalogue by all names that its products have. Immutable."""

    __slots__ = ("_by_length", "_names")

    def __init__(self, catalogue: Iterable[Product]) -> None:
        self._names: dict[str, dict[str, None]] = {}
        for product in catalogue:
            for name in (product.name, *product.aliases):
                self._names.setdefault(_key(split(name)), {}).setdefault(product.name, None)
        self._by_length: dict[int, list[str]] = {}
        for name in self._names:
            for length in range(len(name) - SLACK, len(name) + SLACK + 1):
                self._by_length.setdefault(length, []).append(name)

    def find(self, words: list[str]) -> list[Named[tuple[Item, ...]]]:
        """Return what is named, in order: more than one where the words may be any of them."""
        bare = [singular(word) for word in words]
        found: list[Named[tuple[Item, ...]]] = []
        used: set[int] = set()
        for near in (False, True):
            for span, text in runs(bare, LONGEST):
                names = self._near(text) if near else self._names.get(text, {})
                if names and used.isdisjoint(range(*span)):
                    many, start = _quantity(words, span)
                    items = tuple(Item(name, many) for name in names)
                    found.append(Named(items, Span(start, span.stop)))
                    used.update(range(*span))
        return sorted(found, key=lambda each: each.span)

    def _near(self, text: str) -> dict[str, None]:
        """Products whose name is misspelt here. Figures are never misspelt: `taille 3` is not `taille 4`."""
        found: dict[str, None] = {}
        for name in self._by_length.get(len(text), ()):
            allowed = 0 if len(name) < 5 else 1 if len(name) < 8 else 2
            alike = abs(len(text) - len(name)) <= allowed and _figures(text) == _figures(name)
            if alike and OSA.distance(text, name, score_cutoff=allowed) <= allowed:
                found.update(self._names[name])
        return found


def _key(words: Sequence[str]) -> str:
    return " ".join(singular(word) for word in words)


def _figures(text: str) -> list[str]:
    return [word for word in text.split() if any(each.isdecimal() for each in word)]


def _quantity(words: Sequence[str], span: Span) -> tuple[int, int]:
    """How many are meant, and where the words begin that say it: `2 paquets de X`, `X x3`, `deux X`."""
    place = span.start - 1
    while place >= 0 and singular(words[place]) in FILLERS:
        place -= 1
    many = _count(words[place]) if place >= 0 else None
    if many is not None:
        return many, place
    behind = words[span.stop : span.stop + 2]
    if behind and behind[0].startswith("x"):
        many = number(behind[0][1:]) if len(behind[0]) > 1 else number(behind[1]) if len(behind) > 1 else None
    return (many, span.start) if many is not None and 1 <= many <= MAX_QUANTITY else (1, span.start)


def _count(word: str) -> int | None:
    many = number(word.strip("x") if any(each.isdecimal() for each in word) else word)
    return many if many is not None and 1 <= many <= MAX_QUANTITY else None
