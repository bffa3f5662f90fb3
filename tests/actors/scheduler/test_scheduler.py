"""The scheduler in virtual time: when it tells whom, over refusals, failures, restarts and clocks that are moved."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
import trio

from actors.chatpion.values import Item
from actors.scheduler.actor import CLOCK_S, PAGE
from actors.scheduler.state import Pace
from tests.fakes.office import Office, Told

PACE = Pace()


@pytest.fixture
async def office(nursery: trio.Nursery) -> Office:
    office = Office()
    await nursery.start(office.system.run)
    return office


@pytest.fixture(autouse=True)
def nothing_failed(office: Office) -> Iterator[None]:
    yield
    assert office.failures == []


def seconds(told: list[Told], since: int) -> list[tuple[float, str, int]]:
    """Who was told, and how long after `since` that was."""
    return [((at - since) / 1_000, kind, key) for at, kind, key in told]


async def test_each_is_told_at_its_time_and_not_a_millisecond_earlier(office: Office) -> None:
    began = office.clock.now_ms()
    for key, in_s in enumerate([60.001, 0.25, 400, 7, 0.249]):
        office.put("subscriber", key, in_s)
    told = await office.settled(401)
    times = [(0.249, 4), (0.25, 1), (7, 3), (60.001, 0), (400, 2)]
    assert seconds(told, began) == [(at, "subscriber", key) for at, key in times]


async def test_what_is_planned_earlier_than_all_else_is_told_first(office: Office) -> None:
    began = office.clock.now_ms()
    office.put("subscriber", 1, 100)
    await office.settled(50)
    office.put("broadcast", 2, 1)
    assert seconds(await office.settled(60), began) == [(51, "broadcast", 2), (100, "subscriber", 1)]


async def test_those_of_the_same_time_are_told_by_kind_and_key(office: Office) -> None:
    for kind, key in [("subscriber", 2), ("broadcast", 9), ("subscriber", 1), ("broadcast", 3)]:
        office.put(kind, key, 5)
    expected = [("broadcast", 3), ("broadcast", 9), ("subscriber", 1), ("subscriber", 2)]
    assert [(kind, key) for _, kind, key in await office.settled(6)] == expected


async def test_what_was_moved_is_told_at_its_new_time_only(office: Office) -> None:
    began = office.clock.now_ms()
    office.put("subscriber", 1, 10)
    office.put("subscriber", 2, 10)
    await office.settled(5)
    office.put("subscriber", 1, 20)
    office.agenda.drop("subscriber", 2)
    assert seconds(await office.settled(100), began) == [(25, "subscriber", 1)]


async def test_what_stays_in_the_agenda_is_told_again_after_a_while_and_not_before(office: Office) -> None:
    office.does = office.leave
    began = office.clock.now_ms()
    office.put("broadcast", 1, 1)
    # What others plan makes it read the same place again and again.
    for key in range(140):
        office.put("subscriber", key, 0.5)
        await office.settled(1)
    times = [at for at, kind, _ in seconds(office.told, began) if kind == "broadcast"]
    assert len(times) >= 3
    assert all(PACE.repeat_s <= later - earlier <= 2 * PACE.repeat_s for earlier, later in pairwise(times))


async def test_what_nobody_has_spoken_of_is_found_all_the_same(office: Office) -> None:
    office.planned()
    await office.settled(1)
    office.agenda.put("subscriber", 1, office.clock.now_ms() - 5)
    assert len(await office.settled(PACE.repeat_s)) == 1


async def test_a_clock_that_is_set_forward_has_all_that_is_due_then_told_at_once_in_order(office: Office) -> None:
    planned = [office.put("subscriber", key, 3_600 - key) for key in range(20)]
    await office.settled(10)
    office.clock.move(7_200)
    told = await office.settled(CLOCK_S)
    assert [key for _, _, key in told] == list(reversed(range(20)))
    assert all(at > max(planned) for at, _, _ in told)


async def test_a_clock_that_is_set_back_has_nothing_told_early(office: Office) -> None:
    office.does = office.leave
    planned = office.put("subscriber", 1, 10)
    office.put("subscriber", 2, 3_600)
    await office.settled(11)
    assert len(office.told) == 1
    office.clock.move(-5)
    # It is not due any more, and told when it is: not `repeat_s` after the last time.
    told = await office.settled(5)
    assert len(told) == 2
    assert planned <= told[1][0] < planned + 1_000


async def test_it_goes_on_after_a_restart_and_misses_nothing(office: Office) -> None:
    began = office.clock.now_ms()
    for key in range(10):
        office.put("subscriber", key, key)
    for _ in range(5):
        await office.settled(2)
        await office.restart()
    assert seconds(await office.settled(), began) == [(key, "subscriber", key) for key in range(10)]


async def test_a_store_that_fails_for_a_time_delays_it_and_no_more(office: Office) -> None:
    office.put("subscriber", 1, 1)
    office.agenda.broken = True
    assert await office.settled(60) == []
    office.agenda.broken = False
    assert len(await office.settled(1)) == 1


async def test_what_nobody_is_told_of_holds_up_nobody(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    office.put("unheard", 1, 1)
    office.put("subscriber", 2, 2)
    assert [key for _, _, key in await office.settled(3)] == [2]
    assert "nobody is told of" in caplog.text


async def test_it_asks_for_little_when_nothing_is_due(office: Office) -> None:
    office.put("subscriber", 1, 86_400)
    await office.settled(3_600)
    assert office.agenda.reads <= 3_600 / PACE.repeat_s + 2


async def test_a_refused_one_is_told_a_second_later_and_others_meanwhile(nursery: trio.Nursery) -> None:
    office = Office(mailbox_limit=1)
    await nursery.start(office.system.run)
    busy, let_go = trio.Event(), trio.Event()

    async def work(kind: str, key: int) -> None:
        if let_go.is_set():
            return
        office.agenda.drop(kind, key)
        busy.set()
        if key == 1:
            await let_go.wait()

    office.does = work
    office.put("subscriber", 1, 0)
    await busy.wait()
    # It works, one message waits for it, and then there is no room.
    for in_s in (1, 2):
        office.put("subscriber", 1, in_s)
        await office.settled(in_s)
    office.put("subscriber", 2, 0)
    assert [key for _, _, key in await office.settled(0.1)] == [1, 2]
    let_go.set()
    assert [key for _, _, key in await office.settled(PACE.retry_s)] == [1, 1, 2, 1]


async def test_no_more_than_a_window_of_them_is_at_work_at_a_time(nursery: trio.Nursery) -> None:
    office = Office(pace=Pace(window=10))
    await nursery.start(office.system.run)
    at_work, most = 0, 0

    async def work(kind: str, key: int) -> None:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        await trio.sleep(0.3)
        at_work -= 1
        office.agenda.drop(kind, key)

    office.does = work
    for key in range(95):
        office.agenda.put("subscriber", key, office.clock.now_ms())
    office.planned()
    told = await office.settled(10)
    assert [key for _, _, key in told] == list(range(95))
    assert most == 10


async def test_those_that_never_end_hold_up_the_others_for_a_while_only(nursery: trio.Nursery) -> None:
    office = Office(pace=Pace(window=10))
    await nursery.start(office.system.run)
    office.does = office.leave
    for key in range(20):
        office.agenda.put("subscriber", key, office.clock.now_ms())
    office.planned()
    assert len(await office.settled(PACE.grace_s - 1)) == 10
    assert len(await office.settled(2)) == 20


async def test_100_000_due_items_are_told_in_order_none_early_none_twice_over_kills(nursery: trio.Nursery) -> None:
    office = Office()
    await nursery.start(office.system.run)
    began, count, kills = office.clock.now_ms(), 100_000, 5
    kinds = ("broadcast", "subscriber")
    # A third of them is overdue, the others come due within 6 s; ten share each moment.
    items = sorted(Item(began - 3_000 + 90 * (n // 1_000), kinds[n % 2], n) for n in range(count))
    office.agenda.fill(items)
    office.planned()
    for _ in range(kills):
        await trio.sleep(1.5)
        await office.restart()
    told = await office.settled(10)
    assert [(kind, key) for _, kind, key in told] == [(item.kind, item.key) for item in items]
    assert all(at >= item.at for (at, _, _), item in zip(told, items, strict=True))
    assert office.agenda.reads < 3 * count / PAGE
