"""Presence as clients see it."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.messages.presence import Arrived, Departed
from actors.messages.session import Admitted
from actors.presence.actor import GRACE_S
from actors.presence.state import Online
from protocol.codec import JSON, MSGPACK, Codec
from protocol.frames import Actor
from tests.fakes.stage import Client, Stage


@pytest.fixture(params=[MSGPACK, JSON], ids=["msgpack", "json"])
def codec(request: pytest.FixtureRequest) -> Codec:
    """Each subprotocol."""
    chosen: Codec = request.param
    return chosen


@pytest.fixture
async def stage(nursery: trio.Nursery) -> Stage:
    """Alice, bob and the bot ci share a small conversation; all four share one that is too large for presence."""
    stage = Stage(presence_members=3)
    alice, bob, carol = (stage.store.add_user(name) for name in ("alice", "bob", "carol"))
    ci = stage.store.add_bot("ci", alice)
    stage.store.add_conversation("closed", [alice, bob, ci])
    stage.store.add_conversation("closed", [alice, bob, carol, ci])
    await nursery.start(stage.system.run)
    return stage


async def sees(client: Client, seconds: float = 1.0) -> list[tuple[str, bool]]:
    """The presence that comes within so many seconds."""
    await trio.sleep(seconds)
    return [(f["who"]["name"], f["online"]) for f in client.outbox.take_frames() if f["t"] == "presence"]


async def test_one_learns_who_is_there_and_they_learn_of_one(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    alice, bob, ci = (stage.client(codec) for _ in range(3))
    await alice.sign_in("alice")
    assert await sees(alice) == []
    await ci.sign_in("ci")
    await bob.sign_in("bob")
    assert sorted(await sees(bob)) == [("alice", True), ("ci", True)]
    assert sorted(await sees(alice)) == [("bob", True), ("ci", True)]


async def test_the_frame_is_the_documented_one(stage: Stage, codec: Codec, autojump_clock: MockClock) -> None:
    alice, bob = stage.client(codec), stage.client(codec)
    await alice.sign_in("alice")
    await bob.sign_in("bob")
    await trio.sleep(1)
    (frame,) = (f for f in alice.outbox.take_frames() if f["t"] == "presence")
    at = frame.pop("at")
    assert isinstance(at, int)
    assert frame == {"t": "presence", "who": {"kind": "user", "id": 2, "name": "bob"}, "online": True}


async def test_large_conversations_show_nobody(stage: Stage, autojump_clock: MockClock) -> None:
    alice, carol = stage.client(), stage.client()
    await alice.sign_in("alice")
    await carol.sign_in("carol")
    assert await sees(alice) == []
    assert await sees(carol) == []


async def test_a_departure_is_told_after_the_grace_and_a_reconnect_is_not(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    alice, bob, again = (stage.client(codec) for _ in range(3))
    await alice.sign_in("alice")
    await bob.sign_in("bob")
    await sees(alice)
    bob.leave()
    assert await sees(alice, GRACE_S - 1) == []
    await again.sign_in("bob")
    assert await sees(alice, 3 * GRACE_S) == []
    again.leave()
    assert await sees(alice, GRACE_S + 1) == [("bob", False)]


async def test_an_admission_is_told(stage: Stage, autojump_clock: MockClock) -> None:
    alice, carol = stage.client(), stage.client()
    await alice.sign_in("alice")
    await carol.sign_in("carol")
    await trio.sleep(1)
    callers = [stage.switchboard.sessions[client.session].caller for client in (alice, carol)]
    conv = stage.store.add_conversation("closed", callers)
    for client in (alice, carol):
        stage.system.ref("session", client.session).tell(Admitted(conv=conv, epoch=1, seq=1), urgent=True)
    assert await sees(alice) == [("carol", True)]
    assert await sees(carol) == [("alice", True)]


async def test_whoever_was_put_out_is_not_seen_going(stage: Stage, autojump_clock: MockClock) -> None:
    alice, bob = stage.client(), stage.client()
    await alice.sign_in("alice")
    await bob.sign_in("bob")
    await sees(alice)
    stage.switchboard.room(1).forget(bob.session)
    bob.leave()
    assert await sees(alice, GRACE_S + 1) == []


async def test_an_arrival_that_is_read_after_the_end_is_none(stage: Stage, autojump_clock: MockClock) -> None:
    alice, bob = stage.client(), stage.client()
    await alice.sign_in("alice")
    late = Arrived(session="gone", actor=Actor("user", 2, "bob"), convs=[1])
    stage.system.ref("presence", "hub").tell(late)
    await bob.sign_in("bob")
    assert await sees(alice) == [("bob", True)]
    bob.leave()
    assert await sees(alice, GRACE_S + 1) == [("bob", False)]


async def test_a_client_that_is_behind_gets_none_and_nobody_minds(stage: Stage, autojump_clock: MockClock) -> None:
    alice, bob = stage.client(), stage.client()
    await alice.sign_in("alice")
    alice.outbox.room_left = 0
    await bob.sign_in("bob")
    assert await sees(alice) == []
    assert len(alice.outbox.drops) == 1
    assert not alice.outbox.cut


@pytest.mark.parametrize("method", ["arrived", "departed", "entered", "due"])
async def test_a_failure_restarts_presence_only_and_it_knows_who_is_there(
    stage: Stage, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    alice, bob, ci = (stage.client() for _ in range(3))
    await alice.sign_in("alice")
    await bob.sign_in("bob")
    await sees(alice)
    with monkeypatch.context() as patch:
        fail_once(patch, method)
        if method == "entered":
            stage.system.ref("session", alice.session).tell(Admitted(conv=1, epoch=1, seq=1), urgent=True)
            stage.switchboard.sessions[alice.session].progress.small.clear()
        elif method == "departed":
            stage.system.ref("presence", "hub").tell(Departed(session="unknown", convs=[]))
        else:
            await ci.sign_in("ci")
        await trio.sleep(1)
    assert stage.failed_kinds() == ["presence"]
    assert [client.code for client in (alice, bob, ci)] == [None] * 3
    alice.outbox.take_frames()
    if method in ("entered", "departed"):
        await ci.sign_in("ci")
        assert ("ci", True) in await sees(alice)
    assert {name for name, _ in await sees(ci)} == {"alice", "bob"}
    ci.leave()
    assert await sees(alice, GRACE_S + 1) == [("ci", False)]


def fail_once(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    healthy = getattr(Online, method)
    failed: list[bool] = []

    def flaky(self: Online, *args: Any, **kwargs: Any) -> Any:
        if not failed:
            failed.append(True)
            raise RuntimeError("injected")
        return healthy(self, *args, **kwargs)

    monkeypatch.setattr(Online, method, flaky)
