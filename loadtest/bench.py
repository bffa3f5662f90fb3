"""`bench`: what a hub does on one core, beside what it ought to do."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from msgspec import Struct, to_builtins

from loadtest import machine, report
from loadtest.errors import BenchError
from loadtest.measuring import Place, measure
from loadtest.metrics import metric
from loadtest.output import show
from loadtest.profiler import profile_of
from loadtest.results import Aim, Result
from loadtest.terms import Terms
from loadtest.verdict import Verdict, worst
from loadtest.works import Prepared, Wish, choose, groups

QUICK_S: Final = 1.0
FULL_S: Final = 6.0
REPEAT: Final = 3


class Row(Struct, frozen=True, kw_only=True):
    """One figure of a work: its median over the runs that count, the least and the most of them, and what is wanted."""

    work: str
    figure: str
    unit: str
    median: float
    least: float
    most: float
    aim: Aim

    @property
    def met(self) -> bool:
        """Whether the median is as good as it ought to be."""
        return self.aim.met_by(self.median)


def bench(options: argparse.Namespace, place: Place) -> Verdict:
    """Run the works that the command line names, and show their figures. Raises BenchError."""
    names = options.scenario or groups()
    unknown = set(names) - set(groups())
    if unknown:
        raise BenchError(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(groups())}")
    known = machine.describe()  # before the first run pins this process to one core
    setting = {**place.describe(), "profiling": "on: the figures are spoilt" if options.profile else "off"}
    wish = Wish(rate_per_s=options.rate, recipients=options.recipients, quick=options.quick)
    results = [result for work in choose(names, wish) for result in _runs(work, place, options)]
    found = rows(results)
    _show(results, found, setting)
    if options.json is not None:
        _write(options.json, results, found, {"machine": known, "setting": setting})
    return worst([result.verdict for result in results])


def rows(results: Sequence[Result]) -> list[Row]:
    """Return a row for each aim of each work, over its runs whose generator kept up."""
    runs: dict[str, list[Result]] = {}
    for result in results:
        if result.verdict is not Verdict.SATURATED:
            runs.setdefault(result.name, []).append(result)
    return [
        _row(name, figure, aim, values)
        for name, each in runs.items()
        for figure, aim in each[0].aims.items()
        if (values := [value for one in each if (value := metric(figure).of(one)) is not None])
    ]


def table(found: Sequence[Row]) -> list[str]:
    """Return the rows as lines of text, under a heading."""
    lines = [f"{'work':<44} {'figure':<20} {'median':>10}  {'least–most':>19}  {'aim':>12}"]
    for row in found:
        sign = "≥" if row.aim.at_least else "≤"
        wanted = f"{sign} {row.aim.value:,g}"
        span = f"{row.least:,.2f}–{row.most:,.2f}"
        mark = "" if row.met else "  missed"
        lines.append(f"{row.work:<44} {row.figure:<20} {row.median:>10,.2f}  {span:>19}  {wanted:>12}{mark}")
    return lines


def _row(work: str, figure: str, aim: Aim, values: Sequence[float]) -> Row:
    return Row(
        work=work,
        figure=figure,
        unit=metric(figure).unit,
        median=median(values),
        least=min(values),
        most=max(values),
        aim=aim,
    )


def _runs(work: Prepared, place: Place, options: argparse.Namespace) -> list[Result]:
    count = 1 if work.once or options.quick else options.repeat
    # What takes its time takes what its scenario says.
    seconds = options.seconds or (QUICK_S if options.quick else work.spec.seconds if work.once else FULL_S)
    terms = Terms(seconds=seconds, warm_up_s=work.spec.warm_up_s, profile=profile_of(options.profile, work.name))
    results = []
    for number in range(count):
        print(f"… {work.name} ({number + 1} of {count})", file=sys.stderr)  # noqa: T201
        results.append(measure(work.load, terms, place))
    return results


def _show(results: Sequence[Result], found: Sequence[Row], setting: dict[str, Any]) -> None:
    show(report.summary(results))
    for name, value in setting.items():
        show(f"  {name}: {value}")
    for result in results:
        show(report.text(result))
    if found:
        for line in ("", *table(found)):
            show(line)


def _write(target: Path, results: Sequence[Result], found: Sequence[Row], known: dict[str, Any]) -> None:
    content = {
        **known,
        "results": [report.data(result) for result in results],
        "table": [{**to_builtins(row), "met": row.met} for row in found],
    }
    target.write_text(json.dumps(content, indent=2) + "\n")
