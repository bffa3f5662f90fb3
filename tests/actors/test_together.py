"""Dialogues through the door with everything behind it: sessions, desks, real conversations, bots and presence."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from protocol.codec import JSON, MSGPACK, Codec
from protocol.codes import CloseCode
from tests.fakes.stage import Client, Stage


@pytest.fixture(params=[MSGPACK, JSON], ids=["msgpack", "json"])
def codec(request: pytest.FixtureRequest) -> Codec:
    """Each subprotocol."""
    chosen: Codec = request.param
    return chosen


@pytest.fixture
async def stage(nursery: trio.Nursery) -> Stage:
    """Alice and bob are in the closed conversation 1, carol in the open conversation 2."""
    stage = Stage(scripted=False, publish_burst=10_000, presence_members=100)
    alice, bob, carol = (stage.store.add_user(name) for name in ("alice", "bob", "carol"))
    stage.store.add_conversation("closed", [alice, bob], name="ops")
    stage.store.add_conversation("open", [carol], name="tea")
    await nursery.start(stage.system.run)
    return stage


async def online(stage: Stage, codec: Codec, *names: str) -> list[Client]:
    """These, signed in and in sync."""
    clients = [stage.client(codec) for _ in names]
    for client, name in zip(clients, names, strict=True):
        assert [frame["t"] for frame in await client.sign_in(name)][-1] == "synced"
    return clients


async def hears(client: Client, seconds: float = 0.1) -> list[dict[str, Any]]:
    """What comes within so many seconds, without presence."""
    await trio.sleep(seconds)
    return [frame for frame in client.outbox.take_frames() if frame["t"] != "presence"]


def brief(frames: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Type, conversation and `seq` of each frame."""
    return [(frame["t"], frame.get("conv"), frame.get("seq")) for frame in frames]


async def test_two_people_chat(stage: Stage, codec: Codec, autojump_clock: MockClock) -> None:
    alice, bob = await online(stage, codec, "alice", "bob")
    await alice.send(t="publish", ref=2, conv=1, cid="a", body="**hi** @bob")
    assert sorted(brief(await hears(alice))) == [("message", 1, 2), ("ok", 1, 2)]
    (message,) = await hears(bob)
    assert (message["from"]["name"], message["body"], message["mentions"][0]["name"]) == ("alice", "**hi** @bob", "bob")
    assert "<strong>" in message["html"]
    await bob.send(t="read", conv=1, seq=2)
    assert [frame["t"] for frame in await hears(alice, 1)] == ["receipt"]


async def test_what_one_missed_is_replayed_between_welcome_and_synced(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    alice, bob = await online(stage, codec, "alice", "bob")
    bob.leave()
    for n in range(5):
        await alice.send(t="publish", ref=n, conv=1, cid=f"c{n}", body=f"{n}")
    await trio.sleep(1)
    back = stage.client(codec)
    heard = [f for f in await back.sign_in("bob", cursors=[[1, 1, 1]]) if f["t"] != "presence"]
    assert brief(heard) == [("welcome", None, None), *[("message", 1, n) for n in range(2, 7)], ("synced", None, None)]
    assert heard[0]["conversations"][0]["seq"] == 6
    assert heard[0]["conversations"][0]["unread"] == 5


async def test_a_founded_conversation_is_live_for_all_its_members(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    alice, bob = await online(stage, codec, "alice", "bob")
    await alice.send(t="conversation.create", ref=2, kind="closed", name="new", members=[2])
    heard = await hears(alice)
    (ok,) = (frame for frame in heard if frame["t"] == "ok")
    conv = ok["conversation"]["id"]
    assert {m["name"] for m in ok["conversation"]["members"]} == {"alice", "bob"}
    assert brief(await hears(bob)) == [("members", conv, 1)]
    await bob.send(t="publish", ref=3, conv=conv, cid="x", body="thanks")
    assert brief(await hears(alice)) == [("message", conv, 2)]


async def test_a_direct_conversation_is_the_same_for_both(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    alice, bob = await online(stage, codec, "alice", "bob")
    await alice.send(t="conversation.create", ref=2, kind="direct", members=[2])
    await bob.send(t="conversation.create", ref=2, kind="direct", members=[1])
    answers = [next(f for f in await hears(client) if f["t"] == "ok") for client in (alice, bob)]
    assert answers[0]["conversation"]["id"] == answers[1]["conversation"]["id"]


async def test_join_leave_and_what_is_seen_of_it(stage: Stage, codec: Codec, autojump_clock: MockClock) -> None:
    alice, carol = await online(stage, codec, "alice", "carol")
    await alice.send(t="conversation.search", ref=2, q="te")
    assert [c["id"] for c in (await hears(alice))[0]["conversations"]] == [2]
    await alice.send(t="conversation.join", ref=3, conv=2)
    assert sorted(brief(await hears(alice))) == [("members", 2, 2), ("ok", None, 2)]
    assert brief(await hears(carol)) == [("members", 2, 2)]
    await alice.send(t="conversation.leave", ref=4, conv=2)
    assert sorted(brief(await hears(alice))) == [("members", 2, 3), ("ok", None, 3)]
    await carol.send(t="publish", ref=5, conv=2, cid="x", body="bye")
    await trio.sleep(1)
    assert await hears(alice) == []
    again = stage.client(codec)
    heard = await again.sign_in("alice", device="other", cursors=[[2, 1, 2]])
    assert ("left", 2, None) in brief(heard)


@pytest.mark.parametrize(
    ("frame", "code", "field"),
    [
        ({"t": "conversation.create", "kind": "closed", "members": [2, 99]}, "not_found", "members"),
        ({"t": "conversation.create", "kind": "closed", "bots": [99]}, "not_found", "bots"),
        ({"t": "conversation.create", "kind": "direct"}, "bad_request", "members"),
        ({"t": "members.add", "conv": 1, "users": [99]}, "not_found", "users"),
        ({"t": "members.add", "conv": 1, "bots": [99]}, "not_found", "bots"),
    ],
)
async def test_the_field_that_is_wrong_is_named(
    stage: Stage, codec: Codec, autojump_clock: MockClock, frame: dict[str, Any], code: str, field: str
) -> None:
    (alice,) = await online(stage, codec, "alice")
    await alice.send(ref=2, **frame)
    (error,) = await hears(alice)
    assert (error["t"], error["code"], error["field"]) == ("error", code, field)


@pytest.mark.parametrize(
    "frame",
    [
        {"t": "publish", "cid": "x", "body": "x"},
        {"t": "edit", "id": 1, "body": "x"},
        {"t": "delete", "id": 1},
        {"t": "react", "id": 1, "emoji": "x", "on": True},
        {"t": "read", "seq": 1},
        {"t": "typing", "on": True},
        {"t": "history"},
        {"t": "search", "q": "x"},
        {"t": "conversation.update", "name": "x"},
        {"t": "conversation.join"},
        {"t": "conversation.leave"},
        {"t": "members.add", "users": [1]},
        {"t": "members.remove", "users": [1]},
    ],
    ids=lambda frame: frame["t"],
)
@pytest.mark.parametrize("conv", [1, 99], ids=["closed", "none"])
async def test_what_is_not_ones_own_is_not_found_whether_it_exists_or_not(
    stage: Stage, codec: Codec, autojump_clock: MockClock, frame: dict[str, Any], conv: int
) -> None:
    (carol,) = await online(stage, codec, "carol")
    await carol.send(ref=2, conv=conv, **frame)
    (error,) = await hears(carol)
    assert (error["t"], error["ref"], error["code"]) == ("error", 2, "not_found")


async def test_a_client_that_does_not_read_gets_the_rest_later_and_in_order(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    (alice,) = await online(stage, codec, "alice")
    slow = stage.client(codec, room=4_000)
    await slow.sign_in("bob")
    for n in range(60):
        await alice.send(t="publish", ref=n, conv=1, cid=f"c{n}", body=f"message number {n}")
    await trio.sleep(1)
    seqs: list[int] = []
    while True:
        seqs += [frame["seq"] for frame in await hears(slow) if frame["t"] == "message"]
        wakes = slow.outbox.take_wakes()
        if not wakes:
            break
        slow.door.drained(wakes)
    assert seqs == list(range(2, 62))
    assert not slow.outbox.cut


async def test_a_deleted_bot_leaves_its_conversations(stage: Stage, codec: Codec, autojump_clock: MockClock) -> None:
    (alice,) = await online(stage, codec, "alice")
    await alice.send(t="bot.create", ref=2, name="ci")
    (made,) = await hears(alice)
    await alice.send(t="members.add", ref=3, conv=1, bots=[made["bot"]["id"]])
    await hears(alice)
    bot = stage.client(codec)
    await bot.send(t="hello", ref=1, token=made["bot"]["token"], device="server")
    assert [frame["t"] for frame in await hears(bot)] == ["welcome", "synced"]
    await alice.send(t="bot.delete", ref=4, bot=made["bot"]["id"])
    heard = await hears(alice)
    assert bot.code == CloseCode.REVOKED
    (members,) = (frame for frame in heard if frame["t"] == "members")
    assert [actor["name"] for actor in members["removed"]] == ["ci"]


async def test_two_hundred_comings_and_goings_leave_nothing_behind(
    stage: Stage, codec: Codec, autojump_clock: MockClock
) -> None:
    async def come_and_go(number: int) -> None:
        client = stage.client(codec)
        await trio.sleep(number % 17 / 100)
        await client.send(t="hello", ref=1, token="token-alice", device=f"d{number}")
        await client.send(t="publish", ref=2, conv=1, cid=f"c{number}", body="hi")
        await trio.sleep(number % 13 / 100)
        client.leave()

    for _ in range(4):
        async with trio.open_nursery() as nursery:
            for number in range(50):
                nursery.start_soon(come_and_go, number)
    await trio.sleep(300)
    assert stage.switchboard.statistics() == {"sessions": 0, "owners": 0, "rooms": 0}
    assert {kind: s.actors for kind, s in stage.system.statistics().items()} == {
        "conversation": 0,
        "session": 0,
        "desk": 0,
        "presence": 1,
        "bot": 0,
        "view": 0,
        "account": 0,
        "helpdesk": 0,
        "webhook": 0,
        "subscriber": 0,
        "fetcher": 0,
    }
    assert stage.failures == []


@pytest.fixture(autouse=True)
def nothing_failed(stage: Stage) -> Any:
    """No actor failed in any of these."""
    yield
    assert [str(failure) for failure in stage.failures] == []
