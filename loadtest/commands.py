"""What `hubbub-load` does, verb by verb: each shows something and returns the verdict."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from loadtest import comparison, machine, report, result_file, scenario_file
from loadtest.errors import ResultFileError, UsageError
from loadtest.measuring import Place, measure
from loadtest.output import show
from loadtest.page import page
from loadtest.profiler import profile_of
from loadtest.progress import to_stderr
from loadtest.result_file import ResultFile
from loadtest.results import Result
from loadtest.terms import Terms, silent
from loadtest.verdict import Verdict, worst


def run(options: argparse.Namespace, place: Place) -> Verdict:
    """Run one scenario as often as asked, show the results, and keep them if asked. Raises BenchError."""
    if options.append and options.json is None:
        raise UsageError("--append needs --json FILE")
    name, text = scenario_file.find(options.scenario)
    table = scenario_file.table(name, text, options.set)
    spec = scenario_file.check(name, table)
    terms = Terms(
        seconds=spec.seconds,
        warm_up_s=spec.warm_up_s,
        profile=profile_of(options.profile, name),
        progress=silent if options.quiet else to_stderr(spec.seconds),
    )
    known, place_is = machine.describe(), place.describe()  # before the first run pins this process to one core
    began, runs = [], []
    for _ in range(options.repeat):
        began.append(datetime.now(UTC).isoformat(timespec="seconds"))
        runs.append(measure(scenario_file.load(name, spec), terms, place))
    found = ResultFile(name=name, scenario=table, machine=known, setting=place_is, began=began, runs=runs)
    if options.json is not None:
        _keep(options.json, found, append=options.append)
    _show(runs, place_is)
    return worst([each.verdict for each in runs])


def compare(a: Path, b: Path) -> Verdict:
    """Show what B changes against A, a line for each metric. Raises ResultFileError."""
    left, right = result_file.read(a), result_file.read(b)
    runs = [*left.runs, *right.runs]
    verdict = worst([each.verdict for each in runs])
    if verdict is not Verdict.PASSED:
        show(report.summary(runs))
    for difference in comparison.differences(left.scenario, right.scenario):
        show(difference)
    if left.machine != right.machine:
        show("not the same machine")
    if len(left.runs) != len(right.runs):
        show(f"{len(left.runs)} runs against {len(right.runs)}: those without a partner are left out")
    if verdict is Verdict.SATURATED:
        show("pairs with a saturated run are left out")
    for ratio in comparison.compare(left.runs, right.runs):
        show(comparison.text(ratio))
    return verdict


def write_page(source: Path, target: Path | None) -> Verdict:
    """Write the HTML report of a result file, by default beside it. Raises ResultFileError."""
    path = target or source.with_suffix(".html")
    content = result_file.read(source)
    try:
        path.write_text(page(content), encoding="utf-8")
    except OSError as error:
        raise ResultFileError(f"{path}: {error.strerror}") from error
    show(f"{path}: {report.summary(content.runs)}")
    return worst([each.verdict for each in content.runs])


def scenarios(name: str | None) -> Verdict:
    """Show the shipped scenarios with what they are about, or one of them whole."""
    if name is not None:
        return show(scenario_file.find(name)[1].rstrip())
    for each in scenario_file.built_in():
        _, text = scenario_file.find(each)
        show(f"{each:<18} {scenario_file.table(each, text).get('about', '')}")
    return Verdict.PASSED


def schema() -> Verdict:
    """Show the JSON Schema of result files."""
    return show(json.dumps(result_file.schema(), indent=1))


def _show(results: Sequence[Result], setting: dict[str, str]) -> None:
    show(report.summary(results))
    for name, value in setting.items():
        show(f"  {name}: {value}")
    for result in results:
        show(report.text(result))


def _keep(path: Path, found: ResultFile, *, append: bool) -> None:
    if append and path.exists():
        found = result_file.joined(result_file.read(path), found)
    result_file.write(path, found)
