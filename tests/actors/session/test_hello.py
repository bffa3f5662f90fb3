"""Dialogues of `hello`: welcome, replay, synced, and what can go wrong."""

import pytest
import trio
from trio.testing import MockClock

from actors.messages import conversation as to
from actors.messages.outcomes import Done
from actors.messages.session import CaughtUp
from actors.runtime.reply import Reply
from actors.values import Counts, Who
from protocol.codec import Codec
from protocol.codes import CloseCode
from tests.fakes.stage import Stage

EVENT = b"\x82\x01\x80"  # a frame of `hubbub.v1.msgpack` that holds an empty map


async def test_hello_is_answered_with_welcome_and_synced(stage: Stage, codec: Codec) -> None:
    alice = stage.client(codec)
    welcome, synced = await alice.sign_in()
    assert welcome["t"] == "welcome"
    assert welcome["ref"] == 1
    assert welcome["self"] == {"kind": "user", "id": 1, "name": "alice", "role": "user"}
    assert [c["id"] for c in welcome["conversations"]] == [1]
    assert welcome["limits"]["devices_per_user"] == 2
    assert welcome["heartbeat_ms"] == 7_000
    assert welcome["session"] == alice.session
    assert synced == {"t": "synced"}
    assert alice.door.signed_in


async def test_whoever_is_in_no_conversation_is_in_sync_at_once(stage: Stage) -> None:
    welcome, synced = await stage.client().sign_in("carol")
    assert welcome["conversations"] == []
    assert synced == {"t": "synced"}


async def test_places_are_taken_at_the_cursors_and_else_at_the_end(stage: Stage) -> None:
    alice, bob = (stage.store.accounts.living(Who("user", n)) for n in (1, 2))
    assert alice is not None
    assert bob is not None
    stage.store.add_conversation("closed", [alice, bob])
    await stage.client().sign_in(cursors=[[1, 1, 5]])
    assert [m.after for m in stage.conversations.told_of(1, to.Subscribe)] == [(1, 5)]
    assert [m.after for m in stage.conversations.told_of(2, to.Subscribe)] == [None]


async def test_left_names_each_cursor_of_a_conversation_one_is_not_in(stage: Stage, codec: Codec) -> None:
    heard = await stage.client(codec).sign_in(cursors=[[99, 1, 5], [1, 1, 1], [98, 1, 5], [99, 1, 6]])
    assert [frame["t"] for frame in heard] == ["welcome", "left", "left", "synced"]
    assert [frame["conv"] for frame in heard[1:3]] == [99, 98]


async def test_a_replay_comes_between_welcome_and_synced(stage: Stage) -> None:
    async def replay(conv: int, message: to.CatchUp, reply: Reply) -> None:
        stage.switchboard.sessions[message.session].outbox.push(EVENT)
        stage.system.ref("session", message.session).tell(CaughtUp(conv=conv), urgent=True)
        reply.answer(Done())

    stage.conversations.scripts[1][to.CatchUp] = replay
    welcome, event, synced = await stage.client().sign_in()
    assert (welcome["t"], event, synced["t"]) == ("welcome", {}, "synced")


async def test_synced_waits_for_a_replay_that_does_not_fit_yet(stage: Stage) -> None:
    stage.conversations.scripts[1][to.CatchUp] = Done()
    alice = stage.client()
    assert [frame["t"] for frame in await alice.sign_in()] == ["welcome"]
    stage.conversations.scripts[1].clear()
    alice.door.drained([1])
    assert await alice.hears() == [{"t": "synced"}]


async def test_counts_that_nobody_knows_are_looked_up_and_told(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.conversations.counted = False
    counting = Counting()
    monkeypatch.setattr(stage.store.library, "counts", counting)
    welcome, _ = await stage.client().sign_in()
    assert welcome["conversations"][0]["unread"] == 4
    assert welcome["conversations"][0]["mentions"] == 2
    assert counting.asked == [(1, 0, 1)]
    assert stage.conversations.told_of(1, to.Counted) == [
        to.Counted(who=Who("user", 1), count_mark=3, counts=Counts(4, 2))
    ]


class Counting:
    """A `Library.counts` with an answer of its own."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []

    async def __call__(self, _who: Who, upto: list[tuple[int, int, int]]) -> dict[int, Counts]:
        self.asked += upto
        return {conv: Counts(4, 2) for conv, _, _ in upto}


async def test_many_conversations_are_asked_a_bounded_number_at_a_time(stage: Stage, autojump_clock: MockClock) -> None:
    alice = stage.store.accounts.living(Who("user", 1))
    assert alice is not None
    at_once: list[int] = []
    running = 0

    async def slow(conv: int, message: to.Subscribe, reply: Reply) -> None:
        nonlocal running
        running += 1
        at_once.append(running)
        await trio.sleep(0.1)
        running -= 1
        reply.answer(stage.conversations.described(conv, message))

    convs = [stage.store.add_conversation("closed", [alice]) for _ in range(50)]
    for conv in convs:
        stage.conversations.scripts[conv][to.Subscribe] = slow
    client = stage.client()
    await client.send(t="hello", ref=1, token="token-alice", device="phone")
    await trio.sleep(5)
    welcome = client.outbox.take_frames()[0]
    assert [c["id"] for c in welcome["conversations"]] == [1, *convs]
    assert 2 < max(at_once) <= 16


async def test_a_store_that_cannot_be_read_sends_the_client_away_to_come_back(stage: Stage, codec: Codec) -> None:
    stage.store.unreadable = True
    alice = stage.client(codec)
    (error,) = await alice.sign_in()
    assert (error["t"], error["ref"], error["code"], error["retry_ms"]) == ("error", 1, "unavailable", 500)
    assert alice.code == CloseCode.GOING_AWAY
    assert not stage.switchboard.sessions


async def test_a_library_that_fails_after_the_sign_in_does_so_too(stage: Stage) -> None:
    stage.store.library.unreadable = True
    alice = stage.client()
    (error,) = await alice.sign_in()
    assert (error["code"], error["retry_ms"]) == ("unavailable", 500)
    assert alice.code == CloseCode.GOING_AWAY
    assert stage.failures == []


async def test_a_bug_in_the_welcome_is_internal_and_ends_this_connection_only(
    stage: Stage, codec: Codec, monkeypatch: pytest.MonkeyPatch
) -> None:
    bob = stage.client(codec)
    await bob.sign_in("bob")
    alice = stage.client(codec)
    with monkeypatch.context() as patch:
        patch.setattr(stage.store.library, "memberships", Broken())
        (error,) = await alice.sign_in()
    assert (error["t"], error["ref"], error["code"]) == ("error", 1, "internal")
    assert alice.code == CloseCode.GOING_AWAY
    assert stage.failed_kinds() == ["session"]
    assert bob.code is None
    assert (await bob.asks(t="conversations", ref=2))["t"] == "ok"


class Broken:
    """A port with a bug."""

    async def __call__(self, *_args: object, **_kwargs: object) -> object:
        raise RuntimeError("injected")


async def test_a_broken_conversation_is_left_out_and_joins_in_when_it_works_again(
    stage: Stage, autojump_clock: MockClock
) -> None:
    alice_caller = stage.store.accounts.living(Who("user", 1))
    assert alice_caller is not None
    stage.store.add_conversation("closed", [alice_caller])
    stage.conversations.scripts[1][to.Subscribe] = RuntimeError("injected")
    alice = stage.client()
    welcome, synced = await alice.sign_in(cursors=[[1, 1, 5]])
    assert [c["id"] for c in welcome["conversations"]] == [2]
    assert synced["t"] == "synced"
    await trio.sleep(3)
    assert stage.conversations.listeners(1) == []
    stage.conversations.scripts[1].clear()
    await trio.sleep(10)
    assert stage.conversations.listeners(1) == [alice.session]
    assert stage.conversations.told_of(1, to.Subscribe)[-1].after == (1, 5)
    assert stage.conversations.told_of(1, to.CatchUp)
    assert set(stage.failed_kinds()) == {"conversation"}
    assert alice.code is None


async def test_a_connection_that_ends_amid_its_welcome_leaves_no_place_behind(
    stage: Stage, autojump_clock: MockClock
) -> None:
    async def slow(conv: int, message: to.Subscribe, reply: Reply) -> None:
        await trio.sleep(1)
        reply.answer(stage.conversations.described(conv, message))

    stage.conversations.scripts[1][to.Subscribe] = slow
    alice = stage.client()
    await alice.sign_in()
    alice.leave()
    await trio.sleep(30)
    assert stage.conversations.listeners(1) == []
    assert stage.conversations.told_of(1, to.Unsubscribe)
    assert not stage.switchboard.sessions
    assert alice.outbox.take_frames() == []


async def test_a_second_hello_and_a_late_one_are_out_of_turn(stage: Stage, codec: Codec) -> None:
    alice = stage.client(codec)
    await alice.send(t="conversations", ref=1)
    assert alice.code == CloseCode.MALFORMED
    bob = stage.client(codec)
    await bob.sign_in("bob")
    await bob.sign_in("bob")
    assert bob.code == CloseCode.MALFORMED


async def test_a_hello_that_is_no_good_may_be_corrected(stage: Stage) -> None:
    alice = stage.client()
    error = await alice.asks(t="hello", ref=1, device="phone")
    assert (error["code"], error["field"]) == ("bad_request", "token")
    assert not alice.door.signed_in
    assert [frame["t"] for frame in await alice.sign_in()] == ["welcome", "synced"]


async def test_bye_ends_with_1000(stage: Stage, codec: Codec) -> None:
    alice = stage.client(codec)
    await alice.sign_in()
    await alice.send(t="bye")
    assert alice.code == CloseCode.BYE


async def test_synced_does_not_wait_for_a_conversation_that_fails(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    stage.conversations.scripts[1][to.CatchUp] = RuntimeError("injected")
    alice = stage.client(codec)
    assert [frame["t"] for frame in await alice.sign_in()] == ["welcome", "synced"]
    stage.conversations.scripts.clear()
    await trio.sleep(5)
    assert len(stage.conversations.told_of(1, to.CatchUp)) == 2


async def test_no_more_conversations_are_asked_for_a_connection_that_has_ended(
    stage: Stage, autojump_clock: MockClock
) -> None:
    async def slow(conv: int, message: to.Subscribe, reply: Reply) -> None:
        await trio.sleep(1)
        reply.answer(stage.conversations.described(conv, message))

    caller = stage.store.accounts.living(Who("user", 1))
    assert caller is not None
    convs = [stage.store.add_conversation("closed", [caller]) for _ in range(50)]
    for conv in convs:
        stage.conversations.scripts[conv][to.Subscribe] = slow
    alice = stage.client()
    await alice.sign_in()
    alice.leave()
    await trio.sleep(10)
    assert len([conv for conv in convs if stage.conversations.told_of(conv, to.Subscribe)]) < 20
    assert not any(stage.conversations.listeners(conv) for conv in convs)
