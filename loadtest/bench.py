"""`bench`: what a hub does on one core, beside what it ought to do."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from loadtest import report
from loadtest.errors import BenchError
from loadtest.measuring import Place, measure
from loadtest.profiler import profile_of
from loadtest.results import Result
from loadtest.scenarios import NAMES, Scenario, Size, choose
from loadtest.terms import Terms
from loadtest.verdict import Verdict, worst

QUICK_S: Final = 1.0
FULL_S: Final = 10.0


def bench(options: argparse.Namespace, place: Place) -> Verdict:
    """Run the scenarios that the command line names, and show their results. Raises BenchError."""
    names = options.scenario or list(NAMES)
    unknown = set(names) - set(NAMES)
    if unknown:
        raise BenchError(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    size = Size(rate_per_s=options.rate, recipients=options.recipients, quick=options.quick)
    results = [_run(scenario, place, options) for scenario in choose(names, size)]
    profiling = "on: the figures are spoilt" if options.profile else "off"
    _show(results, {**place.describe(), "profiling": profiling}, options.json)
    return worst([result.verdict for result in results])


def _run(scenario: Scenario, place: Place, options: argparse.Namespace) -> Result:
    seconds = options.seconds or (QUICK_S if options.quick else FULL_S)
    print(f"… {scenario.name}", file=sys.stderr)  # noqa: T201
    return measure(scenario, Terms(seconds=seconds, profile=profile_of(options.profile, scenario.name)), place)


def _show(results: list[Result], setting: dict[str, Any], target: Path | None) -> None:
    print(report.summary(results))  # noqa: T201
    print(*(f"  {name}: {value}" for name, value in setting.items()), sep="\n")  # noqa: T201
    for result in results:
        print(report.text(result))  # noqa: T201
    if target is not None:
        content = {"setting": setting, "results": [report.data(result) for result in results]}
        target.write_text(json.dumps(content, indent=2) + "\n")
