"""Measure a Hubbub hub: `hubbub-load run` for one scenario, `bench` for the table of all that have aims.

Exit codes: 0 everything delivered, 1 something was not (or no figures could be had), 2 wrong usage, 3 the generator was
saturated and the figures mean nothing, 130 interrupted: the hub and all processes of the generator are ended before.
"""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
from pathlib import Path

from loadtest import capacity, commands, edge, machine
from loadtest.bench import FULL_S, REPEAT, bench
from loadtest.contest import contest
from loadtest.errors import BenchError, UsageError
from loadtest.hub_process import default_command
from loadtest.measuring import Place
from loadtest.output import show
from loadtest.tuning import sweep
from loadtest.verdict import Verdict
from loadtest.works import groups

USAGE = 2
INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = parser().parse_args(arguments)
    machine.raise_file_limit()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a hub must not outlive what measures it
    try:
        return int(_run(options))
    except UsageError as error:
        print(f"hubbub-load: {error}", file=sys.stderr)  # noqa: T201
        return USAGE
    except BenchError as error:
        print(f"FAILED: {error}", file=sys.stderr)  # noqa: T201
        return Verdict.FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(prog="hubbub-load", description=__doc__)
    verbs = top.add_subparsers(dest="command", required=True)
    _add_bench(verbs.add_parser("bench", help="measure a hub in everything that it has aims for"))
    _add_run(verbs.add_parser("run", help="measure a hub in one scenario"))
    _add_sweep(verbs.add_parser("sweep", help="find the highest rate that meets conditions"))
    drawn = verbs.add_parser("report", help="draw the results of a file as one HTML file")
    drawn.add_argument("file", type=Path)
    drawn.add_argument("--output", type=Path, metavar="FILE", help="where to (default: beside it, as .html)")
    compare = verbs.add_parser("compare", help="set the results of two files against each other")
    compare.add_argument("a", type=Path)
    compare.add_argument("b", type=Path)
    scenarios = verbs.add_parser("scenarios", help="list the scenarios that are shipped, or show one")
    scenarios.add_argument("scenario", nargs="?")
    _add_edge(verbs.add_parser("edge", help="measure a REST post beside one that does nothing on the same stack"))
    _add_peers(verbs.add_parser("peers", help="give a hub and what people would otherwise write the same work"))
    schema = verbs.add_parser("schema", help="print the JSON Schema of result files")
    schema.add_argument("of", nargs="?", choices=("results", "peers"), default="results")
    ceiling = verbs.add_parser("capacity", help="measure the generator's receiving side alone")
    ceiling.add_argument("--seconds", type=_positive, default=3.0)
    return top


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("scenario", nargs="*", help=f"of {', '.join(groups())} (default: all)")
    bench.add_argument("--seconds", type=_positive, help=f"how long to measure each (default: {FULL_S:g})")
    bench.add_argument(
        "--repeat", type=_whole, default=REPEAT, help="runs of each, for a median (default: %(default)s)"
    )
    bench.add_argument("--rate", type=_positive, help="messages per second instead of the scenario's own")
    bench.add_argument("--recipients", type=int, help="members of the room that listens, or idle sessions")
    bench.add_argument("--quick", action="store_true", help="a small load for a second: does it work at all?")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    bench.add_argument("--profile", type=Path, metavar="DIR", help="write flame graphs there (spoils the figures)")
    _add_place(bench)


def _add_run(run: argparse.ArgumentParser) -> None:
    _add_scenario(run)
    run.add_argument("--repeat", type=_whole, default=1, help="how many runs, each on a new hub (default: 1)")
    run.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    run.add_argument("--append", action="store_true", help="keep the runs that are in FILE already")
    run.add_argument("--profile", type=Path, metavar="DIR", help="write flame graphs there (spoils the figures)")
    run.add_argument("--quiet", action="store_true", help="show no progress")
    _add_place(run)


def _add_sweep(verb: argparse.ArgumentParser) -> None:
    _add_scenario(verb)
    condition = "such as latency.p99<=50 (repeatable)"
    verb.add_argument("--slo", action="append", required=True, metavar="METRIC<=NUMBER", help=condition)
    verb.add_argument("--from", dest="lowest", type=_positive, required=True, metavar="RATE", help="lowest, per second")
    verb.add_argument("--to", dest="highest", type=_positive, required=True, metavar="RATE", help="highest, per second")
    verb.add_argument("--precision", type=_positive, default=0.1, help="as a share of the rate (default: 0.1)")
    over = "search anew for each value (repeatable: for each combination)"
    verb.add_argument("--over", action="append", default=[], metavar="KEY=A,B", help=over)
    _add_place(verb)


def _add_peers(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these contestants (default: all)")
    verb.add_argument("--work", nargs="+", default=[], metavar="NAME", help="these works (default: all)")
    verb.add_argument("--rounds", type=_whole, default=contest.ROUNDS, help="turns of each (default: %(default)s)")
    verb.add_argument("--seconds", type=_positive, help=f"how long to measure (default: {contest.SECONDS:g})")
    verb.add_argument("--quick", action="store_true", help="a small load for a moment: does it work at all?")
    where = "where peers are installed (default: below the user's cache directory)"
    verb.add_argument("--peers-dir", type=Path, metavar="DIR", help=where)
    verb.add_argument("--json", type=Path, metavar="FILE", help="write the results there as well")
    verb.add_argument("--append", action="store_true", help="add to what is in FILE already, and show it all")
    _add_place(verb)


def _add_edge(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--rounds", type=_whole, default=edge.ROUNDS, help="turns of each (default: %(default)s)")
    verb.add_argument(
        "--seconds", type=_positive, default=edge.SECONDS, help="how long to measure (default: %(default)g)"
    )
    verb.add_argument("--rate", type=_positive, default=edge.RATE_PER_S, help="posts a second (default: %(default)g)")
    heard = "who listens in the hub's room, each a load of its own (default: 2 and 50)"
    verb.add_argument("--members", type=_whole, nargs="+", default=edge.MEMBERS, metavar="N", help=heard)
    _add_place(verb)


def _add_scenario(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("scenario", help="the name of one that is shipped, or a file that ends in .toml")
    verb.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change the scenario (repeatable)"
    )
    verb.add_argument(
        "--processes", dest="set", action="append", type=_processes, metavar="N", help="make the load with so many"
    )


def _add_place(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--data", type=Path, metavar="DIR", help="where the hubs keep their data (default: temporary)")
    verb.add_argument("--hub", metavar="COMMAND", help="the program to measure (default: hubbub beside this Python)")


def _run(options: argparse.Namespace) -> Verdict:
    match options.command:
        case "bench":
            return bench(options, _place(options))
        case "run":
            return commands.run(options, _place(options))
        case "sweep":
            return sweep(options, _place(options))
        case "report":
            return commands.write_page(options.file, options.output)
        case "compare":
            return commands.compare(options.a, options.b)
        case "scenarios":
            return commands.scenarios(options.scenario)
        case "edge":
            return edge.edge(options, _place(options))
        case "peers":
            return contest.peers(options, _place(options))
        case "schema":
            return contest.schema() if options.of == "peers" else commands.schema()
        case _:
            return show(capacity.text(capacity.measure(options.seconds)))


def _place(options: argparse.Namespace) -> Place:
    command = shlex.split(options.hub) if options.hub else default_command()
    return Place(command, machine.choose_cores(), options.data)


def _positive(value: str) -> float:
    number = float(value)
    if not number > 0:
        raise ValueError
    return number


def _whole(value: str) -> int:
    number = int(value)
    if number < 1:
        raise ValueError
    return number


def _processes(value: str) -> str:
    return f"processes={_whole(value)}"


if __name__ == "__main__":
    sys.exit(main())
