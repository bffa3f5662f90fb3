"""One task looks after many, each at its time."""

from __future__ import annotations

import gc
import math
import weakref

import pytest
import trio

from hub.ws.watch import LOOKS_AT_ONCE, Watch


class Subject:
    """Notes when it is looked at; `again` says in how many seconds the next time is."""

    def __init__(self, again: float = math.inf) -> None:
        self.again = again
        self.looks: list[float] = []

    def check(self, now: float) -> float:
        self.looks.append(now)
        return now + self.again


async def test_each_is_looked_at_when_it_said(autojump_clock: trio.testing.MockClock, nursery: trio.Nursery) -> None:
    watch = Watch()
    nursery.start_soon(watch.run)
    often, seldom = Subject(2), Subject(5)
    watch.add(often.check, 1)
    watch.add(seldom.check, 3)
    await trio.sleep(9.5)
    assert often.looks == [1, 3, 5, 7, 9]
    assert seldom.looks == [3, 8]


async def test_many_at_once_are_all_looked_at(autojump_clock: trio.testing.MockClock, nursery: trio.Nursery) -> None:
    watch = Watch()
    nursery.start_soon(watch.run)
    subjects = [Subject() for _ in range(2 * LOOKS_AT_ONCE + 1)]
    for subject in subjects:
        watch.add(subject.check, 1)
    await trio.sleep(2)
    assert all(subject.looks == [1] for subject in subjects)


async def test_a_sooner_time_wakes_the_watch(autojump_clock: trio.testing.MockClock, nursery: trio.Nursery) -> None:
    watch = Watch()
    nursery.start_soon(watch.run)
    subject = Subject()
    watched = watch.add(subject.check, 100)
    await trio.sleep(1)
    watch.look_by(watched, 3)
    await trio.sleep(10)
    assert subject.looks == [3]


def test_a_sooner_time_replaces_the_later_one() -> None:
    watch = Watch()
    subject = Subject()
    watch.look_by(watch.add(subject.check, 10), 3)
    watch.look(20)
    assert subject.looks == [20]


def test_a_later_time_changes_nothing() -> None:
    watch = Watch()
    subject = Subject()
    watch.look_by(watch.add(subject.check, 3), 10)
    watch.look(5)
    assert subject.looks == [5]


def test_what_has_ended_is_neither_looked_at_nor_kept_alive() -> None:
    watch = Watch()
    subject = Subject()
    watched = watch.add(subject.check, 3)
    gone = weakref.ref(subject)
    watched.end()
    del subject
    gc.collect()
    assert gone() is None
    watch.look(5)
    assert len(watch) == 0


def test_a_look_that_raises_ends_with_a_log_line_and_no_other_look(caplog: pytest.LogCaptureFixture) -> None:
    def broken(now: float) -> float:
        raise RuntimeError

    watch = Watch()
    subject = Subject()
    watch.add(broken, 1)
    watch.add(subject.check, 1)
    watch.look(2)
    watch.look(3)
    assert subject.looks == [2]
    assert len(caplog.records) == 1
