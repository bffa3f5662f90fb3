"""How much a bot may say, and who stays out: exact, however many ask at once."""

from __future__ import annotations

from collections import Counter

import pytest
import trio
from trio.testing import MockClock

from tests.dialects.aurorialink.conftest import OPS, House
from tests.fakes.edge import HttpClient

COMMITTED = b'{"return_code": 0}'
SLOW_DOWN = b'{"return_info": "Please respect the imposed usage limit of 10 requests per minute"}'
CALLERS = 20


async def flood(house: House, calls: int, key: str = "access-ci", client: HttpClient | None = None) -> Counter[bytes]:
    """Let 20 callers make so many calls between them; count the answers."""
    answers: Counter[bytes] = Counter()

    async def call(count: int) -> None:
        for _ in range(count):
            answer = await house.says("x", key, client)
            answers[answer.body or b"%d" % answer.status] += 1

    async with trio.open_nursery() as nursery:
        for _ in range(CALLERS):
            nursery.start_soon(call, calls // CALLERS)
    return answers


# -------------------------------------------------------------------------------------------- rate


async def test_of_1000_calls_in_parallel_exactly_10_pass_each_time(house: House, autojump_clock: MockClock) -> None:
    for _ in range(3):
        assert await flood(house, 1_000) == {COMMITTED: 10, SLOW_DOWN: 990}
        await trio.sleep(60)
    assert len(house.heard(OPS)) == 30


async def test_the_window_slides(house: House, autojump_clock: MockClock) -> None:
    for _ in range(10):
        assert (await house.says("x")).body == COMMITTED
        await trio.sleep(5)
    # 50 s have passed: the first call is 50 s old, the last 5 s.
    assert (await house.says("x")).body == SLOW_DOWN
    await trio.sleep(10)
    assert (await house.says("x")).body == COMMITTED
    assert (await house.says("x")).body == SLOW_DOWN


async def test_what_is_turned_away_does_not_count(house: House, autojump_clock: MockClock) -> None:
    await flood(house, 20)
    for _ in range(59):
        await trio.sleep(1)
        assert (await house.says("x")).body == SLOW_DOWN
    await trio.sleep(1)
    assert (await house.says("x")).body == COMMITTED


async def test_only_calls_that_get_so_far_count(house: House, autojump_clock: MockClock) -> None:
    for _ in range(12):
        await house.says(" ")
        await house.says("x", changed={"type_action": "other"})
    assert (await flood(house, 20))[COMMITTED] == 10


async def test_the_rate_is_the_bots_over_all_its_keys(house: House, autojump_clock: MockClock) -> None:
    for _ in range(5):
        await house.says("x")
    owner = house.stage.client()
    await owner.sign_in("alice")
    rotated = await owner.asks(t="bot.rotate", ref=2, bot=house.ci.id, credential="key_access")
    answers = await flood(house, 20, rotated["bot"]["key_access"])
    assert answers == {COMMITTED: 5, SLOW_DOWN: 15}


async def test_each_bot_has_its_own(house: House, autojump_clock: MockClock) -> None:
    house.stage.store.add_conversation("closed", [house.alice, house.idle])
    assert (await flood(house, 20))[COMMITTED] == 10
    assert (await flood(house, 20, "access-idle"))[COMMITTED] == 10


async def test_a_call_of_an_unassigned_bot_counts(house: House, autojump_clock: MockClock) -> None:
    for _ in range(10):
        assert b"not affected" in (await house.says("x", "access-idle")).body
    assert (await house.says("x", "access-idle")).body == SLOW_DOWN


async def test_the_rate_outlives_the_bots_sleep_and_its_crash(house: House, autojump_clock: MockClock) -> None:
    await flood(house, 20)
    await trio.sleep(45)
    assert house.stage.system.statistics()["bot"].actors == 0
    assert (await house.says("x")).body == SLOW_DOWN


# -------------------------------------------------------------------------------------------- ban


@pytest.mark.parametrize("at_once", [False, True])
async def test_the_15th_wrong_key_starts_a_ban_that_covers_right_ones(
    house: House, autojump_clock: MockClock, at_once: bool
) -> None:
    for _ in range(14):
        await house.says("x", "wrong")
    assert (await house.says("one")).body == COMMITTED
    if at_once:
        await flood(house, 20, "wrong")
    for _ in range(15 - 5 * at_once):
        await house.says("x", "wrong")
    assert (await house.says("two")).status == 404
    assert house.heard(OPS) == ["one"]


async def test_14_wrong_keys_start_none(house: House) -> None:
    for _ in range(14):
        await house.says("x", "wrong")
    assert (await house.says("x")).body == COMMITTED


async def test_a_success_clears_the_count(house: House) -> None:
    for _ in range(5):
        for _ in range(14):
            await house.says("x", "wrong")
        assert (await house.says("x")).body == COMMITTED


async def test_a_ban_lasts_600_seconds_and_is_not_made_longer(house: House, autojump_clock: MockClock) -> None:
    await banned(house)
    for _ in range(59):
        await trio.sleep(10)
        assert (await house.says("x", "wrong")).status == 404
    await trio.sleep(9.9)
    assert (await house.says("x")).status == 404
    await trio.sleep(0.2)
    assert (await house.says("x")).body == COMMITTED


async def test_after_a_ban_the_count_starts_anew(house: House, autojump_clock: MockClock) -> None:
    await banned(house)
    await trio.sleep(600)
    for _ in range(14):
        await house.says("x", "wrong")
    assert (await house.says("x")).body == COMMITTED


async def test_a_ban_spares_other_addresses(house: House) -> None:
    await banned(house)
    assert (await house.says("x", client=HttpClient(house.app, "192.0.2.2"))).body == COMMITTED


async def test_a_ban_of_an_ipv6_address_is_one_of_its_64(house: House) -> None:
    await banned(house, HttpClient(house.app, "2001:db8:0:1::1"))
    assert (await house.says("x", client=HttpClient(house.app, "2001:db8:0:1:ffff::2"))).status == 404
    assert (await house.says("x", client=HttpClient(house.app, "2001:db8:0:2::1"))).body == COMMITTED


async def test_an_address_has_one_count_however_it_is_written(house: House) -> None:
    await banned(house, HttpClient(house.app, "::ffff:192.0.2.1"))
    assert (await house.says("x")).status == 404


async def test_only_wrong_keys_count(house: House) -> None:
    for _ in range(20):
        await house.says(" ")
        await house.says("x", "")
        await house.says("x", changed={"type_action": "other"})
        await house.near.get("/app/bot_api.php")
        await house.says("x", "access-idle")
    assert (await house.says("x")).body == COMMITTED


async def test_calls_that_are_under_way_when_the_ban_begins_are_turned_away(house: House) -> None:
    for _ in range(14):
        await house.says("x", "wrong")
    answers: list[int] = []

    async def right() -> None:
        answers.append((await house.says("x")).status)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(house.says, "x", "wrong")
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(right)
    assert answers == [404]


async def banned(house: House, client: HttpClient | None = None) -> None:
    for _ in range(15):
        assert (await house.says("x", "wrong", client)).status == 404
    assert (await house.says("x", client=client)).status == 404
