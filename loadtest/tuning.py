"""`sweep`: the highest rate that meets what is asked of it, for every combination of some settings."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from itertools import product

from loadtest import scenario_file
from loadtest.errors import UsageError
from loadtest.measuring import Place, measure
from loadtest.output import show
from loadtest.results import Result
from loadtest.specs import AnySpec
from loadtest.sweep import Condition, Found, Outcome, Step, condition, highest, judge
from loadtest.terms import Terms
from loadtest.verdict import Verdict, worst

TRIES = 3  # a neighbour that was busy for a moment is not the generator's end


def sweep(options: argparse.Namespace, place: Place) -> Verdict:
    """Search, show every step and what was found. Raises BenchError."""
    conditions = [condition(each) for each in options.slo]
    variants = list(product(*(_variants(each) for each in options.over)))
    trials = [Trial(options.scenario, [*options.set, *variant], conditions, place) for variant in variants]
    results: dict[tuple[str, ...], Found] = {}
    for variant, trial in zip(variants, trials, strict=True):
        show(" ".join((options.scenario, *variant)))
        results[variant] = highest(options.lowest, options.highest, options.precision, trial)
        show(_found(results[variant], options.highest))
    if len(results) > 1:
        show(_table(results))
    return worst([_verdict(found) for found in results.values()])


class Trial:
    """Called with a rate, runs the scenario at it and tells what that shows."""

    def __init__(self, scenario: str, changes: Sequence[str], conditions: Sequence[Condition], place: Place) -> None:
        self._name, self._text = scenario_file.find(scenario)
        self._changes = changes
        self._conditions = conditions
        self._place = place
        self._spec(1.0)  # a key that does not exist is told before the first of many runs

    def __call__(self, rate_per_s: float) -> Step:
        """Try, and try again while it is the generator that cannot. Raises BenchError."""
        for _ in range(TRIES):
            step = judge(rate_per_s, self._run(rate_per_s), self._conditions)
            show(f"  {rate_per_s:>10,.1f}/s  {step.outcome.value}  {step.reason}".rstrip())
            if step.outcome is not Outcome.SATURATED:
                break
        return step

    def _run(self, rate_per_s: float) -> Result:
        spec = self._spec(rate_per_s)
        terms = Terms(seconds=spec.seconds, warm_up_s=spec.warm_up_s)
        return measure(scenario_file.load(self._name, spec), terms, self._place)

    def _spec(self, rate_per_s: float) -> AnySpec:
        changes = [*self._changes, f"rate_per_s={rate_per_s!r}"]
        return scenario_file.check(self._name, scenario_file.table(self._name, self._text, changes))


def _variants(over: str) -> list[str]:
    key, equals, values = over.partition("=")
    if not equals or not all(values.split(",")):
        raise UsageError(f"{over}: expected KEY=VALUE,VALUE")
    return [f"{key}={value}" for value in values.split(",")]


def _found(found: Found, asked: float) -> str:
    best = "nothing in the range" if found.best is None else f"{found.best:,.1f}/s"
    if found.limit is None:
        return f"highest: {best}, which is all that was asked for ({asked:g}/s)"
    if found.limit.outcome is Outcome.SATURATED:
        return f"highest: {best}; GENERATOR SATURATED above, so that the hub may bear more"
    return f"highest: {best}; {found.limit.rate_per_s:,.1f}/s is too much: {found.limit.reason}"


def _table(results: Mapping[tuple[str, ...], Found]) -> str:
    """Return what was found for every combination, the best one first."""
    ranked = sorted(results.items(), key=lambda result: -(result[1].best or 0.0))
    return "\n".join(f"{_range(found):>24}  {' '.join(variant)}" for variant, found in ranked)


def _range(found: Found) -> str:
    best = "nothing" if found.best is None else f"{found.best:,.1f}/s"
    open_ended = found.limit is None or found.limit.outcome is Outcome.SATURATED
    return f"{best} or more" if open_ended else best


def _verdict(found: Found) -> Verdict:
    if found.limit is not None and found.limit.outcome is Outcome.SATURATED:
        return Verdict.SATURATED
    return Verdict.FAILED if found.best is None else Verdict.PASSED
