"""Two deadlines, one alarm."""

import pytest
import trio
from trio.testing import MockClock

from actors.runtime.alarms import Alarms
from actors.runtime.timer import Timer


@pytest.fixture
async def alarms(nursery: trio.Nursery) -> Alarms:
    alarms = Alarms()
    nursery.start_soon(alarms.run)
    return alarms


async def test_rings_at_the_nearer_deadline(alarms: Alarms, autojump_clock: MockClock) -> None:
    rung: list[float] = []
    timer = Timer(alarms, idle_after_s=10.0)
    timer.touch()
    timer.arm(lambda: rung.append(trio.current_time()))
    timer.wake_at = began = trio.current_time() + 3.0
    timer.arm(lambda: rung.append(trio.current_time()))
    await trio.sleep(20.0)
    assert rung == [began]


async def test_moves_no_alarm_for_a_later_deadline(alarms: Alarms, autojump_clock: MockClock) -> None:
    timer = Timer(alarms, idle_after_s=10.0)
    for _ in range(100):
        timer.touch()
        timer.arm(lambda: None)
        await trio.sleep(0.05)
    figures = alarms.statistics()
    assert (figures.waiting, figures.cancelled) == (1, 0)


async def test_without_deadlines_there_is_no_alarm(alarms: Alarms, autojump_clock: MockClock) -> None:
    timer = Timer(alarms, idle_after_s=None)
    timer.touch()
    timer.arm(lambda: None)
    assert alarms.statistics().waiting == 0


async def test_cleared_it_never_rings(alarms: Alarms, autojump_clock: MockClock) -> None:
    rung: list[float] = []
    timer = Timer(alarms, idle_after_s=1.0)
    timer.touch()
    timer.arm(lambda: rung.append(trio.current_time()))
    timer.clear()
    await trio.sleep(5.0)
    assert rung == []
    assert not timer.sleep_due
