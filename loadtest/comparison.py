"""Two sets of runs of one scenario, side by side: a ratio of medians with its spread for each metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

from loadtest.metrics import METRICS, Metric
from loadtest.results import Result

ENOUGH_PAIRS: Final = 5  # by chance alone five pairs point the same way once in sixteen times


class Ratio(NamedTuple):
    """Medians of both sides, their ratio b / a, and the lowest and highest ratio of a pair of runs."""

    metric: Metric
    a: float
    b: float
    ratio: float
    low: float
    high: float
    pairs: int

    @property
    def finding(self) -> str:
        """What it says: a difference counts when every one of enough pairs shows it."""
        if self.low <= 1.0 <= self.high:
            return "no clear difference"
        better = (self.low > 1.0) is self.metric.more_is_better
        word = "better" if better else "worse"
        return word if self.pairs >= ENOUGH_PAIRS else f"{word}, by {self.pairs} pair{'s'[: self.pairs != 1]} only"


def compare(a: Sequence[Result], b: Sequence[Result]) -> list[Ratio]:
    """Compare run by run, in order, for every metric that both sides have.

    Left out are runs without a partner and pairs of which the generator was saturated in one: that one shows nothing.
    """
    pairs = [pair for pair in zip(a, b, strict=False) if all(run.saturated is None for run in pair)]
    found = (_ratio(metric, pairs) for metric in METRICS.values())
    return [ratio for ratio in found if ratio is not None]


def differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """Return in which keys two scenarios differ. Settings may: most often they are what is compared."""
    lines = [f"not the same work: {key}: {left} → {right}" for key, left, right in _unlike(a, b) if key != "settings"]
    settings = _unlike(a.get("settings", {}), b.get("settings", {}))
    return lines + [f"settings.{key}: {left} → {right}" for key, left, right in settings]


def text(ratio: Ratio) -> str:
    """Return one line."""
    return (
        f"{ratio.metric.name:<20} {ratio.a:>12,.2f} → {ratio.b:>12,.2f} {ratio.metric.unit:<5} "
        f"× {ratio.ratio:.3f}  [{ratio.low:.3f} … {ratio.high:.3f}]  {ratio.finding}"
    )


def _unlike(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    both = {key: (a.get(key, "default"), b.get(key, "default")) for key in (*a, *b)}
    return [(key, left, right) for key, (left, right) in both.items() if left != right]


def _ratio(metric: Metric, pairs: Sequence[tuple[Result, Result]]) -> Ratio | None:
    both = [(metric.of(a), metric.of(b)) for a, b in pairs]
    values = [(a, b) for a, b in both if a and b is not None]  # there is no ratio to nothing
    if not values:
        return None
    each = [b / a for a, b in values]
    left, right = median(a for a, _ in values), median(b for _, b in values)
    return Ratio(metric, left, right, right / left, min(each), max(each), len(each))
