"""What every implementation of the `Commands` and `Presences` ports keeps."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from actors.ports import Lease
from actors.values import BotSeen, Caller, Command, CommandCounts
from tests.storage.subject import Subject

NOW, UNTIL, LATER = 1_000, 2_000, 2_000


class Bench:
    """Two bots of alice's, and what is asked of their queues."""

    def __init__(self, subject: Subject, bots: list[Caller]) -> None:
        self.commands = subject.commands
        self.subject = subject
        self.bot, self.other = (bot.id for bot in bots)
        self._numbers = count(1)

    async def queue(self, bot: int | None = None, type: str = "do", payload: dict[str, Any] | None = None) -> Command:
        number = next(self._numbers)
        command = Command(id=f"c{number}", bot=bot or self.bot, type=type, payload=payload or {}, created_at=number)
        assert await self.commands.queue(command, 100) == "queued"
        return command

    async def lease(self, limit: int = 10, *, now: int = NOW, holder: str | None = None) -> Lease:
        return await self.commands.lease(self.bot, now=now, until=now + UNTIL - NOW, limit=limit, holder=holder)

    async def ids(self, limit: int = 10, *, now: int = NOW, holder: str | None = None) -> list[str]:
        return [command.id for command in (await self.lease(limit, now=now, holder=holder)).commands]

    async def acknowledge(self, id: str, result: Any = None, *, failed: bool = False, bot: int | None = None) -> Any:
        return await self.commands.acknowledge(
            bot or self.bot, id, status="failed" if failed else "completed", result=result, now=5_000
        )


@pytest.fixture
async def bench(subject: Subject) -> Bench:
    alice = await subject.user("alice")
    return Bench(subject, [await subject.bot("ci", alice), await subject.bot("cd", alice)])


async def test_a_command_is_kept_as_it_came(bench: Bench) -> None:
    payload = {"text": "é 🎉 \0", "deep": [{"a": None}, 1.5, True, 2**63], "": {}}
    command = await bench.queue(type="send_message", payload=payload)
    assert await bench.commands.command(command.id) == command
    assert (await bench.lease()).commands == [command]
    assert await bench.commands.command("nobody's") is None


async def test_commands_are_handed_out_in_order_and_each_once(bench: Bench) -> None:
    for _ in range(5):
        await bench.queue()
    assert await bench.lease(2) == Lease([*(await _stored(bench, "c1", "c2"))], more=True, ends_at=UNTIL)
    assert await bench.ids(2) == ["c3", "c4"]
    assert await bench.lease(2) == Lease([*(await _stored(bench, "c5"))], more=False, ends_at=UNTIL)
    assert await bench.lease() == Lease([], more=False, ends_at=UNTIL)


async def test_an_expired_command_comes_before_all_younger_ones(bench: Bench) -> None:
    for _ in range(4):
        await bench.queue()
    assert await bench.ids(2) == ["c1", "c2"]
    await bench.acknowledge("c1")
    assert await bench.ids(now=UNTIL - 1) == ["c3", "c4"]
    assert await bench.ids(now=UNTIL) == ["c2"]


async def test_the_first_running_lease_to_end_is_told(bench: Bench) -> None:
    await bench.queue()
    await bench.queue()
    await bench.lease(1)
    assert (await bench.lease(1, now=NOW + 300)).ends_at == UNTIL
    await bench.acknowledge("c1")
    assert (await bench.lease(1, now=NOW + 600)).ends_at == UNTIL + 300
    await bench.acknowledge("c2")
    assert (await bench.lease(1)).ends_at is None


async def test_a_holder_gets_so_many_that_it_holds_as_many_as_it_may(bench: Bench) -> None:
    for _ in range(5):
        await bench.queue()
    assert await bench.ids(1) == ["c1"]
    assert await bench.ids(2, holder="s1") == ["c2", "c3"]
    assert await bench.lease(2, holder="s1") == Lease([], more=True, ends_at=UNTIL)
    await bench.acknowledge("c2")
    assert await bench.ids(2, holder="s1") == ["c4"]
    assert await bench.ids(2, holder="s2") == ["c5"]


async def test_what_a_holder_gives_back_is_next(bench: Bench) -> None:
    for _ in range(5):
        await bench.queue()
    assert await bench.ids(3, holder="s1") == ["c1", "c2", "c3"]
    assert await bench.ids(1, holder="s2") == ["c4"]
    await bench.acknowledge("c2")
    assert await bench.commands.give_back(bench.bot, "s1", ["c3", "c4"]) == 1
    assert await bench.ids(1) == ["c3"]
    assert await bench.commands.give_back(bench.bot, "s1") == 1
    assert await bench.commands.give_back(bench.bot, "s1") == 0
    assert await bench.ids() == ["c1", "c5"]


async def test_the_first_acknowledgement_counts(bench: Bench) -> None:
    command = await bench.queue()
    await bench.lease()
    done = await bench.acknowledge(command.id, {"n": [1]})
    assert done.first
    assert (done.command.status, done.command.result, done.command.completed_at) == ("completed", {"n": [1]}, 5_000)
    assert await bench.acknowledge(command.id, "other", failed=True) == (done.command, False)
    assert await bench.commands.command(command.id) == done.command


async def test_an_acknowledgement_needs_no_lease(bench: Bench) -> None:
    command = await bench.queue()
    assert (await bench.acknowledge(command.id, failed=True)).command.status == "failed"
    assert await bench.ids() == []


async def test_nobody_acknowledges_the_command_of_another_bot(bench: Bench) -> None:
    command = await bench.queue()
    assert await bench.acknowledge(command.id, bot=bench.other) is None
    assert await bench.acknowledge("nobody's") is None
    assert await bench.commands.command(command.id) == command


async def test_what_waits_is_shown_without_being_handed_out(bench: Bench) -> None:
    for _ in range(3):
        await bench.queue()
    await bench.lease(1)
    waiting = await bench.commands.waiting(bench.bot, now=NOW, limit=1)
    assert [command.id for command in waiting] == ["c2"]
    assert [command.id for command in await bench.commands.waiting(bench.bot, now=LATER, limit=9)] == ["c1", "c2", "c3"]
    assert await bench.ids() == ["c2", "c3"]


async def test_lists_begin_with_the_newest(bench: Bench) -> None:
    for number in range(6):
        await bench.queue(bot=bench.other if number % 2 else bench.bot)
    await bench.acknowledge("c1")

    async def newest(bots: list[int] | None, limit: int = 9) -> list[str]:
        return [command.id for command in await bench.commands.newest(bots, limit)]

    assert await newest([bench.bot]) == ["c5", "c3", "c1"]
    assert await newest([bench.bot, bench.other], 3) == ["c6", "c5", "c4"]
    assert await newest(None, 4) == ["c6", "c5", "c4", "c3"]
    assert await newest([]) == await newest(None, 0) == []


async def test_counts_are_right_at_every_moment(bench: Bench) -> None:
    counts = bench.commands.counts
    assert await counts([bench.bot]) == await counts(None) == CommandCounts()
    for kind in ("stop", "do", "do"):
        await bench.queue(type=kind)
    await bench.queue(bot=bench.other)
    await bench.lease(2)
    assert await counts([bench.bot]) == CommandCounts(3, 0, 0)
    await bench.acknowledge("c1")
    await bench.acknowledge("c1", failed=True)
    await bench.acknowledge("c2", failed=True)
    assert await counts([bench.bot]) == CommandCounts(1, 1, 1)
    assert await counts([bench.bot, bench.other]) == await counts(None) == CommandCounts(2, 1, 1)
    assert await counts([]) == CommandCounts()
    assert await bench.commands.types(bench.bot) == {"stop": 1, "do": 2}


async def test_a_queue_may_be_full(bench: Bench) -> None:
    await bench.queue()
    more = Command(id="x", bot=bench.bot, type="do", payload={}, created_at=1)
    assert await bench.commands.queue(more, 1) == "full"
    await bench.acknowledge("c1")
    assert await bench.commands.queue(more, 1) == "queued"


async def test_a_bot_that_is_gone_takes_its_commands_along(bench: Bench) -> None:
    command = await bench.queue()
    await bench.queue(bot=bench.other)
    await bench.subject.presences.save(BotSeen(bench.bot, online=True, last_active=1))
    await bench.subject.accounts.delete_bot(bench.bot)
    assert await bench.commands.command(command.id) is None
    assert await bench.commands.counts([bench.bot]) == CommandCounts()
    assert await bench.commands.types(bench.bot) == {}
    assert len(await bench.commands.newest(None, 9)) == 1
    late = Command(id="late", bot=bench.bot, type="do", payload={}, created_at=1)
    assert await bench.commands.queue(late, 9) == "no bot"
    await bench.subject.presences.save(BotSeen(bench.bot, online=True, last_active=2))
    assert await bench.subject.presences.all() == []


async def test_the_last_presence_of_each_bot_is_kept(bench: Bench) -> None:
    presences = bench.subject.presences
    for seen in (BotSeen(bench.bot, True, 1), BotSeen(bench.other, True, 2), BotSeen(bench.bot, False, 3)):
        await presences.save(seen)
    assert sorted(await presences.all(), key=lambda seen: seen.bot) == [
        BotSeen(bench.bot, False, 3),
        BotSeen(bench.other, True, 2),
    ]


async def _stored(bench: Bench, *ids: str) -> list[Command]:
    found = [await bench.commands.command(name) for name in ids]
    return [command for command in found if command is not None]
