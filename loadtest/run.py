"""An open-loop load under way: offered on time, measured after a warm-up, counted to the last delivery."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic, monotonic_ns, process_time
from typing import NamedTuple, Protocol

from loadtest.client import Client
from loadtest.hub_process import HubProcess
from loadtest.pacer import NS, Pacer
from loadtest.results import Aim, LoadResult
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally

WARM_UP_S = 1.0
START_DELAY_NS = NS // 20
PATIENCE_S = 3.0
TEXT = "so that a message is about as long as what people say to each other: two lines, no markup, a hundred characters"
IDLE_POLL_S = 0.1

Profile = Callable[[int, float], AbstractContextManager[None]]


class Room(NamedTuple):
    """One conversation of the load, the sessions in it, and what was said there."""

    conv: int
    clients: list[Client]
    said: Account


Say = Callable[[int, int], Room]
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


class Reading(NamedTuple):
    """The counters at one moment."""

    at: float
    hub_cpu: float
    core_busy: float
    own_cpu: float
    deliveries: int
    acks: int


@dataclass(frozen=True, slots=True)
class Cast:
    """Who takes part: the hub, the sessions in their rooms, and how the next message is said."""

    hub: HubProcess
    swarm: Swarm
    rooms: Sequence[Room]
    tally: Tally
    say: Say


class Run:
    """One measurement under way."""

    def __init__(self, load: Load, cast: Cast) -> None:
        self._load = load
        self._hub = cast.hub
        self._swarm = cast.swarm
        self._rooms = cast.rooms
        self._tally = cast.tally
        self._say = cast.say

    def measure(self, seconds: float, profile: Profile) -> LoadResult:
        """Warm up, measure for `seconds`, and wait for what is still under way."""
        start_ns = monotonic_ns() + START_DELAY_NS
        pacer = Pacer(self._load.rate_per_s, WARM_UP_S + seconds, start_ns)
        self._tally.measure_from_ns = start_ns + round(WARM_UP_S * NS)
        self._offer(pacer, self._tally.measure_from_ns)
        with profile(self._hub.ready.pid, seconds):
            before = self._read()
            self._offer(pacer, None)
            after = self._read()
        self._collect()
        return self._result(seconds, before, after)

    def _offer(self, pacer: Pacer, until_ns: int | None) -> None:
        """Send what falls due, serving the sockets in between, up to `until_ns` or the last arrival."""
        while (next_ns := pacer.next_ns()) is not None:
            now_ns = monotonic_ns()
            if until_ns is not None and now_ns >= until_ns:
                return
            for number, due_ns in pacer.due(now_ns):
                room = self._say(number, due_ns)
                self._tally.sent(number + 1, due_ns, monotonic_ns(), room.said)
            self._swarm.pump(min(max(next_ns - now_ns, 0) / NS, IDLE_POLL_S))

    def _read(self) -> Reading:
        hub, tally = self._hub, self._tally
        cpu, busy = hub.cpu_seconds(), hub.core_busy_seconds()
        return Reading(monotonic(), cpu, busy, process_time(), tally.deliveries, tally.acks)

    def _collect(self) -> None:
        """Wait for what was sent and has not arrived everywhere, as long as anything still arrives."""
        progress, deadline = -1, 0.0
        while (self._tally.unanswered or self._incomplete()) and not self._swarm.lost():
            if self._arrived() != progress:
                progress, deadline = self._arrived(), monotonic() + PATIENCE_S
            if monotonic() > deadline:
                break
            self._swarm.pump(IDLE_POLL_S)
        self._hub.check_alive()

    def _arrived(self) -> int:
        return self._tally.acks + sum(client.account.count for client in self._swarm.clients)

    def _incomplete(self) -> int:
        return sum(not client.account.agrees(room.said) for room in self._rooms for client in room.clients)

    def _problems(self) -> list[str]:
        problems = [f"connection lost: {reason}" for reason in sorted(set(self._swarm.lost()))]
        problems += [f"{count} publishes answered {code}" for code, count in sorted(self._tally.errors.items())]
        if self._tally.unanswered:
            problems.append(f"{self._tally.unanswered} publishes never answered")
        incomplete = self._incomplete()
        if incomplete:
            problems.append(f"{incomplete} of {len(self._swarm.clients)} sessions did not get each message once")
        return problems

    def _result(self, seconds: float, before: Reading, after: Reading) -> LoadResult:
        load, tally = self._load, self._tally
        elapsed = after.at - before.at
        hub_cpu = after.hub_cpu - before.hub_cpu
        deliveries = after.deliveries - before.deliveries
        acks = after.acks - before.acks
        return LoadResult(
            name=load.name,
            rooms=len(self._rooms),
            members=load.members,
            rate_per_s=load.rate_per_s,
            seconds=seconds,
            expected=sum(room.said.count * len(room.clients) for room in self._rooms),
            delivered=sum(client.account.count for client in self._swarm.clients),
            deliveries_per_s=deliveries / elapsed,
            latency=tally.latency.percentiles(),
            published=sum(room.said.count for room in self._rooms),
            acked_per_s=acks / elapsed,
            acks=tally.ack_latency.percentiles(),
            hub_cpu_share=hub_cpu / elapsed,
            others_cpu_share=max(0.0, after.core_busy - before.core_busy - hub_cpu) / elapsed,
            hub_us_per_delivery=hub_cpu / max(deliveries, 1) * 1e6,
            hub_us_per_publish=hub_cpu / max(acks, 1) * 1e6,
            generator_cpu_share=(after.own_cpu - before.own_cpu) / elapsed,
            lag=tally.lag.percentiles(),
            problems=self._problems(),
            aims=dict(load.aims),
        )
