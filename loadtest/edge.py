"""What a REST post costs a hub, beside a post that does nothing on the same stack: hypercorn and quart-trio.

The same requests come from the same client at the same rate, in turns, so that a ratio is of one machine and one
minute. The hub's post knows its bot, is on disk before its answer, and is heard by everybody in the room.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from loadtest import comparison, report
from loadtest.bot_load import BotLoad
from loadtest.contest.peer_process import PeerProcess, free_port
from loadtest.measuring import Place, measure, no_collections
from loadtest.metrics import METRICS
from loadtest.output import show
from loadtest.rest import Poster, add_message
from loadtest.results import Aim, LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.server_process import ServerProcess
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms
from loadtest.verdict import Verdict, worst

SCRIPT: Final = Path(__file__).parent / "peers" / "python" / "noop_quart.py"
BOTS: Final = 50
MEMBERS: Final = (2, 50)
RATE_PER_S: Final = 500.0
ROUNDS: Final = 5
SECONDS: Final = 5.0
KEY: Final = "k" * 43
AIM: Final = Aim(value=1.5)
"""Of the ratio of processor times."""
SHOWN: Final = frozenset(METRICS[name] for name in ("hub_us_per_publish", "acks.p50", "acks.p99", "acked_per_s"))


@dataclass(frozen=True, kw_only=True)
class NoopLoad:
    """The posts of `bots` in turn, `rate_per_s` in all, to a server that answers them and does nothing else."""

    name: str = "quart-trio no-op"
    bots: int = BOTS
    rate_per_s: float = RATE_PER_S
    members: int = 0
    aims: Mapping[str, Aim] = field(default_factory=dict)

    def run(self, server: ServerProcess, terms: Terms) -> LoadResult:
        """Warm up, measure, and wait for the last answers."""
        tally, room = Tally(), Room[Any](0, [], Account())
        parts = urlsplit(server.ready.ws)
        host, port = str(parts.hostname), int(parts.port or 0)
        with Swarm(server.ready.ws, tally) as swarm:
            posters = [swarm.add(host, port, lambda raw: Poster(raw, tally)) for _ in range(self.bots)]

            def say(number: int, due_ns: int) -> Room[Any]:
                posters[number % self.bots].post(number + 1, add_message(f"{host}:{port}", KEY, due_ns, TEXT))
                return room

            return Run(self, Cast(server, swarm, [room], tally, say)).measure(terms)


def edge(options: argparse.Namespace, place: Place) -> Verdict:
    """Measure both in turns, and show what the hub takes beside the other. Raises BenchError."""
    terms = Terms(seconds=options.seconds)
    loads = [
        BotLoad(name=f"bots over REST, {count} members", bots=BOTS, members=count, rate_per_s=options.rate)
        for count in options.members
    ]
    noops: list[LoadResult] = []
    hubs: list[list[LoadResult]] = [[] for _ in loads]
    for _ in range(options.rounds):
        noops.append(_noop(NoopLoad(rate_per_s=options.rate), terms, place))
        for load, runs in zip(loads, hubs, strict=True):
            runs.append(_hub(load, terms, place))
    everything = [*noops, *(result for runs in hubs for result in runs)]
    show(report.summary(everything))
    for line in lines(noops, hubs):
        show(line)
    return worst([result.verdict for result in everything])


def lines(noops: Sequence[LoadResult], hubs: Sequence[Sequence[LoadResult]]) -> Iterator[str]:
    """Return a line for each metric of each of the hub's loads, a no-op's on the left, and how the aim was met."""
    for runs in hubs:
        yield f"{noops[0].name} → {runs[0].name}, {runs[0].rate_per_s:g}/s"
        for ratio in comparison.compare(noops, runs):
            if ratio.metric in SHOWN:
                yield f"  {comparison.text(ratio)}"
            if ratio.metric.name == "hub_us_per_publish":
                met = "met" if AIM.met_by(ratio.ratio) else "missed"
                yield f"  aim {met}: × {ratio.ratio:.2f}, wanted ≤ {AIM.value:g}"


def _hub(load: BotLoad, terms: Terms, place: Place) -> LoadResult:
    result = measure(load, terms, place)
    if not isinstance(result, LoadResult):
        raise TypeError("a load of bots has another result")
    return result


def _noop(load: NoopLoad, terms: Terms, place: Place) -> LoadResult:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="hubbub-load-", dir=place.data) as directory:
        arguments = [sys.executable, str(SCRIPT), str(port)]
        server = PeerProcess(load.name, arguments, port=port, directory=Path(directory), cores=place.cores)
        with server, no_collections():
            return load.run(server, terms)
