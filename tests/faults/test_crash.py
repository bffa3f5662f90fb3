"""Kill -9 under load: nothing that was acknowledged is lost, nothing is twice, nothing that was seen has vanished."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from protocol.client import Client, Gap, Message, Reset, open_client
from tests.faults.crash import CAST, GENEROUS, MortalHub, crash
from tests.faults.stored import stored_log

KILLS = 15
SDK_KILLS = 2
SDK_MESSAGES = 100


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[MortalHub]:
    with MortalHub(tmp_path, provision=CAST, env=GENEROUS) as hub:
        yield hub


def test_fifteen_kills_under_load_cost_nothing_that_was_promised(tmp_path: Path) -> None:
    outcome = crash(tmp_path, kills=KILLS, seed=int.from_bytes(os.urandom(2)))
    print(outcome)
    assert outcome.verdict.clean, (str(outcome), outcome.reasons)
    assert outcome.acknowledged > KILLS
    assert outcome.resumed >= KILLS


async def test_programs_on_the_sdk_notice_nothing_of_kills(hub: MortalHub) -> None:
    """One publishes, one listens, with nothing done about lost connections but what the SDK does by itself."""
    conv = hub.conversation("ops")
    heard: list[Message] = []
    async with (
        open_client(hub.ready.ws, token=hub.token("alice"), device="speaker") as speaker,
        open_client(hub.ready.ws, token=hub.token("bob"), device="listener") as listener,
        trio.open_nursery() as nursery,
    ):
        nursery.start_soon(listen, listener, heard)
        nursery.start_soon(kill_now_and_then, hub)
        published = [await speaker.publish(conv, f"{number}", cid=f"cid {number}") for number in range(SDK_MESSAGES)]
    facts = stored_log(hub.data, conv).facts
    assert [message.body for message in heard] == [f"{number}" for number in range(SDK_MESSAGES)]
    assert [(message.seq, message.id) for message in heard] == [(each.seq, each.id) for each in published]
    assert [(facts[each.seq].id, facts[each.seq].cid) for each in published] == [
        (each.id, f"cid {number}") for number, each in enumerate(published)
    ]


async def listen(client: Client, heard: list[Message]) -> None:
    """Take in messages until the last one."""
    async for item in client:
        assert not isinstance(item, Gap | Reset), item
        if isinstance(item, Message):
            heard.append(item)
            if len(heard) == SDK_MESSAGES:
                return


async def kill_now_and_then(hub: MortalHub) -> None:
    for _ in range(SDK_KILLS):
        await trio.sleep(random.uniform(0.1, 0.3))
        await trio.to_thread.run_sync(hub.kill)
        await trio.to_thread.run_sync(hub.start)
