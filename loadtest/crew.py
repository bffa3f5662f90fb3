"""The processes of a generator: one leads, the others are forked from it and do the same with a part of their own.

Once all have signed in they start at one time. When all is sent, each learns what the others said and waits until its
own sessions have got that as well; then the leader gathers what they saw. A worker that fails, ends or falls silent
ends the run with WorkerLost, and one whose leader is gone ends by itself.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from math import ceil
from multiprocessing.connection import Connection
from time import monotonic_ns
from typing import Final, NamedTuple, NoReturn, Protocol, TypeVar

from loadtest import machine, words
from loadtest.errors import BenchError
from loadtest.fellow import Fellow
from loadtest.machine import Cores
from loadtest.readings import Reading, added
from loadtest.share import Share, Sums, total
from loadtest.words import Expected, Failed, Order, Ready, Report, Said, Start, Tick

T = TypeVar("T")
R = TypeVar("R", bound=Report)
D = TypeVar("D", bound=Order)

START_DELAY_NS: Final = 50_000_000
EASY_PER_S: Final = 100_000.0  # deliveries that one process takes with a third of its core, and in good time
ENDING: Final = frozenset({signal.SIGINT, signal.SIGTERM})
SILENCE_S: Final = 150.0  # longer than signing in may take, and than a hub may take to work off what it was sent

Wait = Callable[[], object]
"""Serves the own sessions for some milliseconds, while the others are waited for."""


class Part(NamedTuple):
    """One of `of` equal parts, counted from 0."""

    number: int
    of: int

    def owns(self, index: int) -> bool:
        """Whether the thing of this number is in it; each is in exactly one part."""
        return index % self.of == self.number


class Crew(Protocol):
    """The processes of a generator, as one of them sees the others. Every method raises WorkerLost for the leader."""

    @property
    def part(self) -> Part:
        """Which part of the load is done here."""

    @property
    def leads(self) -> bool:
        """Whether this process is the one that watches the hub and has the result."""

    def start(self, wait: Wait) -> int:
        """Wait until all have signed in; return when the first message of all is due."""

    def tick(self, own: Reading) -> Reading:
        """Tell the own counters, at least every few seconds; return those of all, as far as known here."""

    def expected(self, said: Sums, wait: Wait) -> Sums:
        """Return what all together said in each room, once all have said everything."""

    def gather(self, share: Share, wait: Wait) -> list[Share]:
        """Return the shares of all. Only the leader comes back from here: the others are done."""


class Leader:
    """The process that was there first; without others it is the whole crew."""

    leads = True

    def __init__(self, others: Sequence[Fellow] = ()) -> None:
        self.part = Part(0, len(others) + 1)
        self._others = others

    def start(self, wait: Wait) -> int:
        self._of_all(Ready, wait)
        at_ns = monotonic_ns() + START_DELAY_NS
        self._tell(Start(at_ns))
        return at_ns

    def tick(self, own: Reading) -> Reading:
        ticks = [fellow.said(Tick) for fellow in self._others]
        return added([own, *(tick.reading for tick in ticks if tick is not None)])

    def expected(self, said: Sums, wait: Wait) -> Sums:
        sums = total([said, *(other.sums for other in self._of_all(Said, wait))])
        self._tell(Expected(sums))
        return sums

    def gather(self, share: Share, wait: Wait) -> list[Share]:
        return [share, *self._of_all(Share, wait)]

    def _tell(self, order: Order) -> None:
        for fellow in self._others:
            fellow.tell(order)

    def _of_all(self, kind: type[R], wait: Wait) -> list[R]:
        while None in (words := [fellow.said(kind) for fellow in self._others]):
            for fellow in self._others:
                fellow.check_silence(SILENCE_S)
            wait()
        return [word for word in words if word is not None]


class Worker:
    """One of the others."""

    leads = False

    def __init__(self, part: Part, pipe: Connection) -> None:
        self.part = part
        self._pipe = pipe

    def start(self, wait: Wait) -> int:
        words.say(self._pipe, Ready())
        return self._order(Start, wait).at_ns

    def tick(self, own: Reading) -> Reading:
        words.say(self._pipe, Tick(own))
        return own

    def expected(self, said: Sums, wait: Wait) -> Sums:
        words.say(self._pipe, Said(said))
        return self._order(Expected, wait).sums

    def gather(self, share: Share, wait: Wait) -> NoReturn:
        words.say(self._pipe, share)
        sys.exit()

    def _order(self, kind: type[D], wait: Wait) -> D:
        while not isinstance(order := words.order(self._pipe), kind):
            wait()
        return order


ALONE: Final = Leader()


def enough(deliveries_per_s: float, cores: Cores) -> int:
    """Return how many processes take so much with ease; no more than there are cores, for they would only share one."""
    return min(max(1, ceil(deliveries_per_s / EASY_PER_S)), len(cores.generators))


def launch(processes: int, cores: Cores, lead: Callable[[Crew], T], work: Callable[[Crew], object]) -> T:
    """Return what `lead` does in this process, while all others `work`, each on a core of its own if there are enough.

    Whatever comes of it here, the others are gone afterwards.
    """
    fellows: list[Fellow] = []
    try:
        with _signals_held():
            _fork(fellows, processes, cores, work)
        return lead(Leader(fellows))
    finally:
        for fellow in fellows:
            fellow.end()


def _fork(fellows: list[Fellow], processes: int, cores: Cores, work: Callable[[Crew], object]) -> None:
    """Add the others. Forked and not spawned, they share what has been read and started so far, and begin at once."""
    context = multiprocessing.get_context("fork")
    pipes: list[Connection] = []
    for number in range(1, processes):
        near, far = context.Pipe()
        pipes.append(near)
        part, core = Part(number, processes), cores.generators[number % len(cores.generators)]
        process = context.Process(target=_serve, args=(part, core, far, pipes, work), daemon=True)
        process.start()
        far.close()  # or its end would not be noticed
        fellows.append(Fellow(number + 1, process, near))


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let signals wait: an interrupt that is raised in what Python itself does around a fork is lost."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(part: Part, core: int, pipe: Connection, others: list[Connection], work: Callable[[Crew], object]) -> None:
    """Be a worker to the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the leader's to act on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    for other in others:
        other.close()  # while they are open here, the leader's end would not be noticed
    machine.pin(core)
    try:
        work(Worker(part, pipe))
    except BenchError as error:
        words.say(pipe, Failed(str(error)))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        sys.exit(1)
