"""Dialogues about commands: bots that hold a session, and what happens to leases when they go."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.bot.pump import WINDOW
from actors.messages.bot import PollCommands, QueueCommand
from actors.messages.outcomes import CommandSaved, CommandsLeased
from actors.values import Caller
from protocol.codec import Codec
from tests.fakes.stage import Client, Stage

BOT = 1
ALICE = Caller("user", 1, "alice", "user")


async def queue(stage: Stage, kind: str = "do", **payload: Any) -> str:
    saved = await stage.system.ref("bot", BOT).ask(QueueCommand(by=ALICE, kind=kind, payload=payload))
    assert isinstance(saved, CommandSaved)
    return saved.command.id


async def polls(stage: Stage, limit: int = 100) -> list[str]:
    leased = await stage.system.ref("bot", BOT).ask(PollCommands(by=ALICE, credential_id=None, limit=limit))
    assert isinstance(leased, CommandsLeased)
    return [command.id for command in leased.commands]


async def bot_of(stage: Stage, codec: Codec, device: str = "server", **more: Any) -> Client:
    client = stage.client(codec)
    await client.sign_in("ci", device, **{"commands": True, **more})
    return client


async def pushed(client: Client) -> list[str]:
    return [frame["id"] for frame in await client.hears() if frame["t"] == "command"]


async def acknowledge(client: Client, id: str, ref: int = 7, **more: Any) -> dict[str, Any]:
    return await client.asks(t="command.ack", ref=ref, id=id, **{"status": "completed", **more})


async def test_a_session_that_asks_is_sent_its_commands(stage: Stage, codec: Codec, autojump_clock: MockClock) -> None:
    first = await queue(stage, "send", text="é")
    client = stage.client(codec)
    heard = await client.sign_in("ci", "server", commands=True)
    command = {"t": "command", "id": first, "type": "send", "payload": {"text": "é"}}
    assert heard[0]["t"] == "welcome", "nothing comes before it"
    assert {**command, "at": 1_700_000_000_000 + round(trio.current_time() * 1_000)} in heard
    second = await queue(stage)
    assert await pushed(client) == [second]
    assert await polls(stage) == []


async def test_an_acknowledgement_is_ok_and_told_once(stage: Stage, codec: Codec) -> None:
    client = await bot_of(stage, codec)
    one = await queue(stage)
    await client.hears()
    assert await acknowledge(client, one, status="failed", result=[1]) == {"t": "ok", "ref": 7}
    assert await acknowledge(client, one, ref=8) == {"t": "ok", "ref": 8}
    updates = stage.feed.events("command_update")
    assert [(update["status"], update["result"]) for update in updates] == [("pending", None), ("failed", [1])]
    assert await stage.store.commands.counts([BOT]) == (await stage.store.commands.counts(None))


@pytest.mark.parametrize(
    ("more", "code", "field"),
    [
        ({"id": "nobody's"}, "not_found", "id"),
        ({"status": "pending"}, "bad_request", "status"),
        ({"id": ""}, "bad_request", "id"),
    ],
)
async def test_what_is_no_acknowledgement_is_refused(
    stage: Stage, codec: Codec, more: dict[str, Any], code: str, field: str
) -> None:
    client = await bot_of(stage, codec)
    refused = await client.asks(t="command.ack", ref=7, **{"id": "x", "status": "completed", **more})
    assert (refused["t"], refused["code"], refused["field"]) == ("error", code, field)


async def test_people_have_no_commands(stage: Stage, codec: Codec) -> None:
    await queue(stage)
    alice = stage.client(codec)
    heard = await alice.sign_in("alice", "phone", commands=True)
    assert [frame["t"] for frame in heard] == ["welcome", "synced"]
    assert (await acknowledge(alice, "x"))["code"] == "forbidden"


async def test_a_session_that_does_not_ask_leaves_the_polls_alone(stage: Stage, codec: Codec) -> None:
    client = await bot_of(stage, codec, commands=False)
    one = await queue(stage)
    assert await pushed(client) == []
    assert await polls(stage) == [one]


async def test_the_newest_session_gets_them(stage: Stage, codec: Codec) -> None:
    old = await bot_of(stage, codec, "old")
    new = await bot_of(stage, codec, "new")
    one = await queue(stage)
    assert (await pushed(old), await pushed(new)) == ([], [one])
    new.leave()
    assert await pushed(old) == [one]


async def test_the_end_of_a_session_returns_what_it_held_at_once(stage: Stage, codec: Codec) -> None:
    client = await bot_of(stage, codec)
    ids = [await queue(stage) for _ in range(3)]
    assert await pushed(client) == ids
    await acknowledge(client, ids[0])
    client.leave()
    await stage.settle()
    assert await polls(stage) == ids[1:]


async def test_a_session_holds_so_many_and_gets_more_for_half_of_them(stage: Stage, codec: Codec) -> None:
    ids = [await queue(stage) for _ in range(WINDOW + 20)]
    client = await bot_of(stage, codec)
    assert stage.store.commands.leases == 1
    held = [row.command.id for row in stage.store.commands.rows if row.holder is not None]
    assert held == ids[:WINDOW]
    for one in ids[: WINDOW // 2 - 1]:
        await acknowledge(client, one)
    await client.send(t="command.ack", ref=9, id=ids[WINDOW // 2 - 1], status="completed")
    assert await pushed(client) == ids[WINDOW : WINDOW + WINDOW // 2]
    assert stage.store.commands.leases == 2


async def test_what_is_not_acknowledged_comes_again_before_all_younger_ones(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    client = await bot_of(stage, codec)
    first = await queue(stage)
    await trio.sleep(30)
    second = await queue(stage)
    assert await pushed(client) == [first, second]
    await trio.sleep(29.9)
    assert await pushed(client) == []
    await trio.sleep(0.2)
    assert await pushed(client) == [first]
    await acknowledge(client, first)
    await trio.sleep(30)
    assert await pushed(client) == [second]


async def test_a_client_that_is_behind_gets_them_when_there_is_room(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    client = stage.client(codec, room=4_000)
    await client.sign_in("ci", "server", commands=True)
    ids = [await queue(stage, text="x" * 1_500) for _ in range(5)]
    await trio.sleep(0.1)
    assert await polls(stage, 1) == ids[2:3], "what was refused is free for others"
    assert await pushed(client) == ids[:2]
    await trio.sleep(1)
    assert await pushed(client) == ids[3:]


async def test_a_crash_neither_loses_a_command_nor_hands_out_a_held_one(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    client = await bot_of(stage, codec)
    ids = [await queue(stage) for _ in range(3)]
    assert await pushed(client) == ids
    await crash(stage)
    later = await queue(stage)
    assert await pushed(client) == [later]
    assert await polls(stage) == []


async def test_what_ended_during_a_crash_is_returned_after_it(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    client = await bot_of(stage, codec)
    ids = [await queue(stage) for _ in range(2)]
    await client.hears()
    stage.store.commands.crash = True
    client.leave()
    await stage.settle()
    stage.store.commands.crash = False
    await trio.sleep(1)
    assert stage.failed_kinds() == ["bot"]
    assert await polls(stage) == ids


async def test_a_store_that_fails_is_asked_again(stage: Stage, codec: Codec, autojump_clock: MockClock) -> None:
    client = await bot_of(stage, codec)
    one = await queue(stage)
    await client.hears()
    stage.store.commands.stuck = True
    client.leave()
    other = await bot_of(stage, codec, "other")
    await trio.sleep(3)
    assert await pushed(other) == []
    stage.store.commands.stuck = False
    await trio.sleep(1)
    assert await pushed(other) == [one]
    assert stage.failures == []


async def test_a_bot_that_is_deleted_has_no_queue(stage: Stage, codec: Codec) -> None:
    await queue(stage)
    alice = stage.client(codec)
    await alice.sign_in()
    assert (await alice.asks(t="bot.delete", ref=2, bot=BOT))["t"] == "ok"
    refused = await stage.system.ref("bot", BOT).ask(QueueCommand(by=ALICE, kind="do", payload={}))
    assert refused.code == "not_found"  # type: ignore[attr-defined]


async def crash(stage: Stage) -> None:
    """Have the bot's actor fail, and come back."""
    stage.store.commands.crash = True
    with pytest.raises(Exception, match="failed"):
        await queue(stage)
    stage.store.commands.crash = False
    await trio.sleep(1)
    assert stage.failed_kinds() == ["bot"]
