"""`python -m loadtest bench`: what a hub does on one core; `python -m loadtest capacity`: what the generator can take.

Exit codes: 0 everything delivered, 1 something was not (or no figures could be had), 2 wrong usage, 3 the generator was
saturated and the figures mean nothing.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Any

from loadtest import capacity, machine, report
from loadtest.errors import BenchError
from loadtest.hub_process import HubProcess, default_command
from loadtest.profiler import flame_graph
from loadtest.results import Result
from loadtest.scenarios import NAMES, Scenario, Size, choose
from loadtest.terms import Profile, Terms, no_profile
from loadtest.verdict import Verdict, worst

QUICK_S = 1.0
FULL_S = 10.0


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = parser().parse_args(arguments)
    machine.raise_file_limit()
    try:
        return int(_capacity(options) if options.command == "capacity" else _bench(options))
    except BenchError as error:
        print(f"FAILED: {error}", file=sys.stderr)  # noqa: T201
        return Verdict.FAILED


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m loadtest", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    bench = commands.add_parser("bench", help="measure a hub")
    bench.add_argument("scenario", nargs="*", help=f"of {', '.join(NAMES)} (default: all)")
    bench.add_argument("--seconds", type=_positive, help=f"how long to measure each (default: {FULL_S:g})")
    bench.add_argument("--rate", type=_positive, help="messages per second instead of the scenario's own")
    bench.add_argument("--recipients", type=int, help="members of the room that listens, or idle sessions")
    bench.add_argument("--quick", action="store_true", help="a small load for a second: does it work at all?")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    bench.add_argument("--profile", type=Path, metavar="DIR", help="write flame graphs there (spoils the figures)")
    bench.add_argument("--data", type=Path, metavar="DIR", help="where the hubs keep their data (default: temporary)")
    bench.add_argument("--hub", metavar="COMMAND", help="the program to measure (default: hubbub beside this Python)")
    ceiling = commands.add_parser("capacity", help="measure the generator's receiving side alone")
    ceiling.add_argument("--seconds", type=_positive, default=3.0)
    return top


def _positive(value: str) -> float:
    number = float(value)
    if not number > 0:
        raise ValueError
    return number


def _bench(options: argparse.Namespace) -> Verdict:
    names = options.scenario or list(NAMES)
    unknown = set(names) - set(NAMES)
    if unknown:
        raise BenchError(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}")
    size = Size(rate_per_s=options.rate, recipients=options.recipients, quick=options.quick)
    cores = machine.choose_cores()  # before the first pinning: it is asked of what this process may use
    results = [_run(scenario, cores, options) for scenario in choose(names, size)]
    _show(results, _setting(cores, options), options.json)
    return worst([result.verdict for result in results])


def _run(scenario: Scenario, cores: machine.Cores, options: argparse.Namespace) -> Result:
    seconds = options.seconds or (QUICK_S if options.quick else FULL_S)
    profile: Profile = no_profile
    if options.profile is not None:
        options.profile.mkdir(parents=True, exist_ok=True)
        profile = flame_graph(options.profile / f"{scenario.name.translate(FILE_NAME)}.svg")
    command = shlex.split(options.hub) if options.hub else default_command()
    print(f"… {scenario.name}", file=sys.stderr)  # noqa: T201
    with tempfile.TemporaryDirectory(prefix="hubbub-bench-", dir=options.data) as directory:
        hub = HubProcess(
            Path(directory), scenario.provision(), settings=scenario.settings, command=command, cores=cores
        )
        with hub:
            # What lives now lives to the end: collecting it again and again would only make the generator late.
            gc.collect()
            gc.freeze()
            gc.disable()
            try:
                return scenario.run(hub, Terms(seconds=seconds, profile=profile))
            finally:
                gc.enable()


def _show(results: list[Result], setting: dict[str, Any], target: Path | None) -> None:
    print(report.summary(results))  # noqa: T201
    print(*(f"  {name}: {value}" for name, value in setting.items()), sep="\n")  # noqa: T201
    for result in results:
        print(report.text(result))  # noqa: T201
    if target is not None:
        content = {"setting": setting, "results": [report.data(result) for result in results]}
        target.write_text(json.dumps(content, indent=2) + "\n")


def _setting(cores: machine.Cores, options: argparse.Namespace) -> dict[str, Any]:
    """Return what a reader must know of the machine to believe the figures."""
    kind = machine.filesystem(options.data or Path(tempfile.gettempdir()))
    return {
        "python": platform.python_version(),
        "cores": "hub and generator share one core"
        if cores.shared
        else f"hub on {cores.hub}, generator on {cores.generator}",
        "data on": f"{kind}: nothing is ever synced to a disk" if kind in machine.UNSYNCED else kind,
        "profiling": "on: the figures are spoilt" if options.profile else "off",
    }


def _capacity(options: argparse.Namespace) -> Verdict:
    print(capacity.text(capacity.measure(options.seconds)))  # noqa: T201
    return Verdict.PASSED


FILE_NAME = str.maketrans({" ": "-", "×": "x", "/": "-", ",": ""})

if __name__ == "__main__":
    sys.exit(main())
