"""Zones of delivery in the words of a message, misspelt as they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from actors.order.choosing import Named
from actors.order.company import Zone
from actors.order.words import Span, fold, runs, split

SHORT: Final = 5
LONGEST: Final = 4
COMMON: Final = frozenset(
    {"gateau", "gateaux", "bateau", "bateaux", "chateau", "chateaux", "plateaux", "coco", "cacao"}
)
"""Words that are no misspelt zone, near as they are."""


class Gazetteer:
    """The zones of one company, by all names that they have. Immutable."""

    __slots__ = ("_exact", "_names")

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._exact: dict[str, Zone] = {}
        for zone in zones:
            for name in (zone.name, *zone.aliases):
                self._exact.setdefault(fold(name), zone)
        self._names = list(self._exact)

    def find(self, words: list[str], taken: Sequence[Span] = ()) -> list[Named[tuple[Zone, ...]]]:
        """Return what is named, in order: more than one zone where a word may be either. `taken` words are others'."""
        found: list[Named[tuple[Zone, ...]]] = []
        for near in (False, True):
            for span, text in runs(words, LONGEST):
                free = not any(span.meets(other) for other in (*taken, *(each.span for each in found)))
                zones = self._near(text) if near else self._same(text)
                if free and zones:
                    found.append(Named(zones, span))
        return sorted(found, key=lambda each: each.span)

    def _same(self, text: str) -> tuple[Zone, ...]:
        zone = self._exact.get(text)
        return () if zone is None else (zone,)

    def _near(self, text: str) -> tuple[Zone, ...]:
        """Those within reach, if they are the nearest ones or not: two that may be meant are to be asked about."""
        if text in COMMON or any(each.isdecimal() for each in split(text)):
            return ()
        within = (self._exact[name] for name in self._names if _is_near(text, name))
        return tuple(dict.fromkeys(within))


def _is_near(text: str, name: str) -> bool:
    """One mistake in up to five letters, two in more; what is much shorter or longer is another word."""
    allowed = 1 if min(len(text), len(name)) <= SHORT else 2
    if len(name) <= 3 or abs(len(text) - len(name)) > allowed:
        return False
    return OSA.distance(text, name, score_cutoff=allowed) <= allowed
