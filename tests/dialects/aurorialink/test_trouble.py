"""What a bot is told when the hub cannot do it now, and what becomes of what it said."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from actors.messages import conversation as to
from tests.dialects.aurorialink.conftest import OPS, TEA, House

COMMITTED = b'{"return_code": 0}'


async def test_success_means_committed_everywhere(house: House) -> None:
    log = house.stage.store.log
    log.hold()
    async with trio.open_nursery() as nursery:
        answers: list[bytes] = []

        async def say() -> None:
            answers.append((await house.says("x")).body)

        nursery.start_soon(say)
        await wait_all_tasks_blocked()
        assert answers == []
        assert house.heard(OPS) == house.heard(TEA) == []
        log.release()
    assert answers == [COMMITTED]
    assert house.heard(OPS) == house.heard(TEA) == ["x"]


async def test_an_unreadable_store_is_temporary_and_no_wrong_key(house: House) -> None:
    house.stage.store.unreadable = True
    for _ in range(20):
        answer = await house.says("x")
        assert (answer.status, answer.body, answer.headers["Retry-After"]) == (503, b"", "1")
    house.stage.store.unreadable = False
    assert (await house.says("x")).body == COMMITTED


async def test_what_was_said_in_part_is_repeated_only_where_it_was_not(house: House, autojump_clock: MockClock) -> None:
    house.stage.store.log.fail_next()  # the first commit is of both conversations
    answer = await house.says("x")
    assert (answer.status, answer.body) == (503, b"")
    assert int(answer.headers["Retry-After"]) >= 1
    assert house.heard(OPS) == house.heard(TEA) == []
    assert (await house.says("x")).body == COMMITTED
    assert house.heard(OPS) == house.heard(TEA) == ["x"]


async def test_a_conversation_out_of_order_makes_it_temporary(house: House, autojump_clock: MockClock) -> None:
    await quarantine(house, TEA)
    answer = await house.says("x")
    assert (answer.status, answer.body) == (503, b"")
    assert house.heard(OPS) == ["x"]
    await trio.sleep(10)
    assert (await house.says("x")).body == COMMITTED
    assert (house.heard(OPS), house.heard(TEA)) == (["x"], ["x"])
    # It was said everywhere: the same words are a new message from now on.
    assert (await house.says("x")).body == COMMITTED
    assert (house.heard(OPS), house.heard(TEA)) == (["x", "x"], ["x", "x"])


async def test_a_repetition_that_comes_late_is_a_new_message(house: House, autojump_clock: MockClock) -> None:
    await quarantine(house, TEA)
    assert (await house.says("x")).status == 503
    await trio.sleep(121)
    assert (await house.says("x")).body == COMMITTED
    assert (house.heard(OPS), house.heard(TEA)) == (["x", "x"], ["x"])


async def test_a_client_that_hangs_up_does_not_undo_it(house: House) -> None:
    log = house.stage.store.log
    log.hold()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(house.says, "x")
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    log.release()
    await wait_all_tasks_blocked()
    assert house.heard(OPS) == house.heard(TEA) == ["x"]


async def test_a_key_that_is_rotated_in_flight_is_dead(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = house.stage.store.accounts
    found = accounts.by_key_access
    owner = house.stage.client()
    await owner.sign_in("alice")

    async def slow(key: str) -> object:
        login = await found(key)
        await owner.send(t="bot.rotate", ref=2, bot=house.ci.id, credential="key_access")
        await house.stage.settle()
        return login

    assert (await house.says("before")).body == COMMITTED  # the actor has looked the credential up by now
    monkeypatch.setattr(accounts, "by_key_access", slow)
    assert (await house.says("x")).status == 404
    assert house.heard(OPS) == ["before"]


async def test_a_deleted_bot_says_nothing(house: House) -> None:
    owner = house.stage.client()
    await owner.sign_in("alice")
    assert (await house.says("before")).body == COMMITTED
    await owner.send(t="bot.delete", ref=2, bot=house.ci.id)
    await house.stage.settle()
    assert (await house.says("x")).status == 404
    assert house.heard(OPS) == ["before"]


async def test_a_crash_of_the_bot_is_temporary(house: House, autojump_clock: MockClock) -> None:
    async def broken(who: object) -> list[int]:
        raise RuntimeError("injected")

    library = house.stage.store.library
    whole = library.memberships
    library.memberships = broken  # type: ignore[method-assign]
    answer = await house.says("x")
    assert (answer.status, answer.body, answer.headers["Retry-After"]) == (503, b"", "1")
    library.memberships = whole  # type: ignore[method-assign]
    await trio.sleep(1)
    assert (await house.says("x")).body == COMMITTED


async def test_a_bug_of_the_edge_is_an_empty_500_without_words(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(key: str) -> None:
        raise RuntimeError("injected")

    monkeypatch.setattr(house.stage.store.accounts, "by_key_access", broken)
    answer = await house.says("canary-text", "canary-key")
    assert (answer.status, answer.body) == (500, b"")
    (record,) = [record for record in caplog.records if record.getMessage() == "request failed"]
    assert vars(record)["route"] == "/app/bot_api.php"
    assert "canary" not in repr({name: value for name, value in vars(record).items() if name != "exc_info"})


async def quarantine(house: House, conv: int) -> None:
    """Have the conversation given up for a while."""
    library = house.stage.store.library
    whole = library.conversation

    async def broken(number: int) -> object:
        if number == conv:
            raise RuntimeError("injected")
        return await whole(number)

    library.conversation = broken  # type: ignore[method-assign,assignment]
    ref = house.stage.system.ref("conversation", conv)
    for _ in range(20):
        ref.tell(to.Describe(by=house.alice))
        await trio.sleep(2)
        if house.stage.system.statistics()["conversation"].quarantined:
            break
    library.conversation = whole  # type: ignore[method-assign]
