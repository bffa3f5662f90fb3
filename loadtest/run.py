"""An open-loop load under way: offered on time, measured after a warm-up, counted to the last delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic, monotonic_ns
from typing import Any, Generic, NamedTuple, Protocol, TypeVar
from urllib.parse import urlsplit

from loadtest.pacer import NS, Pacer
from loadtest.readings import Reading, points, rates, read
from loadtest.recorder import Recorder
from loadtest.results import Aim, LoadResult
from loadtest.scene import QUIET, Scene
from loadtest.scrape import EMPTY, Scrape
from loadtest.server_process import ServerProcess
from loadtest.split import split
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Progress, Terms

START_DELAY_NS = NS // 20
PATIENCE_S = 3.0
TEXT = "so that a message is about as long as what people say to each other: two lines, no markup, a hundred characters"
IDLE_POLL_S = 0.1
READ_EVERY_S = 1.0


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


class Load(Protocol):
    """What is to be told of a load in its result."""

    @property
    def name(self) -> str: ...
    @property
    def members(self) -> int: ...
    @property
    def rate_per_s(self) -> float: ...
    @property
    def aims(self) -> Mapping[str, Aim]: ...


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part: the hub, the sessions in their rooms, how the next message is said, and what happens besides."""

    hub: ServerProcess
    swarm: Swarm
    rooms: Sequence[Room[Any]]
    tally: Tally
    say: Say
    scene: Scene = QUIET


class Run:
    """One measurement under way."""

    def __init__(self, load: Load, cast: Cast) -> None:
        self._load = load
        self._hub = cast.hub
        self._swarm = cast.swarm
        self._rooms = cast.rooms
        self._tally = cast.tally
        self._say = cast.say
        self._scene = cast.scene
        self._turns = Recorder()
        self._readings: list[Reading] = []

    def measure(self, terms: Terms) -> LoadResult:
        """Warm up, measure, and wait for what is still under way."""
        start_ns = monotonic_ns() + START_DELAY_NS
        pacer = Pacer(self._load.rate_per_s, terms.warm_up_s + terms.seconds, start_ns)
        self._tally.measure_from_ns = start_ns + round(terms.warm_up_s * NS)
        while self._offer(pacer, self._tally.measure_from_ns):
            pass
        self._turns = Recorder()
        with terms.profile(self._hub.ready.pid, terms.seconds):
            scrapes = [self._scrape()]
            self._watch(pacer, terms.progress)
            scrapes.append(self._scrape())
        self._collect(scrapes)
        return self._result(terms.seconds, scrapes)

    def _watch(self, pacer: Pacer, progress: Progress) -> None:
        """Offer the measured phase, reading the counters at its start, every second, and at its end."""
        self._readings.append(read(self._hub, self._tally))
        while self._offer(pacer, None):
            if monotonic() - self._readings[-1].at >= READ_EVERY_S:
                self._readings.append(read(self._hub, self._tally))
                progress(self._readings)
        self._readings.append(read(self._hub, self._tally))

    def _offer(self, pacer: Pacer, until_ns: int | None) -> bool:
        """Send what is due and serve the sockets until the next is; False at `until_ns` and after the last arrival."""
        next_ns, now_ns = pacer.next_ns(), monotonic_ns()
        if next_ns is None or (until_ns is not None and now_ns >= until_ns):
            return False
        for number, due_ns in pacer.due(now_ns):
            room = self._say(number, due_ns)
            self._tally.sent(number + 1, due_ns, monotonic_ns(), room.said)
        self._scene.turn(now_ns)
        served_ns = self._swarm.pump(min(max(next_ns - now_ns, 0) / NS, IDLE_POLL_S, self._scene.poll_s))
        self._turns.add(served_ns)
        return True

    def _scrape(self) -> Scrape:
        parts = urlsplit(self._hub.ready.http)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        return self._swarm.add(host, port, lambda raw: Scrape(raw, f"{host}:{port}"))

    def _collect(self, scrapes: Sequence[Scrape]) -> None:
        """Wait for what was sent and has not arrived everywhere, as long as anything still arrives."""
        progress, deadline = -1, monotonic() + PATIENCE_S
        while self._under_way(scrapes) and not self._swarm.lost():
            if self._arrived() != progress:
                progress, deadline = self._arrived(), monotonic() + PATIENCE_S
            if monotonic() > deadline:
                break
            self._scene.turn(monotonic_ns())
            self._swarm.pump(min(IDLE_POLL_S, self._scene.poll_s))
        self._hub.check_alive()

    def _under_way(self, scrapes: Sequence[Scrape]) -> bool:
        waits = self._tally.unanswered or any(scrape.metrics is None for scrape in scrapes)
        return bool(waits or self._scene.pending() or self._incomplete())

    def _arrived(self) -> int:
        return self._tally.acks + self._delivered() - self._scene.pending()

    def _delivered(self) -> int:
        return sum(client.account.count for room in self._rooms for client in room.clients)

    def _incomplete(self) -> int:
        return sum(not client.account.agrees(room.said) for room in self._rooms for client in room.clients)

    def _problems(self) -> list[str]:
        problems = [f"connection lost: {reason}" for reason in sorted(set(self._swarm.lost()))]
        problems += [f"{count} publishes answered {code}" for code, count in sorted(self._tally.errors.items())]
        if self._tally.unanswered:
            problems.append(f"{self._tally.unanswered} publishes never answered")
        incomplete = self._incomplete()
        if incomplete:
            everybody = sum(len(room.clients) for room in self._rooms)
            problems.append(f"{incomplete} of {everybody} sessions did not get each message once")
        return problems

    def _result(self, seconds: float, scrapes: Sequence[Scrape]) -> LoadResult:
        load, tally = self._load, self._tally
        first, last = self._readings[0], self._readings[-1]
        speed = rates(first, last)
        hub_cpu = last.hub_cpu_s - first.hub_cpu_s
        latency, lag = tally.latency.percentiles(), tally.lag.percentiles()
        before, after = (scrape.metrics or EMPTY for scrape in scrapes)
        return LoadResult(
            name=load.name,
            rooms=len(self._rooms),
            members=load.members,
            rate_per_s=load.rate_per_s,
            seconds=seconds,
            expected=sum(room.said.count * len(room.clients) for room in self._rooms),
            delivered=self._delivered(),
            deliveries_per_s=speed.deliveries,
            latency=latency,
            published=sum(room.said.count for room in self._rooms),
            acked_per_s=speed.acks,
            acks=tally.ack_latency.percentiles(),
            hub_cpu_share=speed.hub_cpu_s,
            others_cpu_share=max(0.0, speed.core_busy_s - speed.hub_cpu_s),
            hub_us_per_delivery=hub_cpu / max(last.deliveries - first.deliveries, 1) * 1e6,
            hub_us_per_publish=hub_cpu / max(last.acks - first.acks, 1) * 1e6,
            generator_cpu_share=speed.own_cpu_s,
            lag=lag,
            turns=self._turns.percentiles(),
            hub_user_share=speed.hub_user_s,
            hub_system_share=speed.hub_system_s,
            hub_bytes=max(reading.hub_bytes for reading in self._readings),
            split=split(before, after, latency, lag),
            curve=tally.latency.curve(),
            ack_curve=tally.ack_latency.curve(),
            points=points(self._readings, tally.latency),
            problems=self._problems(),
            aims=dict(load.aims),
        )
