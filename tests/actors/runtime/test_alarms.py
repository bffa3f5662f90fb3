"""One heap and one task for all deadlines."""

from collections.abc import Callable

import pytest
import trio
from trio.testing import MockClock

from actors.runtime.alarms import Alarms


@pytest.fixture
async def alarms(nursery: trio.Nursery) -> Alarms:
    alarms = Alarms()
    nursery.start_soon(alarms.run)
    return alarms


def noting(rung: list[tuple[str, float]], name: str) -> Callable[[], None]:
    return lambda: rung.append((name, trio.current_time()))


async def test_go_off_at_their_times_whatever_the_order_of_setting(alarms: Alarms, autojump_clock: MockClock) -> None:
    rung: list[tuple[str, float]] = []
    now = trio.current_time()
    alarms.set(now + 5, noting(rung, "five"))
    await trio.sleep(1)
    alarms.set(now + 9, noting(rung, "nine"))
    alarms.set(now + 2, noting(rung, "two"))
    await trio.sleep(20)
    assert rung == [("two", now + 2), ("five", now + 5), ("nine", now + 9)]
    assert alarms.statistics().waiting == 0


async def test_a_deadline_that_is_past_goes_off_at_once(alarms: Alarms, autojump_clock: MockClock) -> None:
    rung: list[tuple[str, float]] = []
    await trio.sleep(5)
    alarms.set(trio.current_time() - 1, noting(rung, "late"))
    await trio.testing.wait_all_tasks_blocked()
    assert rung == [("late", trio.current_time())]


async def test_an_action_may_set_the_next(alarms: Alarms, autojump_clock: MockClock) -> None:
    rung: list[tuple[str, float]] = []
    now = trio.current_time()

    def set_next() -> None:
        alarms.set(now + 2, noting(rung, "next"))

    alarms.set(now + 1, set_next)
    await trio.sleep(5)
    assert rung == [("next", now + 2)]


async def test_what_is_cancelled_does_not_go_off(alarms: Alarms, autojump_clock: MockClock) -> None:
    rung: list[tuple[str, float]] = []
    alarm = alarms.set(trio.current_time() + 1, noting(rung, "never"))
    alarms.cancel(alarm)
    alarms.cancel(alarm)
    assert alarms.statistics().waiting == 0
    await trio.sleep(5)
    assert rung == []
    alarms.cancel(alarm)
    assert alarms.statistics().waiting == 0


async def test_much_that_is_cancelled_leaves_at_once(alarms: Alarms, autojump_clock: MockClock) -> None:
    rung: list[tuple[str, float]] = []
    now = trio.current_time()
    alarms.set(now + 10, noting(rung, "kept"))
    for _ in range(1000):
        alarms.cancel(alarms.set(now + 3600, noting(rung, "never")))
    assert alarms.statistics().waiting == 1
    assert alarms.statistics().cancelled < 100
    await trio.sleep(20)
    assert [name for name, _ in rung] == ["kept"]
