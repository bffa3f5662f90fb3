"""What every implementation of the `Records` and `BotFiles` ports keeps."""

from __future__ import annotations

from contextlib import aclosing
from typing import Any

import pytest

from actors.values import BotData, BotLog, BotMessage, Command
from tests.storage.subject import Subject


def log(bot: int, text: str, at: int = 1, **metadata: Any) -> BotLog:
    return BotLog(bot=bot, at=at, type="info", message=text, metadata=metadata)


@pytest.fixture
async def bots(subject: Subject) -> list[int]:
    alice = await subject.user("alice")
    return [(await subject.bot(name, alice)).id for name in ("ci", "cd", "spy")]


async def add(subject: Subject, bot: int, *texts: str) -> None:
    assert await subject.bot_logs.add(bot, [log(bot, text) for text in texts])


async def texts(subject: Subject, bots: list[int] | None, limit: int = 100) -> list[str]:
    return [record.message for record in await subject.bot_logs.newest(bots, limit)]


async def test_a_record_comes_back_as_it_was(subject: Subject, bots: list[int]) -> None:
    kept = log(bots[0], "\0 ünïcode \ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), at=5, a=[1, None])
    said = BotMessage(
        bot=bots[0],
        at=7,
        message="hi",
        author_id=None,
        author_name="Zoë",
        thread_id="9",
        thread_type="GROUP",
        metadata={"deep": {"er": 1.5}},
    )

    assert await subject.bot_logs.add(bots[0], [kept])
    assert await subject.bot_messages.add(bots[0], [said])

    assert await subject.bot_logs.newest([bots[0]], 10) == [kept]
    assert await subject.bot_messages.newest(None, 10) == [said]


async def test_the_newest_come_first_over_many_bots(subject: Subject, bots: list[int]) -> None:
    for bot, text in ((0, "a"), (1, "b"), (0, "c"), (2, "d"), (1, "e")):
        await add(subject, bots[bot], text)

    assert await texts(subject, None) == ["e", "d", "c", "b", "a"]
    assert await texts(subject, [bots[0], bots[1], bots[0]], 3) == ["e", "c", "b"]
    assert await texts(subject, [bots[2]]) == ["d"]
    assert await texts(subject, []) == []
    assert await texts(subject, None, 0) == []


async def test_pages_ascend_to_the_newest(subject: Subject, bots: list[int]) -> None:
    await add(subject, bots[0], *"abcdef")
    await add(subject, bots[1], "x")

    async with aclosing(subject.bot_logs.ascending([bots[0]], 5)) as pages:
        found = [record.message async for page in pages for record in page]

    assert found == list("bcdef")


async def test_counts_are_of_what_is_kept(subject: Subject, bots: list[int]) -> None:
    await add(subject, bots[0], "a", "b")
    await add(subject, bots[1], "c")

    assert await subject.bot_logs.count([bots[0]]) == 2
    assert await subject.bot_logs.count([bots[0], bots[1], bots[0]]) == 3
    assert await subject.bot_logs.count(None) == 3
    assert await subject.bot_messages.count(None) == 0


async def test_a_bot_that_is_gone_leaves_nothing_and_takes_nothing(subject: Subject, bots: list[int]) -> None:
    await add(subject, bots[0], "a")
    await add(subject, bots[1], "b")
    assert await subject.bot_files.keep(bots[0], BotData({"a": 1}, 3))

    await subject.accounts.delete_bot(bots[0])

    assert not await subject.bot_logs.add(bots[0], [log(bots[0], "late")])
    assert not await subject.bot_files.keep(bots[0], BotData({}, 4))
    assert await texts(subject, None) == ["b"]
    assert await subject.bot_logs.count(None) == 1
    assert await subject.bot_files.kept(bots[0]) is None


async def test_what_is_handed_over_replaces_what_was(subject: Subject, bots: list[int]) -> None:
    assert await subject.bot_files.kept(bots[0]) is None

    await subject.bot_files.keep(bots[0], BotData({"groups": [1], "old": True}, 3))
    await subject.bot_files.keep(bots[0], BotData({"groups": [2]}, 4))
    await subject.bot_files.keep(bots[1], BotData({}, 5))

    assert await subject.bot_files.kept(bots[0]) == BotData({"groups": [2]}, 4)
    assert await subject.bot_files.kept(bots[1]) == BotData({}, 5)


async def test_commands_ascend_to_the_newest(subject: Subject, bots: list[int]) -> None:
    for number in range(5):
        command = Command(id=f"c{number}", bot=bots[number % 2], type="do", payload={}, created_at=number)
        await subject.commands.queue(command, 100)

    async with aclosing(subject.commands.ascending(bots[0], 2)) as pages:
        assert [command.id async for page in pages for command in page] == ["c2", "c4"]
