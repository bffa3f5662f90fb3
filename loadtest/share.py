"""What each process of the generator saw, and the whole that they make: exactly what one process would have seen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from msgspec import Struct

from loadtest.marks import Mark
from loadtest.readings import Reading, added, rates
from loadtest.recorder import Recorder
from loadtest.results import Worker
from loadtest.tally import Sum

Sums: TypeAlias = list[Sum]


class Heard(Struct, frozen=True):
    """What one process said in a room, and what each of its sessions there got."""

    said: Sum
    heard: Sums


class Share(Struct, frozen=True, kw_only=True, tag=True):
    """One process' part of a run. The distributions are packed recorders; rooms are the same ones in every share."""

    core: int
    marks: list[Mark]
    latency: bytes
    acks: bytes
    lag: bytes
    turns: bytes
    rooms: list[Heard]
    errors: dict[str, int]
    unanswered: int
    lost: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """All shares of a run together. `rooms` hold what was said in each by anyone, and what every session got."""

    readings: list[Reading]
    latency: Recorder
    acks: Recorder
    lag: Recorder
    turns: Recorder
    rooms: list[Heard]
    errors: Counter[str]
    unanswered: int
    lost: list[str]
    workers: list[Worker]

    @property
    def published(self) -> int:
        """How many messages were said and not refused."""
        return sum(room.said.number for room in self.rooms)

    @property
    def expected(self) -> int:
        """How many deliveries that makes."""
        return sum(room.said.number * len(room.heard) for room in self.rooms)

    @property
    def delivered(self) -> int:
        """How many there were."""
        return sum(each.number for room in self.rooms for each in room.heard)

    @property
    def sessions(self) -> int:
        """How many listened."""
        return sum(len(room.heard) for room in self.rooms)

    @property
    def incomplete(self) -> int:
        """How many of them did not get each message of their room exactly once, whoever said it."""
        return sum(each != room.said for room in self.rooms for each in room.heard)


def merged(shares: Sequence[Share]) -> Whole:
    """Return the whole of a run. There must be a share; the hub's counters are those of the first."""
    seconds = _common([share.marks for share in shares])
    latency, readings = _laid_out(seconds, [Recorder(share.latency) for share in shares])
    errors: Counter[str] = Counter()
    for share in shares:
        errors.update(share.errors)
    return Whole(
        readings=readings,
        latency=latency,
        acks=_all([share.acks for share in shares]),
        lag=_all([share.lag for share in shares]),
        turns=_all([share.turns for share in shares]),
        rooms=[_room(rooms) for rooms in zip(*(share.rooms for share in shares), strict=True)],
        errors=errors,
        unanswered=sum(share.unanswered for share in shares),
        lost=[reason for share in shares for reason in share.lost],
        workers=_workers(shares),
    )


def total(said: Sequence[Sums]) -> Sums:
    """Return the sums of each room over all processes."""
    return [Sum.of(rooms) for rooms in zip(*said, strict=True)]


def _common(marks: Sequence[list[Mark]]) -> list[list[Reading]]:
    """Return, for each second that every process marked, their readings: one that was too busy may lack some.

    The ends stand for each other whenever they were.
    """
    known = [{mark.second: mark.reading for mark in each[:-1]} for each in marks]
    seconds = sorted(set(known[0]).intersection(*known[1:]))
    return [[each[second] for each in known] for second in seconds] + [[each[-1].reading for each in marks]]


def _laid_out(seconds: Sequence[list[Reading]], parts: Sequence[Recorder]) -> tuple[Recorder, list[Reading]]:
    """Return all latencies second by second, with readings that tell how many came before each."""
    whole, edges = Recorder(), [0] * len(parts)
    for readings in seconds:
        ends = [reading.latencies for reading in readings]
        for part, begin, end in zip(parts, edges, ends, strict=True):
            whole.include(part, begin, end)
        edges = ends
    for part, begin in zip(parts, edges, strict=True):
        whole.include(part, begin)
    return whole, [added(readings) for readings in seconds]


def _all(packed: Sequence[bytes]) -> Recorder:
    return Recorder(b"".join(packed))


def _room(shares: Sequence[Heard]) -> Heard:
    return Heard(Sum.of([share.said for share in shares]), [each for share in shares for each in share.heard])


def _workers(shares: Sequence[Share]) -> list[Worker]:
    """Return how each fared, with the use of its core by all that are on it."""
    used: defaultdict[int, float] = defaultdict(float)
    for share in shares:
        used[share.core] += rates(share.marks[0].reading, share.marks[-1].reading).own_cpu_s
    return [
        Worker(
            core=share.core,
            core_share=used[share.core],
            lag=Recorder(share.lag).percentiles(),
            turns=Recorder(share.turns).percentiles(),
        )
        for share in shares
    ]
