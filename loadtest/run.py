"""An open-loop load under way: offered on time, measured after a warm-up, counted to the last delivery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from time import monotonic, monotonic_ns
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

from loadtest import machine
from loadtest.crew import ALONE, Crew
from loadtest.marks import Mark, Marks
from loadtest.outcome import Load, outcome
from loadtest.pacer import EVERY, NS, Pacer, Seats
from loadtest.readings import Reading, own, read
from loadtest.recorder import Recorder
from loadtest.results import LoadResult
from loadtest.scene import QUIET, Scene
from loadtest.scrape import EMPTY, Scrape
from loadtest.server_process import ServerProcess
from loadtest.share import Heard, Share, Sums, merged
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Progress, Terms, silent

TEXT = "so that a message is about as long as what people say to each other: two lines, no markup, a hundred characters"
IDLE_POLL_S = 0.1
SERVE_S = 0.02
SENDS_A_TURN = 256  # so that one who is late still takes what arrives
AHEAD_NS = 5_000_000  # by which the counters are read before a full second: a message may be due then, and would wait
EARLY_NS = 200_000  # about what a core needs to wake up
EARLY_SHARE = 0.1  # of the time between two messages, so that looking out for them stays cheap


class Listener(Protocol):
    """Somebody in a room. `account` holds the messages that arrived there."""

    @property
    def account(self) -> Account: ...


L = TypeVar("L", bound=Listener)


class Room(NamedTuple, Generic[L]):
    """One conversation of the load, the sessions in it, and what was said there."""

    conv: int
    clients: Sequence[L]
    said: Account


Say = Callable[[int, int], Room[Any]]
"""Send message `number` (its `ref` is one more) that is due at a time in nanoseconds; return where it is said."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part: the hub, the sessions in their rooms, how the next message is said, and what happens besides.

    Where several processes make the load, `rooms` are all of it, and in each the sessions of this process only; `seats`
    are the messages that are said here.
    """

    hub: ServerProcess
    swarm: Swarm
    rooms: Sequence[Room[Any]]
    tally: Tally
    say: Say
    scene: Scene = QUIET
    seats: Seats = EVERY


class Run:
    """One measurement under way, or this process' part in it."""

    def __init__(self, load: Load, cast: Cast, crew: Crew = ALONE) -> None:
        self._load = load
        self._hub = cast.hub
        self._swarm = cast.swarm
        self._rooms = cast.rooms
        self._tally = cast.tally
        self._say = cast.say
        self._scene = cast.scene
        self._seats = cast.seats
        self._crew = crew
        self._turns = Recorder()
        self._marks: list[Mark] = []

    def measure(self, terms: Terms) -> LoadResult:
        """Warm up, measure, and wait for what is still under way. Only the process that leads comes back from it.

        Raises HubFailed and WorkerLost.
        """
        start_ns = self._crew.start(self._serve)
        pacer = Pacer(self._load.rate_per_s, terms.warm_up_s + terms.seconds, start_ns, self._seats)
        self._tally.measure_from_ns = start_ns + round(terms.warm_up_s * NS)
        while (now_ns := monotonic_ns()) < self._tally.measure_from_ns - AHEAD_NS:
            self._send(pacer, now_ns)
            self._pump(pacer, self._tally.measure_from_ns - AHEAD_NS)
        self._turns = Recorder()
        scrapes = self._measured(pacer, terms)
        self._collect(scrapes)
        shares = self._crew.gather(self._share(), self._serve)
        before, after = (scrape.metrics or EMPTY for scrape in scrapes)
        return outcome(self._load, terms.seconds, merged(shares), before, after)

    def _measured(self, pacer: Pacer, terms: Terms) -> list[Scrape]:
        """Offer the measured phase; the leader looks at the hub besides."""
        if not self._crew.leads:
            self._watch(pacer, silent)
            return []
        with terms.profile(self._hub.ready.pid, terms.seconds):
            before = self._scrape()
            self._watch(pacer, terms.progress)
            return [before, self._scrape()]

    def _watch(self, pacer: Pacer, progress: Progress) -> None:
        """Offer what is left, reading the counters at the start of the measured phase, every second, and at its end."""
        end_ns = pacer.end_ns - AHEAD_NS
        marks = Marks(self._tally.measure_from_ns - AHEAD_NS, end_ns, self._read)
        seen = [self._crew.tick(marks.taken[0].reading)]
        while (now_ns := monotonic_ns()) < end_ns:
            self._send(pacer, now_ns)
            reading = marks.look(now_ns)
            if reading is not None:
                seen.append(self._crew.tick(reading))
                progress(seen)
            self._pump(pacer, end_ns)
        self._marks = marks.end()
        while not pacer.exhausted:
            self._send(pacer, monotonic_ns())
            self._pump(pacer, pacer.end_ns)

    def _read(self) -> Reading:
        return read(self._hub, self._tally) if self._crew.leads else own(self._tally)

    def _send(self, pacer: Pacer, now_ns: int) -> None:
        """Send what is due by now."""
        for number, due_ns in islice(pacer.due(now_ns), SENDS_A_TURN):
            room = self._say(number, due_ns)
            self._tally.sent(number + 1, due_ns, monotonic_ns(), room.said)
        self._scene.turn(now_ns)

    def _pump(self, pacer: Pacer, until_ns: int) -> None:
        """Serve the sockets until the next message is due, or until `until_ns`."""
        next_ns = min(pacer.next_ns() or until_ns, until_ns) - self._early_ns(pacer)
        wait_s = max(next_ns - monotonic_ns(), 0) / NS
        served_ns = self._swarm.pump(min(wait_s, IDLE_POLL_S, self._scene.poll_s))
        if served_ns:
            self._turns.add(served_ns)

    def _early_ns(self, pacer: Pacer) -> int:
        """Return how long before the next message to be awake, so that a sleeping core does not make it late."""
        return 0 if self._hub.cores.shared else round(min(EARLY_NS, pacer.gap_ns * EARLY_SHARE))

    def _serve(self) -> None:
        """Let a moment pass in which nothing is due."""
        self._scene.turn(monotonic_ns())
        self._swarm.pump(min(SERVE_S, self._scene.poll_s))

    def _scrape(self) -> Scrape:
        parts = urlsplit(self._hub.ready.http)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        return self._swarm.add(host, port, lambda raw: Scrape(raw, f"{host}:{port}"))

    def _collect(self, scrapes: Sequence[Scrape]) -> None:
        """Wait for what was sent and has not arrived everywhere, as long as anything still arrives."""
        self._wait_while(lambda: self._asked(scrapes))
        said = self._crew.expected([room.said.sum() for room in self._rooms], self._serve)
        self._wait_while(lambda: self._incomplete(said))
        if self._crew.leads:
            self._hub.check_alive()

    def _wait_while(self, waits: Callable[[], bool]) -> None:
        progress, deadline = -1, monotonic() + self._scene.patience_s
        while waits() and not self._swarm.lost():
            if self._arrived() != progress:
                progress, deadline = self._arrived(), monotonic() + self._scene.patience_s
            if monotonic() > deadline:
                break
            self._serve()

    def _asked(self, scrapes: Sequence[Scrape]) -> bool:
        waits = self._tally.unanswered or any(scrape.metrics is None for scrape in scrapes)
        return bool(waits or self._scene.pending())

    def _arrived(self) -> int:
        delivered: int = sum(client.account.count for room in self._rooms for client in room.clients)
        return self._tally.acks + delivered - self._scene.pending()

    def _incomplete(self, said: Sums) -> bool:
        rooms = zip(self._rooms, said, strict=True)
        return any(client.account.sum() != expected for room, expected in rooms for client in room.clients)

    def _share(self) -> Share:
        tally = self._tally
        return Share(
            core=machine.own_core(),
            marks=self._marks,
            latency=tally.latency.packed(),
            acks=tally.ack_latency.packed(),
            lag=tally.lag.packed(),
            turns=self._turns.packed(),
            rooms=[Heard(room.said.sum(), [client.account.sum() for client in room.clients]) for room in self._rooms],
            errors=dict(tally.errors),
            unanswered=tally.unanswered,
            lost=self._swarm.lost(),
        )
