"""Records go when a bot has too many of them, and when they are too old."""

from __future__ import annotations

from pathlib import Path

from actors.values import BotLog
from storage import Keep
from storage.retention import DAY_MS
from tests.storage.subject import RealSubject, real_subject

NOW = 100 * DAY_MS


def logs(bot: int, *numbers: int, at: int = NOW) -> list[BotLog]:
    return [BotLog(bot=bot, at=at, type="info", message=str(number), metadata={}) for number in numbers]


async def kept(subject: RealSubject, bots: list[int] | None = None) -> list[int]:
    return [int(record.message) for record in await subject.bot_logs.newest(bots, 100_000)][::-1]


async def bots_of(subject: RealSubject) -> list[int]:
    alice = await subject.user("alice")
    return [(await subject.bot(name, alice)).id for name in ("ci", "cd")]


async def test_a_bot_keeps_its_newest_ones(tmp_path: Path) -> None:
    async with real_subject(tmp_path, keep=Keep(logs=3)) as subject:
        first, second = await bots_of(subject)
        await subject.bot_logs.add(second, logs(second, 100))
        await subject.bot_logs.add(first, logs(first, 1, 2))
        await subject.bot_logs.add(first, logs(first, 3, 4))
        assert await kept(subject, [first]) == [2, 3, 4]

        await subject.bot_logs.add(first, logs(first, *range(10, 20)))

        assert await kept(subject) == [100, 17, 18, 19]
        assert await subject.bot_logs.count([first]) == 3


async def test_a_bound_that_was_lowered_is_kept_to_before_long(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as subject:
        first, second = await bots_of(subject)
        await subject.bot_logs.add(first, logs(first, *range(1_000)))
        await subject.bot_logs.add(second, logs(second, *range(2_000, 2_005)))

    async with real_subject(tmp_path, keep=Keep(logs=4), now_ms=lambda: NOW) as subject:
        await subject.storage.retention.sweep()

        assert await kept(subject, [first]) == [996, 997, 998, 999]
        assert await subject.bot_logs.count(None) == 8


async def test_old_ones_go(tmp_path: Path) -> None:
    async with real_subject(tmp_path, keep=Keep(log_days=10), now_ms=lambda: NOW) as subject:
        first, second = await bots_of(subject)
        await subject.bot_logs.add(first, logs(first, *range(600), at=NOW - 10 * DAY_MS - 1))
        await subject.bot_logs.add(second, logs(second, 1_000, at=NOW - 10 * DAY_MS - 1))
        await subject.bot_logs.add(second, logs(second, 1_001, at=NOW - 10 * DAY_MS))

        await subject.storage.retention.sweep()

        assert await kept(subject) == [1_001]
        assert (await subject.bot_logs.count([first]), await subject.bot_logs.count([second])) == (0, 1)
