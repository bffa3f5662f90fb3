"""One contestant at one work."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import monotonic
from types import MappingProxyType
from typing import Final, NamedTuple

from loadtest.contest.contestant import Contestant, Seat, Speaker
from loadtest.contest.ledger import Trial, holds
from loadtest.contest.works import Ladder, Work
from loadtest.errors import UsageError
from loadtest.measuring import Place, no_collections
from loadtest.results import Aim, LoadResult
from loadtest.room_load import seats
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.server_process import ServerProcess
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms

SETTLE_S: Final = 0.3
ENOUGH_TO_WEIGH: Final = 50  # what fewer connections take is lost in what else a process takes and returns
TRIES: Final = 2  # a neighbour that was busy for a moment is not the end of a ladder
STEP_SHARE: Final = 0.5  # of the time that is measured otherwise


class Offer(NamedTuple):
    """What a run must know of its load."""

    name: str
    members: int
    rate_per_s: float
    aims: Mapping[str, Aim] = MappingProxyType({})


def attempt(contestant: Contestant, work: Work, terms: Terms, place: Place) -> Trial:
    """Start the server, let everybody in, put the load on it, count what it has kept. Raises BenchError."""
    began = datetime.now(UTC).isoformat(timespec="seconds")
    with tempfile.TemporaryDirectory(prefix="hubbub-load-", dir=place.data) as path:
        directory = Path(path)
        server = contestant.server(work.sizes, directory, place)
        with server, no_collections(), Swarm(server.ready.ws, Tally()) as swarm:
            bout = Bout(contestant, work, server, swarm)
            weight = bout.enter()
            result, capped = _put(work, bout, terms)
            return Trial(
                began=began,
                result=result,
                sent=bout.sent,
                stored=contestant.stored(server, directory) if contestant.durable else None,
                durable=contestant.durable,
                bytes_per_connection=weight,
                capped=capped,
            )


class Climb(NamedTuple):
    """The run at the highest rate that was borne, and why that is not the server's own limit; None when it is."""

    best: LoadResult
    capped: str | None = None


def climb(ladder: Ladder, run: Callable[[float], LoadResult]) -> Climb:
    """Return what `run` makes of the highest rate that is borne; when not even the lowest is, of that one."""
    best: LoadResult | None = None
    for rate in ladder.rates():
        for _ in range(TRIES):
            result = run(rate)
            if holds(result, ladder.p99_ms):
                break
        else:
            saturated = result.saturated and f"the generator was saturated at {rate:,.0f}/s: {result.saturated}"
            return Climb(best or result, saturated)
        best = result
    if best is None:
        raise UsageError("a ladder without a step")
    return Climb(best, "no higher rate was tried")


class Bout:
    """The sessions of one trial, signed in once, and one run of the load or several. `sent` counts those of all."""

    def __init__(self, contestant: Contestant, work: Work, server: ServerProcess, swarm: Swarm) -> None:
        self._contestant = contestant
        self._work = work
        self._server = server
        self._swarm = swarm
        self._speakers: list[Speaker] = []
        self.sent = 0

    def enter(self) -> float | None:
        """Let everybody in, and return how many bytes that took of the server for each; None: too few to tell."""
        places = [Seat(room, member) for room, size in enumerate(self._work.sizes) for member in range(size)]
        tally = Tally()
        before = self._server.resident_bytes()
        self._speakers = self._swarm.gather(
            len(places), lambda number: self._contestant.connect(self._server, self._swarm, places[number], tally)
        )
        deadline = monotonic() + SETTLE_S
        while monotonic() < deadline:
            self._swarm.pump(SETTLE_S)
        taken = self._server.resident_bytes() - before
        return taken / len(places) if len(places) >= ENOUGH_TO_WEIGH else None

    def run(self, rate_per_s: float, terms: Terms) -> LoadResult:
        """Put the load on the server once."""
        tally, rooms = Tally(), self._rooms()
        for speaker in self._speakers:
            speaker.answers = speaker.arrivals = tally
        turns = [
            (rooms[room], rooms[room].clients[member]) for room, member in seats(self._work.sizes, self._work.senders)
        ]

        def say(number: int, due_ns: int) -> Room[Speaker]:
            room, speaker = turns[number % len(turns)]
            speaker.say(number + 1, due_ns, TEXT)
            return room

        offer = Offer(self._work.about, self._work.members, rate_per_s)
        result = Run(offer, Cast(self._server, self._swarm, rooms, tally, say)).measure(terms)
        self.sent += result.published
        return result

    def _rooms(self) -> list[Room[Speaker]]:
        """Return the rooms with new accounts: each run is counted by itself."""
        for speaker in self._speakers:
            speaker.account = Account()
        speakers = iter(self._speakers)
        return [Room(room, list(islice(speakers, size)), Account()) for room, size in enumerate(self._work.sizes)]


def _put(work: Work, bout: Bout, terms: Terms) -> Climb:
    """Put the load of a work on a server: once, or at one rate after the other."""
    if work.ladder is None:
        return Climb(bout.run(work.rate_per_s, terms))
    step = Terms(seconds=terms.seconds * STEP_SHARE, warm_up_s=terms.warm_up_s * STEP_SHARE)
    return climb(work.ladder, lambda rate: bout.run(rate, step))
