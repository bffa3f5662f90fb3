"""`peers`: contestants take turns at every work, round by round, and one table tells how they fared."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from loadtest import machine
from loadtest.contest import contest_file
from loadtest.contest.brokers import Mosquitto, Nats, Nchan
from loadtest.contest.contest_file import ContestFile, Known
from loadtest.contest.contestant import Contestant, PeerMissing
from loadtest.contest.hub import Hub
from loadtest.contest.installing import default_cache
from loadtest.contest.ledger import Row, Trial, faults
from loadtest.contest.table import table
from loadtest.contest.trial import attempt
from loadtest.contest.works import Work, choose
from loadtest.contest.written import NodePeer, PythonPeer, SocketIoPeer
from loadtest.errors import BenchError, UsageError
from loadtest.measuring import Place
from loadtest.nearest import nearest
from loadtest.output import show
from loadtest.terms import Terms
from loadtest.verdict import Verdict, worst

SECONDS: Final = 4.0
QUICK_S: Final = 0.4
WARM_UP_SHARE: Final = 0.25
ROUNDS: Final = 3


def everybody(place: Place) -> list[Contestant]:
    """Return all contestants, in the order of the table."""
    return [
        Hub(place.command),
        NodePeer("ws", "ws", "ws.mjs"),
        SocketIoPeer("socket.io", "socket.io", "socketio.mjs"),
        PythonPeer("fastapi", "FastAPI, aiosqlite", "fastapi_peer.py", ("fastapi", "uvicorn", "aiosqlite")),
        PythonPeer("websockets", "Python websockets, sqlite3", "websockets_peer.py", ("websockets",)),
        Nats(),
        Mosquitto(),
        Nchan(),
    ]


def peers(options: argparse.Namespace, place: Place) -> Verdict:
    """Measure everybody who is here, show the table, and keep it if asked. Raises BenchError."""
    if options.append and options.json is None:
        raise UsageError("--append needs --json FILE")
    works = choose(options.work, quick=options.quick)
    contestants, known, skipped = _prepared(_chosen(everybody(place), options.only), options.peers_dir)
    seconds = options.seconds or (QUICK_S if options.quick else SECONDS)
    terms = Terms(seconds=seconds, warm_up_s=seconds * WARM_UP_SHARE)
    here, place_is = machine.describe(), {**place.describe(), "seconds": f"{seconds:g}"}
    found = ContestFile(
        machine=here,
        setting=place_is,
        works={work.name: work.about for work in works},
        contestants=known,
        skipped=skipped,
        rows=contest(contestants, works, options.rounds, terms, place),
    )
    if options.json is not None:
        if options.append and options.json.exists():
            found = contest_file.joined(contest_file.read(options.json), found)
        contest_file.write(options.json, found)
    _show(found)
    return _verdict(found)


def schema() -> Verdict:
    """Show the JSON Schema of the files of contests."""
    return show(json.dumps(contest_file.schema(), indent=1))


def contest(
    contestants: Sequence[Contestant], works: Sequence[Work], rounds: int, terms: Terms, place: Place
) -> list[Row]:
    """Return the rows; at each work the contestants take turns, so that what changes on the machine hits all alike."""
    return [row for work in works for row in _rows(contestants, work, rounds, terms, place)]


def _rows(contestants: Sequence[Contestant], work: Work, rounds: int, terms: Terms, place: Place) -> Iterator[Row]:
    trials: dict[str, list[Trial]] = {contestant.name: [] for contestant in contestants}
    for number in range(rounds):
        for contestant in contestants:
            _progress(f"… {work.about}, {contestant.name}, round {number + 1} of {rounds}")
            trials[contestant.name].append(attempt(contestant, work, terms, place))
    return (Row(work=work.name, contestant=name, trials=found) for name, found in trials.items())


def _chosen(contestants: Sequence[Contestant], names: Sequence[str]) -> list[Contestant]:
    known = {contestant.name: contestant for contestant in contestants}
    for name in names:
        if name not in known:
            raise UsageError(f"no peer {name}; the nearest one is {nearest(name, known)}")
    return [contestant for contestant in contestants if not names or contestant.name in names]


def _prepared(
    contestants: Sequence[Contestant], cache: Path | None
) -> tuple[list[Contestant], dict[str, Known], dict[str, str]]:
    """Return who can take part, what they are, and why the others cannot. Raises BenchError when nobody can."""
    present, known, skipped = [], {}, {}
    for contestant in contestants:
        try:
            versions = contestant.prepare(cache or default_cache())
        except PeerMissing as error:
            skipped[contestant.name] = str(error)
        else:
            present.append(contestant)
            known[contestant.name] = Known(about=contestant.about, versions=versions, stores=contestant.stores)
    if not present:
        raise BenchError("; ".join(f"{name}: {why}" for name, why in skipped.items()))
    return present, known, skipped


def _show(found: ContestFile) -> None:
    stores = {name: known.stores for name, known in found.contestants.items()}
    show(table(found.rows, found.works, stores))
    for name, known in found.contestants.items():
        show(f"  {name}: {known.about} ({known.versions})")
    for name, why in found.skipped.items():
        show(f"  {name}: skipped: {why}")
    show("  machine: " + ", ".join(f"{name} {value}" for name, value in found.machine.items()))
    show("  setting: " + ", ".join(f"{name} {value}" for name, value in found.setting.items()))


def _verdict(found: ContestFile) -> Verdict:
    """Return saturated when any trial was; a peer that loses or does not keep up is what a contest is there to show."""
    trials = [trial for row in found.rows for trial in row.trials]
    if any(trial.result.saturated for trial in trials):
        return Verdict.SATURATED
    hub = [trial for row in found.rows if row.contestant == Hub.name for trial in row.trials]
    return worst([Verdict.FAILED if faults(trial) else Verdict.PASSED for trial in hub])


def _progress(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201
