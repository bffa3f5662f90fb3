"""What goes from the door straight to a conversation, and how its outcomes come back."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.messages import conversation as to
from actors.messages.outcomes import Changed, Published, Refused
from actors.runtime.reply import Reply
from protocol.codec import Codec
from protocol.codes import ErrorCode
from tests.fakes.stage import Client, Stage


@pytest.fixture
async def alice(stage: Stage, codec: Codec) -> Client:
    client = stage.client(codec)
    await client.sign_in()
    return client


async def test_publish_is_answered_with_where_it_stands(alice: Client, stage: Stage) -> None:
    answer = await alice.asks(t="publish", ref=2, conv=1, cid="c", body="hi", reply_to=5)
    assert answer == {"t": "ok", "ref": 2, "conv": 1, "seq": 7, "id": 70, "at": 700, "dup": False}
    (told,) = stage.conversations.told_of(1, to.Publish)
    assert (told.by.name, told.cid, told.body, told.reply_to) == ("alice", "c", "hi", 5)


async def test_a_duplicate_says_so(alice: Client, stage: Stage) -> None:
    stage.conversations.scripts[1][to.Publish] = Published(conv=1, seq=3, id=30, at=300, dup=True)
    answer = await alice.asks(t="publish", ref=2, conv=1, cid="c", body="hi")
    assert (answer["seq"], answer["dup"]) == (3, True)


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ({"t": "edit", "id": 5, "body": "new"}, (to.Edit, {"id": 5, "body": "new"})),
        ({"t": "delete", "id": 5}, (to.Delete, {"id": 5})),
        ({"t": "react", "id": 5, "emoji": "+1", "on": True}, (to.React, {"id": 5, "emoji": "+1", "on": True})),
    ],
    ids=lambda value: value["t"] if isinstance(value, dict) else "",
)
async def test_changes_are_answered_with_their_seq(
    alice: Client, stage: Stage, frame: dict[str, Any], told: tuple[type, dict[str, Any]]
) -> None:
    assert await alice.asks(ref=2, conv=1, **frame) == {"t": "ok", "ref": 2, "seq": 7}
    (message,) = stage.conversations.told_of(1, told[0])
    assert {name: getattr(message, name) for name in told[1]} == told[1]


@pytest.mark.parametrize(
    ("frame", "told"),
    [
        ({"t": "received", "seq": 4}, (to.Advance, {"received": 4, "read": 0})),
        ({"t": "read", "seq": 4}, (to.Advance, {"received": 0, "read": 4})),
        ({"t": "typing", "on": True}, (to.Type, {"on": True})),
    ],
    ids=lambda value: value["t"] if isinstance(value, dict) else "",
)
async def test_of_the_signals_only_a_read_with_a_ref_is_answered(
    alice: Client, stage: Stage, frame: dict[str, Any], told: tuple[type, dict[str, Any]]
) -> None:
    await alice.send(conv=1, **frame)
    await alice.send(conv=1, ref=3, **frame)
    assert await alice.hears() == ([{"t": "ok", "ref": 3}] if frame["t"] == "read" else [])
    first, second = stage.conversations.told_of(1, told[0])
    assert first == second
    assert {name: getattr(first, name) for name in told[1]} == told[1]


async def test_a_signal_that_is_refused_is_answered_if_it_has_a_ref(alice: Client, stage: Stage) -> None:
    stage.conversations.scripts[1][to.Advance] = Refused(code=ErrorCode.NOT_FOUND, message="no")
    await alice.send(t="read", conv=1, seq=4)
    await alice.send(t="read", conv=1, seq=4, ref=9)
    (error,) = await alice.hears()
    assert (error["t"], error["ref"], error["code"]) == ("error", 9, "not_found")


async def test_a_refusal_keeps_its_code_field_and_time(alice: Client, stage: Stage) -> None:
    refused = Refused(code=ErrorCode.BUSY, message="slow", retry_ms=12, field="body")
    stage.conversations.scripts[1][to.Publish] = refused
    answer = await alice.asks(t="publish", ref=2, conv=1, cid="c", body="hi")
    assert answer == {"t": "error", "ref": 2, "code": "busy", "message": "slow", "retry_ms": 12, "field": "body"}


async def test_a_publish_with_no_files_in_its_list_is_hot(alice: Client, stage: Stage) -> None:
    assert (await alice.asks(t="publish", ref=3, conv=1, cid="c", body="hi", attachments=[]))["t"] == "ok"
    assert stage.system.statistics()["desk"].told == 0
    assert len(stage.conversations.told_of(1, to.Publish)) == 1


async def test_too_many_writes_are_rate_limited_until_the_bucket_fills(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    alice, bob = stage.client(codec), stage.client(codec)
    await alice.sign_in()
    await bob.sign_in("bob")
    alice.outbox.take_frames()
    for n in range(7):
        await alice.send(t="publish", ref=n, conv=1, cid=f"c{n}", body="hi")
    heard = await alice.hears()
    # A refusal needs no conversation, and so it may come before the answers to what was taken.
    assert sorted(f["ref"] for f in heard if f["t"] == "ok") == [0, 1, 2, 3, 4]
    limited = [f for f in heard if f["t"] == "error"]
    assert [(f["ref"], f["code"]) for f in limited] == [(5, "rate_limited"), (6, "rate_limited")]
    assert 0 < limited[0]["retry_ms"] <= 21
    assert (await bob.asks(t="publish", ref=1, conv=1, cid="c", body="hi"))["t"] == "ok"
    await trio.sleep(limited[0]["retry_ms"] / 1_000)
    assert (await alice.asks(t="edit", ref=8, conv=1, id=1, body="hi"))["t"] == "ok"
    assert (await alice.asks(t="react", ref=9, conv=1, id=1, emoji="x", on=True))["code"] == "rate_limited"


async def test_reading_and_typing_are_not_counted(alice: Client, stage: Stage) -> None:
    for n in range(20):
        await alice.send(t="received", conv=1, seq=n)
    assert await alice.hears() == []
    assert len(stage.conversations.told_of(1, to.Advance)) == 20


async def test_a_conversation_with_a_full_mailbox_is_busy(nursery: trio.Nursery, codec: Codec) -> None:
    stage = Stage(conversation_mailbox=1)
    alice = stage.client(codec)
    gate = trio.Event()

    async def stuck(_conv: int, _message: to.Publish, reply: Reply) -> None:
        await gate.wait()
        reply.answer(Changed(seq=1))

    stage.store.add_conversation("closed", [stage.store.add_user("alice")])
    stage.conversations.scripts[1][to.Publish] = stuck
    await nursery.start(stage.system.run)
    await alice.sign_in()
    await alice.send(t="publish", ref=1, conv=1, cid="1", body="hi")
    assert await alice.hears() == []
    await alice.send(t="publish", ref=2, conv=1, cid="2", body="hi")
    busy = await alice.asks(t="publish", ref=3, conv=1, cid="3", body="hi")
    assert (busy["t"], busy["ref"], busy["code"]) == ("error", 3, "busy")
    assert busy["retry_ms"] > 0
    await alice.send(t="typing", conv=1, on=True)
    assert await alice.hears() == []
    gate.set()
    assert [frame["ref"] for frame in await alice.hears()] == [1, 2]


async def test_a_crash_over_a_message_is_internal_and_harms_no_session(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    stage.conversations.scripts[1][to.Edit] = RuntimeError("injected")
    answer = await alice.asks(t="edit", ref=2, conv=1, id=1, body="x")
    assert (answer["t"], answer["ref"], answer["code"]) == ("error", 2, "internal")
    assert "injected" not in answer["message"]
    await trio.sleep(1)
    assert (await alice.asks(t="publish", ref=3, conv=1, cid="c", body="hi"))["t"] == "ok"
    assert stage.failed_kinds() == ["conversation"]
    assert alice.code is None


async def test_a_conversation_out_of_order_is_unavailable_for_a_while(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    stage.conversations.scripts[1][to.Delete] = RuntimeError("injected")
    for ref in range(3):
        await alice.send(t="delete", ref=ref, conv=1, id=1)
        await trio.sleep(1)
    alice.outbox.take_frames()
    answer = await alice.asks(t="publish", ref=9, conv=1, cid="c", body="hi")
    assert answer["code"] == "unavailable"
    await trio.sleep(answer["retry_ms"] / 1_000)
    assert (await alice.asks(t="publish", ref=10, conv=1, cid="c", body="hi"))["t"] == "ok"


async def test_nothing_is_taken_from_a_session_that_has_ended(alice: Client, stage: Stage) -> None:
    stage.switchboard.leave(alice.session)
    await alice.send(t="publish", ref=2, conv=1, cid="c", body="hi")
    await alice.send(t="history", ref=3, conv=1)
    assert await alice.hears() == []
    assert stage.conversations.told_of(1, to.Publish) == []
