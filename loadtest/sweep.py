"""The highest rate that a hub bears: found by halving the ratio between one that it does and one that it does not."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import sqrt
from typing import Final, NamedTuple

from loadtest.errors import UsageError
from loadtest.metrics import Metric, metric
from loadtest.results import Aim, Result
from loadtest.verdict import Verdict

_CONDITION: Final = re.compile(r"^\s*([\w.]+)\s*(<=|>=)\s*([0-9.]+)\s*$")


class Outcome(Enum):
    """What became of one rate. The words are those that are shown."""

    MET = "met"
    MISSED = "missed"
    SATURATED = "generator saturated"


class Step(NamedTuple):
    """One rate that was tried, and why it was not met."""

    rate_per_s: float
    outcome: Outcome
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A figure and what it must be."""

    metric: Metric
    aim: Aim

    def missed_by(self, result: Result) -> str | None:
        """Return why the result does not meet it; None when it does. A figure that is not there meets nothing."""
        value = self.metric.of(result)
        if value is None:
            return f"{self.metric.name} was not measured"
        return None if self.aim.met_by(value) else f"{self.metric.name} = {value:,.2f} {self.metric.unit}"


@dataclass(frozen=True, slots=True)
class Found:
    """The highest rate that was met (None: not even the lowest) and the lowest above it that was not (None: none)."""

    best: float | None
    limit: Step | None


def condition(text: str) -> Condition:
    """Return what `latency.p99<=50` means. Raises UsageError."""
    match = _CONDITION.match(text)
    if match is None:
        raise UsageError(f"{text}: expected METRIC<=NUMBER or METRIC>=NUMBER")
    name, sign, value = match.groups()
    return Condition(metric(name), Aim(value=float(value), at_least=sign == ">="))


def judge(rate_per_s: float, result: Result, conditions: Sequence[Condition]) -> Step:
    """Return what a run at this rate shows. What was lost or refused is never met, whatever the conditions say."""
    if result.saturated is not None:
        return Step(rate_per_s, Outcome.SATURATED, result.saturated)
    if result.verdict is not Verdict.PASSED:
        return Step(rate_per_s, Outcome.MISSED, "; ".join(result.problems))
    reasons = [reason for each in conditions if (reason := each.missed_by(result)) is not None]
    return Step(rate_per_s, Outcome.MISSED if reasons else Outcome.MET, "; ".join(reasons))


def highest(low: float, high: float, precision: float, attempt: Callable[[float], Step]) -> Found:
    """Search between two rates until what is met and what is not are a share of `precision` or less apart."""
    if not 0 < low <= high:
        raise UsageError("the lowest rate must be above zero and not above the highest")
    for edge in (low, high):
        step = attempt(edge)
        if step.outcome is not Outcome.MET:
            break
    else:
        return Found(high, None)
    if edge == low:
        return Found(None, step)
    best = low
    while step.rate_per_s / best > 1 + precision:
        middle = attempt(sqrt(best * step.rate_per_s))
        if middle.outcome is Outcome.MET:
            best = middle.rate_per_s
        else:
            step = middle
    return Found(best, step)
