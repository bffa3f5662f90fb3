"""Publishing with files: they are looked up at the desk, and the conversation is told what they are."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.values import Who
from protocol.codec import Codec
from protocol.frames import Attachment
from tests.fakes.stage import Client, Stage


# A clock that only a fixture names stays real: pytest-trio looks at what the test itself takes.
@pytest.fixture
async def stage(nursery: trio.Nursery) -> Stage:
    """The usual stage, with real conversations."""
    stage = Stage(scripted=False)
    alice, bob = stage.store.add_user("alice"), stage.store.add_user("bob")
    stage.store.add_conversation("closed", [alice, bob], name="ops")
    await nursery.start(stage.system.run)
    return stage


@pytest.fixture
async def alice(stage: Stage, codec: Codec) -> Client:
    client = stage.client(codec)
    await client.sign_in()
    client.outbox.take_frames()
    return client


async def upload(stage: Stage, owner: Who, name: str = "a.png") -> Attachment:
    async def content() -> AsyncIterator[bytes]:
        yield b"123"

    return await stage.store.attachments.save(content(), name=name, content_type="image/png", owner=owner)


async def publish(client: Client, ids: list[int], cid: str = "c") -> list[dict[str, Any]]:
    await client.send(t="publish", ref=2, conv=1, cid=cid, body="look", attachments=ids)
    await trio.sleep(1)
    return await client.hears()


async def test_the_message_carries_them_in_order(alice: Client, stage: Stage, autojump_clock: MockClock) -> None:
    first, second = await upload(stage, Who("user", 1)), await upload(stage, Who("user", 1), "ä b.txt")
    heard = await publish(alice, [second.id, first.id, second.id])
    (message,) = [frame for frame in heard if frame["t"] == "message"]
    assert message["attachments"] == [
        {"id": 2, "name": "ä b.txt", "content_type": "image/png", "size": 3, "url": "/attachments/2/%C3%A4%20b.txt"},
        {"id": 1, "name": "a.png", "content_type": "image/png", "size": 3, "url": "/attachments/1/a.png"},
    ]
    page = await alice.asks(t="history", ref=3, conv=1)
    assert page["messages"][0]["attachments"] == message["attachments"]


@pytest.mark.parametrize("ids", [[99], [1, 99], [2]], ids=["unknown", "one of two", "foreign"])
async def test_what_is_no_upload_of_ones_own_is_refused_by_name(
    alice: Client, stage: Stage, autojump_clock: MockClock, ids: list[int]
) -> None:
    await upload(stage, Who("user", 1))
    await upload(stage, Who("user", 2))
    (error,) = await publish(alice, ids)
    assert (error["t"], error["ref"], error["code"], error["field"]) == ("error", 2, "bad_request", "attachments")


async def test_a_repetition_is_the_same_message_even_when_its_files_are_gone(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    saved = await upload(stage, Who("user", 1))
    (said,) = [frame for frame in await publish(alice, [saved.id]) if frame["t"] == "ok"]
    (again,) = await publish(alice, [saved.id])
    assert (again["id"], again["dup"]) == (said["id"], True)
    await alice.send(t="delete", ref=4, conv=1, id=said["id"])
    await trio.sleep(1)
    await alice.hears()
    (again,) = await publish(alice, [saved.id])
    assert (again["t"], again["id"], again["dup"]) == ("ok", said["id"], True)
    (fresh,) = await publish(alice, [saved.id], cid="another")
    assert (fresh["code"], fresh["field"]) == ("bad_request", "attachments")


async def test_a_store_that_does_not_serve_is_temporary(alice: Client, stage: Stage, autojump_clock: MockClock) -> None:
    stage.store.unreadable = True
    (error,) = await publish(alice, [1])
    assert error["code"] == "unavailable"
    assert error["retry_ms"] > 0


async def test_files_count_for_the_rate_like_any_publish(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    saved = await upload(stage, Who("user", 1))
    for n in range(6):
        await alice.send(t="publish", ref=n, conv=1, cid=f"c{n}", body="look", attachments=[saved.id])
    heard = await alice.hears()
    assert [frame["ref"] for frame in heard if frame.get("code") == "rate_limited"] == [5]
