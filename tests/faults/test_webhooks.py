"""Five hundred calls of webhooks to a server that is down, then flaky, over ten kills of the hub: none is lost."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import trio

from protocol.client import open_client
from tests.e2e.hub_process import HubProcess
from tests.faults.receiver import Mood, Receiver

MESSAGES = 250  # each is one call of either kind
KILLS = 10
DOWN_KILLS = 4
PATIENCE_S = 60
ENV = {
    "HUBBUB_OUTBOUND_ALLOW": "127.0.0.1",
    "HUBBUB_CORDLESS_TIMEOUT_S": "1",
    "HUBBUB_WEBHOOK_RETRY_S": ",".join(["0.5"] * 100),
}


class Row(NamedTuple):
    """One call as it stands in the database."""

    id: str
    kind: str
    message: int
    state: str
    attempts: int
    outcome: str | None


def cast(receiver: Receiver) -> dict[str, Any]:
    bots = [
        {"name": "help", "owner": "alice", "webhook_url": receiver.url("/hook")},
        {"name": "ears", "owner": "alice", "events_url": receiver.url("/events")},
    ]
    rooms = [{"name": "ops", "members": ["alice"], "bots": ["help", "ears"]}]
    return {"users": [{"username": "alice"}], "bots": bots, "conversations": rooms}


async def test_ten_kills_and_a_bad_receiver_lose_no_call(tmp_path: Path) -> None:
    seed = int.from_bytes(os.urandom(2))
    print(f"seed {seed}")
    receiver = Receiver(seed=seed)
    async with trio.open_nursery() as nursery:
        await nursery.start(receiver.run)
        hub = HubProcess(tmp_path, provision=cast(receiver), env=ENV)
        with hub:
            await ordeal(hub, receiver, random.Random(seed))
            code = await trio.to_thread.run_sync(hub.stop)
        nursery.cancel_scope.cancel()
    assert code == 0
    judge(hub, receiver)


async def ordeal(hub: HubProcess, receiver: Receiver, chance: random.Random) -> None:
    """Say it all while the hub dies and comes back, then wait until nothing waits any more."""
    unsaid = list(range(MESSAGES))
    for kill in range(KILLS):
        if kill == DOWN_KILLS:
            await say(hub, unsaid, 1)
            await until(hub, lambda found: any(row.outcome == "connection" for row in found))
            receiver.become(Mood.FLAKY)
        with trio.move_on_after(chance.uniform(0.1, 0.5)):
            await say(hub, unsaid, MESSAGES // KILLS)
            await trio.sleep_forever()
        await trio.to_thread.run_sync(hub.kill)
        await trio.to_thread.run_sync(hub.start)
    await say(hub, unsaid, MESSAGES)
    receiver.become(Mood.WELL)
    await until(hub, lambda found: all(row.state != "pending" for row in found))


async def until(hub: HubProcess, so: Callable[[list[Row]], bool]) -> None:
    """Wait until it is so of all calls."""
    with trio.fail_after(PATIENCE_S):
        while not so(await trio.to_thread.run_sync(rows, hub.data)):  # noqa: ASYNC110 - it stands in another process
            await trio.sleep(0.1)


async def say(hub: HubProcess, unsaid: list[int], count: int) -> None:
    """Say the next messages; those that are acknowledged are not `unsaid` any more."""
    conv = hub.conversation("ops")
    async with open_client(hub.ready.ws, token=hub.token("alice"), device="speaker") as speaker:
        for number in unsaid[:count]:
            await speaker.publish(conv, f"Hey @help, {number}?", cid=f"cid {number}")
            unsaid.remove(number)


def judge(hub: HubProcess, receiver: Receiver) -> None:
    stored = rows(hub.data)
    cordless = [row for row in stored if row.kind == "cordless"]
    events = [row for row in stored if row.kind == "events"]
    messages = {row.message for row in stored}
    assert len(messages) == len(cordless) == len(events) == MESSAGES

    # Each Cordless event has one recorded outcome; only an attempt that a kill cut off was made again.
    assert {row.attempts for row in cordless} == {1}
    assert {row.outcome for row in cordless} <= {"204", "500", "connection", "error", "timeout"}
    asked = receiver.asked["/hook"]
    assert len(asked) - len({each.call for each in asked}) <= KILLS
    # What it came to is said where the document has a text for it, once: a second one would have the same `cid`.
    failed = {row.id for row in cordless if row.outcome not in ("204", "500")}
    said = said_by_bots(hub.data)
    assert failed <= said
    assert len(said - failed) <= KILLS

    # Each repeated event arrived, always under the same id.
    assert {row.state for row in events} == {"done"}
    taken = {(each.message, each.call) for each in receiver.asked["/events"] if each.taken}
    assert {message for message, _ in taken} == messages
    assert len({(each.message, each.call) for each in receiver.asked["/events"]}) == MESSAGES
    assert {(row.message, row.id) for row in events} == taken

    # It was a bad day indeed.
    assert {"connection", "500", "204"} <= {row.outcome for row in cordless}
    assert max(row.attempts for row in events) > 1


def rows(data: Path) -> list[Row]:
    query = "SELECT id, kind, message, state, attempts, outcome FROM outbox ORDER BY position"
    return [Row(*row) for row in read(data, query)]


def said_by_bots(data: Path) -> set[str]:
    return {cid for (cid,) in read(data, "SELECT cid FROM messages WHERE sender_kind = 'bot'")}


def read(data: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"file:{data / 'hubbub.db'}?mode=ro", uri=True)) as database:
        return database.execute(query).fetchall()
