"""Zones of delivery in the words of a message, misspelt as they come."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from actors.order.choosing import Named
from actors.order.company import Zone
from actors.order.words import Span, fold, runs

SHORT: Final = 5
SLACK: Final = 2
LONGEST: Final = 4
COMMON: Final = frozenset({"plateaux"})
"""Words that are no misspelt zone, near as they are."""


class Gazetteer:
    """The zones of one company, by all names that they have. Immutable."""

    __slots__ = ("_by_length", "_exact")

    def __init__(self, zones: Iterable[Zone]) -> None:
        self._exact: dict[str, Zone] = {}
        for zone in zones:
            for name in (zone.name, *zone.aliases):
                self._exact.setdefault(fold(name), zone)
        self._by_length: dict[int, list[str]] = {}
        for name in self._exact:
            for length in range(len(name) - SLACK, len(name) + SLACK + 1):
                self._by_length.setdefault(length, []).append(name)

    def find(self, words: list[str], taken: Sequence[Span] = ()) -> list[Named[tuple[Zone, ...]]]:
        """Return what is named, in order: more than one zone where a word may be either. `taken` words are others'."""
        found: list[Named[tuple[Zone, ...]]] = []
        used = {place for span in taken for place in range(*span)}
        for near in (False, True):
            for span, text in runs(words, LONGEST):
                zones = self._near(text) if near else self._same(text)
                if zones and used.isdisjoint(range(*span)):
                    found.append(Named(zones, span))
                    used.update(range(*span))
        return sorted(found, key=lambda each: each.span)

    def _same(self, text: str) -> tuple[Zone, ...]:
        zone = self._exact.get(text)
        return () if zone is None else (zone,)

    def _near(self, text: str) -> tuple[Zone, ...]:
        """Those within reach, if they are the nearest ones or not: two that may be meant are to be asked about."""
        names = self._by_length.get(len(text), ())
        if not names or text in COMMON or any(each.isdecimal() for each in text):
            return ()
        within = (self._exact[name] for name in names if _is_near(text, name))
        return tuple(dict.fromkeys(within))


def _is_near(text: str, name: str) -> bool:
    """One mistake in up to five letters, two in more, and then not in the first one: `gâteau` is not `Plateau`."""
    allowed = 1 if min(len(text), len(name)) <= SHORT else 2
    if len(name) <= 3 or abs(len(text) - len(name)) > allowed:
        return False
    mistakes = OSA.distance(text, name, score_cutoff=allowed)
    return mistakes <= (allowed if text[0] == name[0] else 1)
