"""Limits of keys hold for whatever comes at once, and over a kill."""

from pathlib import Path

import trio

from actors.chatpion.limits import Allowed, Limits
from storage import open_storage
from storage.chatpion.assembly import ChatPion
from tests.storage.chatpion.conftest import Rows

LIMITS = Limits(per_minute=10, per_day=25)


async def test_of_many_at_once_exactly_the_limit_pass(kept: ChatPion, rows: Rows) -> None:
    limiter, verdicts = kept.uses.limiter(LIMITS), []

    async def ask() -> None:
        verdict = await limiter.take(1, 1_000)
        verdicts.append(verdict)
        if isinstance(verdict, Allowed):
            await limiter.keep(1)

    async with trio.open_nursery() as nursery:
        for _ in range(50):
            nursery.start_soon(ask)
    assert sum(isinstance(verdict, Allowed) for verdict in verdicts) == 10
    assert rows("SELECT day, used FROM key_uses") == [(0, 10)]


async def test_what_was_kept_is_on_disk_and_keys_do_not_share(kept: ChatPion, rows: Rows) -> None:
    limiter = kept.uses.limiter(LIMITS)
    for key in (1, 1, 2):
        await limiter.take(key, 5_000)
        await limiter.keep(key)
        used = dict(rows("SELECT key, used FROM key_uses"))
    assert used == {1: 2, 2: 1}


async def test_it_is_known_after_another_start(tmp_path: Path) -> None:
    passed = []
    for start in range(3):
        async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
            limiter = storage.chatpion.uses.limiter(LIMITS)
            verdicts = [await limiter.take(1, 1_000 + start) for _ in range(4)]
            await limiter.keep(1)
        passed.append(sum(isinstance(verdict, Allowed) for verdict in verdicts))
    assert passed == [4, 4, 2]


async def test_what_nobody_was_answered_may_be_forgotten_and_nothing_else(tmp_path: Path, rows: Rows) -> None:
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        limiter = storage.chatpion.uses.limiter(LIMITS)
        await limiter.take(1, 1_000)
        assert rows("SELECT * FROM key_uses") == []
        await limiter.keep(1)
        assert rows("SELECT used FROM key_uses") == [(1,)]
        assert isinstance(await limiter.take(1, 1_000), Allowed)
        assert rows("SELECT used FROM key_uses") == [(1,)]
