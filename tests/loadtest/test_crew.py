"""The words between the processes of a generator, spoken in one."""

from collections.abc import Callable, Iterator
from multiprocessing import Pipe
from typing import Any, cast

import pytest

from loadtest.crew import ALONE, Leader, Part, Worker, enough
from loadtest.errors import WorkerLost
from loadtest.fellow import Fellow
from loadtest.machine import Cores
from loadtest.share import Heard, Share
from loadtest.tally import Sum
from loadtest.words import Failed, say
from tests.loadtest.test_readings import START
from tests.loadtest.test_share import quiet


class Ended:
    """A process that has ended with code 7."""

    exitcode = 7

    def join(self, timeout: float | None = None) -> None: ...


class Pair:
    """A leader and a worker. While one waits, the other does `meanwhile`."""

    def __init__(self) -> None:
        near, self.pipe = Pipe()
        self.fellow = Fellow(2, cast("Any", Ended()), near)
        self.leader = Leader([self.fellow])
        self.worker = Worker(Part(1, 2), self.pipe)


@pytest.fixture
def pair() -> Iterator[Pair]:
    pair = Pair()
    yield pair
    pair.pipe.close()


def never() -> None:
    pytest.fail("there was nothing to wait for")


def once(act: Callable[[], Any], found: list[Any]) -> Callable[[], None]:
    def wait() -> None:
        assert not found
        found.append(act())

    return wait


def test_all_start_at_one_time(pair: Pair) -> None:
    found: list[int] = []
    start_ns = pair.worker.start(once(lambda: pair.leader.start(never), found))
    assert found == [start_ns]


def test_each_learns_what_all_have_said(pair: Pair) -> None:
    found: list[list[Sum]] = []
    theirs = once(lambda: pair.leader.expected([Sum(1, 10), Sum(0, 0)], never), found)
    assert pair.worker.expected([Sum(2, 5), Sum(1, 1)], theirs) == [Sum(3, 15), Sum(1, 1)]
    assert found == [[Sum(3, 15), Sum(1, 1)]]


def test_the_leader_sees_the_counters_of_all_as_last_told(pair: Pair) -> None:
    assert pair.leader.tick(START._replace(sent=5)).sent == 5
    for sent in (7, 8):
        pair.worker.tick(START._replace(sent=sent, at=1.0))
    seen = pair.leader.tick(START._replace(sent=6))
    assert (seen.sent, seen.at) == (14, START.at)


def test_a_worker_is_done_when_it_has_handed_over_its_share(pair: Pair) -> None:
    mine, theirs = quiet(), quiet(Heard(Sum(1, 2), [Sum(1, 2)]))
    with pytest.raises(SystemExit):
        pair.worker.gather(theirs, never)
    pair.pipe.close()
    assert pair.leader.gather(mine, never) == [mine, theirs]


def test_a_worker_that_is_gone_is_told_with_its_code(pair: Pair) -> None:
    pair.pipe.close()
    with pytest.raises(WorkerLost, match="process 2 of the generator ended with 7"):
        pair.leader.tick(START)


def test_a_worker_that_can_do_no_more_is_told_with_its_reason(pair: Pair) -> None:
    say(pair.pipe, Failed("0 of 5 sessions ready"))
    with pytest.raises(WorkerLost, match="process 2 of the generator: 0 of 5 sessions ready"):
        pair.leader.start(never)


def test_a_worker_that_says_nothing_is_not_waited_for_for_ever(pair: Pair) -> None:
    pair.fellow.check_silence(60.0)
    with pytest.raises(WorkerLost, match="has said nothing for 0 s"):
        pair.fellow.check_silence(0.0)


def test_a_leader_that_is_gone_ends_its_worker() -> None:
    near, pipe = Pipe()
    worker = Worker(Part(1, 2), pipe)
    near.close()
    with pytest.raises((EOFError, OSError)):
        worker.start(never)


def test_a_generator_of_one_process_waits_for_nobody() -> None:
    share: Share = quiet()
    assert ALONE.start(never) > 0
    assert ALONE.tick(START) == START
    assert ALONE.expected([Sum(1, 2)], never) == [Sum(1, 2)]
    assert ALONE.gather(share, never) == [share]


def test_parts_share_everything_and_nothing_twice() -> None:
    parts = [Part(number, 3) for number in range(3)]
    assert [[part.owns(index) for part in parts].count(True) for index in range(10)] == [1] * 10


@pytest.mark.parametrize(("rate", "processes"), [(20.0, 1), (100_000.0, 1), (100_001.0, 2), (9e9, 3)])
def test_a_load_gets_the_processes_it_needs_while_there_are_cores(rate: float, processes: int) -> None:
    assert enough(rate, Cores(0, 3, (2, 1))) == processes
    assert enough(rate, Cores(0, 1)) == 1
