"""What the desk answers."""

from typing import Any

import pytest
import trio
from trio.testing import MockClock

from actors.messages import conversation as to
from actors.messages.outcomes import Changed, NotMember
from actors.ports import StoreUnavailable
from actors.runtime.reply import Reply
from actors.values import Counts, Who
from protocol.codec import Codec
from protocol.frames import Message
from tests.fakes.stage import Client, Stage


@pytest.fixture
async def alice(stage: Stage, codec: Codec) -> Client:
    client = stage.client(codec)
    await client.sign_in()
    return client


def say(stage: Stage, conv: int, *bodies: str) -> None:
    """Alice says these."""
    room = stage.store.rooms.get(conv)
    assert room is not None
    for body in bodies:
        seq = len(room.log) + 1
        alice = stage.store.accounts.living(Who("user", 1))
        assert alice is not None
        room.append(Message(conv=conv, seq=seq, at=seq, id=seq * 10, sender=alice.actor, body=body, cid=body))


# -------------------------------------------------------------------------------------------- reading


async def test_history_is_a_page_in_ascending_order(alice: Client, stage: Stage) -> None:
    say(stage, 1, "one", "two", "three")
    newest = await alice.asks(t="history", ref=2, conv=1, limit=2)
    assert (newest["t"], newest["ref"], newest["more"]) == ("ok", 2, True)
    assert [m["body"] for m in newest["messages"]] == ["two", "three"]
    assert newest["messages"][0]["from"] == {"kind": "user", "id": 1, "name": "alice"}
    older = await alice.asks(t="history", ref=3, conv=1, before=newest["messages"][0]["id"])
    assert ([m["body"] for m in older["messages"]], older["more"]) == (["one"], False)
    later = await alice.asks(t="history", ref=4, conv=1, after=20, limit=1)
    assert ([m["body"] for m in later["messages"]], later["more"]) == (["two"], True)


@pytest.mark.parametrize("frame", [{"t": "history"}, {"t": "search", "q": "x"}], ids=["history", "search"])
async def test_what_one_may_not_see_is_not_found(stage: Stage, codec: Codec, frame: dict[str, Any]) -> None:
    carol = stage.client(codec)
    await carol.sign_in("carol")
    for conv in (1, 99):
        error = await carol.asks(ref=2, conv=conv, **frame)
        assert (error["code"], error["field"]) == ("not_found", "conv")


async def test_search_finds_in_all_or_in_one(alice: Client, stage: Stage) -> None:
    say(stage, 1, "a cat", "a dog", "another cat")
    found = await alice.asks(t="search", ref=2, q="cat")
    assert ([m["body"] for m in found["messages"]], found["more"]) == (["a cat", "another cat"], False)
    found = await alice.asks(t="search", ref=3, q="cat", conv=1, before=40, limit=1)
    assert [m["body"] for m in found["messages"]] == ["a cat"]


async def test_a_slow_search_holds_up_nothing_but_the_requests_behind_it(
    stage: Stage, codec: Codec, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = stage.client(codec)
    await alice.sign_in()
    monkeypatch.setattr(stage.store.library, "search", Slow())
    await alice.send(t="search", ref=2, q="x")
    await alice.send(t="history", ref=3, conv=1)
    assert (await alice.asks(t="publish", ref=4, conv=1, cid="c", body="hi"))["ref"] == 4
    before = len(stage.conversations.told_of(1, to.CatchUp))
    alice.door.drained([1])
    assert await alice.hears() == []
    assert len(stage.conversations.told_of(1, to.CatchUp)) == before + 1
    await trio.sleep(3)
    assert [(f["ref"], f["t"]) for f in alice.outbox.take_frames()] == [(2, "error"), (3, "ok")]


class Slow:
    """A search that takes two seconds and sees nothing."""

    async def __call__(self, *_args: object, **_kwargs: object) -> None:
        await trio.sleep(2)


async def test_a_session_that_asks_for_too_much_at_once_is_busy(
    nursery: trio.Nursery, codec: Codec, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(desk_mailbox=1)
    stage.store.add_user("alice")
    monkeypatch.setattr(stage.store.library, "search", Slow())
    await nursery.start(stage.system.run)
    alice = stage.client(codec)
    await alice.sign_in()
    await alice.send(t="search", ref=2, q="x")
    assert await alice.hears() == []
    await alice.send(t="search", ref=3, q="x")
    busy = await alice.asks(t="search", ref=4, q="x")
    assert (busy["ref"], busy["code"]) == (4, "busy")


async def test_conversations_come_as_in_welcome_without_the_broken_ones(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    caller = stage.store.accounts.living(Who("user", 1))
    assert caller is not None
    second = stage.store.add_conversation("open", [caller], name="tea")
    listed = await alice.asks(t="conversations", ref=2)
    assert [(c["id"], c["name"]) for c in listed["conversations"]] == [(1, "ops"), (second, "tea")]
    stage.conversations.scripts[1][to.Describe] = RuntimeError("injected")
    listed = await alice.asks(t="conversations", ref=3)
    assert [c["id"] for c in listed["conversations"]] == [second]


async def test_open_conversations_are_found_by_users(alice: Client, stage: Stage) -> None:
    carol = stage.store.accounts.living(Who("user", 3))
    assert carol is not None
    tea = stage.store.add_conversation("open", [carol], name="Tea room")
    stage.store.add_conversation("closed", [carol], name="Tea cellar")
    found = await alice.asks(t="conversation.search", ref=2, q="tea")
    assert found["conversations"] == [
        {"id": tea, "kind": "open", "name": "Tea room", "epoch": 1, "seq": 1, "read": 0, "unread": 0, "mentions": 0}
    ]


async def test_users_are_found(alice: Client) -> None:
    found = await alice.asks(t="user.search", ref=2, q="bo")
    assert found["users"] == [{"kind": "user", "id": 2, "name": "bob", "username": "bob", "role": "user"}]


# -------------------------------------------------------------------------------------------- conversations


async def test_a_conversation_is_founded_under_a_fresh_id(alice: Client, stage: Stage) -> None:
    bot = stage.store.add_bot("ci")
    made = await alice.asks(t="conversation.create", ref=2, kind="closed", name="new", members=[2, 3, 2], bots=[bot.id])
    assert (made["t"], made["conversation"]["id"], made["conversation"]["name"]) == ("ok", 2, "new")
    (found,) = stage.conversations.told_of(2, to.Found)
    assert found.members == [Who("user", 2), Who("user", 3), Who("bot", bot.id)]
    assert (found.by.name, found.kind, found.name) == ("alice", "closed", "new")


async def test_a_direct_conversation_that_is_found_again_comes_with_its_counts(
    alice: Client, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def counts(_who: Who, upto: list[tuple[int, int, int]]) -> dict[int, Counts]:
        return {conv: Counts(3, 1) for conv, _, _ in upto}

    stage.conversations.counted = False
    monkeypatch.setattr(stage.store.library, "counts", counts)
    again = stage.conversations.summary(1, "direct", None, 2)
    stage.conversations.scripts[2][to.Found] = again
    made = await alice.asks(t="conversation.create", ref=2, kind="direct", members=[2])
    assert (made["conversation"]["id"], made["conversation"]["unread"]) == (1, 3)


@pytest.mark.parametrize("t", ["members.add", "members.remove"])
async def test_nobody_named_is_a_bad_request(alice: Client, t: str) -> None:
    error = await alice.asks(t=t, ref=2, conv=1)
    assert (error["code"], error["field"]) == ("bad_request", "users")


@pytest.mark.parametrize(
    ("frame", "kind", "told"),
    [
        ({"t": "conversation.update", "name": "new"}, to.Rename, {"name": "new"}),
        ({"t": "conversation.join"}, to.Join, {}),
        ({"t": "conversation.leave"}, to.Leave, {}),
        ({"t": "members.add", "users": [3]}, to.AddMembers, {"members": [Who("user", 3)]}),
        (
            {"t": "members.remove", "users": [2], "bots": [98]},
            to.RemoveMembers,
            {"members": [Who("user", 2), Who("bot", 98)]},
        ),
    ],
    ids=lambda value: value["t"] if isinstance(value, dict) and "t" in value else "",
)
async def test_the_conversation_answers_for_itself(
    alice: Client, stage: Stage, frame: dict[str, Any], kind: type, told: dict[str, Any]
) -> None:
    assert await alice.asks(ref=2, conv=1, **frame) == {"t": "ok", "ref": 2, "seq": 7}
    (message,) = stage.conversations.told_of(1, kind)
    assert {name: getattr(message, name) for name in told} == told
    stage.conversations.scripts[1][kind] = NotMember()
    assert (await alice.asks(ref=3, conv=1, **frame))["code"] == "not_found"


async def test_a_slow_answer_of_a_conversation_does_not_block_the_desk(alice: Client, stage: Stage) -> None:
    waiting: list[Reply] = []

    async def later(_conv: int, _message: to.Rename, reply: Reply) -> None:
        waiting.append(reply)

    stage.conversations.scripts[1][to.Rename] = later
    await alice.send(t="conversation.update", ref=2, conv=1, name="new")
    assert (await alice.asks(t="user.search", ref=3))["ref"] == 3
    waiting[0].answer(Changed(seq=9))
    assert await alice.hears() == [{"t": "ok", "ref": 2, "seq": 9}]


# -------------------------------------------------------------------------------------------- users


async def test_a_new_name_is_stored_and_told_to_all_who_show_it(stage: Stage, codec: Codec) -> None:
    alice, tablet = stage.client(codec), stage.client(codec)
    await alice.sign_in()
    await tablet.sign_in(device="tablet")
    saved = await alice.asks(t="user.update", ref=2, name="Alice B.")
    assert saved["user"] == {"kind": "user", "id": 1, "name": "Alice B.", "username": "alice", "role": "user"}
    assert stage.conversations.told_of(1, to.Renamed) == [to.Renamed(who=Who("user", 1), name="Alice B.")]
    await tablet.send(t="publish", ref=2, conv=1, cid="c", body="hi")
    await stage.settle()
    assert stage.conversations.told_of(1, to.Publish)[0].by.name == "Alice B."


async def test_an_update_of_nothing_is_a_bad_request(alice: Client) -> None:
    assert (await alice.asks(t="user.update", ref=2))["field"] == "name"


async def test_a_password_needs_the_old_one(stage: Stage, codec: Codec, autojump_clock: MockClock) -> None:
    dora = stage.store.add_user("dora", password_hash="hash of secret-1")
    client = stage.client(codec)
    await client.sign_in("dora")

    async def change(**frame: Any) -> dict[str, Any]:
        await client.send(t="user.update", ref=2, **frame)
        await trio.sleep(1)
        (answer,) = client.outbox.take_frames()
        return answer

    missing = await change(password="secret-2")
    assert (missing["code"], missing["field"]) == ("bad_request", "old_password")
    wrong = await change(password="secret-2", old_password="guess", name="Dora")
    assert (wrong["code"], wrong["field"]) == ("forbidden", "old_password")
    assert await stage.store.accounts.caller(dora.who) == dora
    right = await change(password="secret-2", old_password="secret-1")
    assert (right["t"], right["user"]["name"]) == ("ok", "dora")
    assert await stage.store.accounts.password_hash(dora.id) == "hash of secret-2"


async def test_a_failed_update_can_be_repeated_with_the_same_old_password(
    stage: Stage, codec: Codec, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.store.add_user("dora", password_hash="hash of secret-1")
    client = stage.client(codec)
    await client.sign_in("dora")
    frame = {"t": "user.update", "name": "Dora", "password": "secret-2", "old_password": "secret-1"}

    async def unavailable(*_args: object) -> None:
        raise StoreUnavailable("no", 500)

    with monkeypatch.context() as patch:
        patch.setattr(stage.store.accounts, "set_password", unavailable)
        await client.send(ref=2, **frame)
        await trio.sleep(1)
    await client.send(ref=3, **frame)
    await trio.sleep(1)
    failed, saved = client.outbox.take_frames()
    assert (failed["code"], saved["t"], saved["user"]["name"]) == ("unavailable", "ok", "Dora")


async def test_a_bot_is_no_user(stage: Stage, codec: Codec) -> None:
    stage.store.add_bot("ci")
    bot = stage.client(codec)
    await bot.sign_in("ci")
    for frame in ({"t": "user.update", "name": "x"}, {"t": "bot.list"}, {"t": "conversation.search"}):
        assert (await bot.asks(ref=2, **frame))["code"] == "forbidden"


# -------------------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    "frame",
    [
        {"t": "history", "conv": 1},
        {"t": "search", "q": "x"},
        {"t": "conversations"},
        {"t": "conversation.search"},
        {"t": "user.search"},
        {"t": "bot.list"},
        {"t": "user.update", "name": "x"},
        {"t": "bot.create", "name": "ci"},
        {"t": "bot.delete", "bot": 1},
    ],
    ids=lambda frame: frame["t"],
)
async def test_a_store_that_does_not_serve_is_unavailable(alice: Client, stage: Stage, frame: dict[str, Any]) -> None:
    stage.store.unreadable = True
    error = await alice.asks(ref=2, **frame)
    assert (error["t"], error["ref"], error["code"], error["retry_ms"]) == ("error", 2, "unavailable", 500)
    stage.store.unreadable = False
    assert (await alice.asks(t="user.search", ref=3))["t"] == "ok"
    assert stage.failures == []


PORTS_OF: dict[str, tuple[str, str, dict[str, Any]]] = {
    "history": ("library", "history", {"conv": 1}),
    "search": ("library", "search", {"q": "x"}),
    "conversations": ("library", "memberships", {}),
    "conversation.search": ("library", "open_conversations", {}),
    "user.search": ("library", "users", {}),
    "bot.list": ("accounts", "bots", {}),
    "user.update": ("accounts", "rename_user", {"name": "x"}),
}


@pytest.mark.parametrize("t", PORTS_OF)
async def test_a_bug_in_a_handler_is_internal_and_the_desk_is_back(
    alice: Client, stage: Stage, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch, t: str
) -> None:
    port, method, frame = PORTS_OF[t]

    async def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError("injected")

    with monkeypatch.context() as patch:
        patch.setattr(getattr(stage.store, port), method, broken)
        error = await alice.asks(t=t, ref=2, **frame)
    assert (error["t"], error["ref"], error["code"]) == ("error", 2, "internal")
    await trio.sleep(1)
    assert (await alice.asks(t=t, ref=3, **frame))["t"] == "ok"
    assert set(stage.failed_kinds()) == {"desk"}
    assert alice.code is None


async def test_a_conversation_that_never_answers_is_given_up(
    alice: Client, stage: Stage, autojump_clock: MockClock
) -> None:
    async def never(_conv: int, _message: to.Found, _reply: Reply) -> None:
        return

    stage.conversations.scripts[2][to.Found] = never
    await alice.send(t="conversation.create", ref=2, kind="closed")
    await trio.sleep(20)
    (error,) = alice.outbox.take_frames()
    assert (error["ref"], error["code"]) == (2, "internal")
    assert stage.failures == []
