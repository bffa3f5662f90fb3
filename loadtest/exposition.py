"""The Prometheus text format, as far as a comparison of two scrapes needs it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, TypeAlias

Labels: TypeAlias = frozenset[tuple[str, str]]
Metrics: TypeAlias = Mapping[tuple[str, Labels], float]

NO_LABELS: Final[Labels] = frozenset()

_SAMPLE: Final = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)", re.MULTILINE)
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Histogram:
    """What a histogram counted: `(upper bound, values up to it)`, ascending, and the sum of all values."""

    buckets: tuple[tuple[float, float], ...]
    total: float

    @property
    def count(self) -> float:
        """How many values."""
        return self.buckets[-1][1] if self.buckets else 0.0

    @property
    def mean(self) -> float:
        """Their mean; 0 when there are none."""
        return self.total / self.count if self.count else 0.0

    def quantile(self, share: float) -> float:
        """Return about the value that `share` of all do not exceed, taken to lie evenly inside their bucket.

        What lies above the last finite bound is given as that bound; 0 when there are no values.
        """
        wanted = share * self.count
        for (low, below), (high, reached) in pairwise(((0.0, 0.0), *self.buckets)):
            if reached >= wanted > below:
                return low if high == float("inf") else low + (high - low) * (wanted - below) / (reached - below)
        return 0.0


def parse(text: str) -> Metrics:
    """Return every sample by its name and labels. What is no sample is skipped."""
    return {(name, frozenset(_LABEL.findall(labels))): float(value) for name, labels, value in _SAMPLE.findall(text)}


def grown(before: Metrics, after: Metrics, name: str, labels: Labels = NO_LABELS) -> Histogram:
    """Return what a histogram counted between two scrapes; one without values if it is in neither."""
    key = f"{name}_sum", labels
    return Histogram(_buckets(before, after, name, labels), after.get(key, 0.0) - before.get(key, 0.0))


def _buckets(before: Metrics, after: Metrics, name: str, labels: Labels) -> tuple[tuple[float, float], ...]:
    found = []
    for (metric, tags), value in after.items():
        bound = dict(tags - labels)
        if metric == f"{name}_bucket" and tags >= labels and bound.keys() == {"le"}:
            found.append((float(bound["le"]), value - before.get((metric, tags), 0.0)))
    return tuple(sorted(found))
