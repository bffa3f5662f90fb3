"""`protocol.md`, spoken by clients that others could have written, in both subprotocols."""

from __future__ import annotations

import time

import pytest

from tests.e2e.conftest import Connect
from tests.e2e.hub_process import HubProcess
from tests.e2e.peers import JSON, MSGPACK, PythonPeer, Refused
from tests.e2e.talker import Talker

ALICE = {"kind": "user", "id": 1, "name": "alice"}
BOB = {"kind": "user", "id": 2, "name": "bob"}
BOT = {"kind": "bot", "id": 1, "name": "ci"}


@pytest.fixture
def alice(connect: Connect, hub: HubProcess) -> Talker:
    return Talker(connect()).hello(token=hub.token("alice"))


@pytest.fixture
def bob(connect: Connect, hub: HubProcess) -> Talker:
    return Talker(connect()).hello(token=hub.token("bob"))


@pytest.fixture
def ops(hub: HubProcess) -> int:
    return hub.conversation("ops")


def test_hello_is_welcomed(alice: Talker, ops: int) -> None:
    welcome = alice.welcome
    assert set(welcome) == {"t", "ref", "session", "self", "conversations", "limits", "heartbeat_ms", "at"}
    assert welcome["self"] == {**ALICE, "role": "admin"}
    assert welcome["heartbeat_ms"] == 25_000
    assert abs(welcome["at"] / 1000 - time.time()) < 60
    (summary,) = [each for each in welcome["conversations"] if each["id"] == ops]
    assert {"id", "kind", "name", "epoch", "seq", "read", "unread", "mentions", "members"} == set(summary)
    assert (summary["kind"], summary["name"]) == ("closed", "ops")
    assert sorted(summary["members"], key=str) == sorted([ALICE, BOB, BOT], key=str)


def test_a_password_signs_in_as_well(connect: Connect) -> None:
    talker = Talker(connect()).hello(username="alice", password="correct horse")
    assert talker.welcome["self"]["name"] == "alice"


def test_a_message_is_committed_and_seen_by_both(alice: Talker, bob: Talker, ops: int) -> None:
    ok = alice.ask("publish", conv=ops, cid=f"m-{alice.welcome['session']}", body="héllo 👋 مرحبا")
    assert set(ok) == {"t", "ref", "conv", "seq", "id", "at", "dup"}
    assert (ok["t"], ok["conv"], ok["dup"]) == ("ok", ops, False)
    event = {
        "t": "message",
        "conv": ops,
        "seq": ok["seq"],
        "at": ok["at"],
        "id": ok["id"],
        "from": ALICE,
        "body": "héllo 👋 مرحبا",
        "cid": f"m-{alice.welcome['session']}",
    }
    assert alice.hear() == event
    assert bob.hear() == event


def test_markup_comes_rendered_and_mentions_named(alice: Talker, bob: Talker, ops: int) -> None:
    body = "**bold** <script>alert(1)</script> @bob"
    alice.ask("publish", conv=ops, cid=f"h-{alice.welcome['session']}", body=body)
    event = bob.hear()
    assert event["body"] == body
    assert "<strong>bold</strong>" in event["html"]
    assert "<script" not in event["html"]
    assert event["mentions"] == [BOB]


def test_the_same_cid_is_the_same_message(alice: Talker, bob: Talker, ops: int) -> None:
    cid = f"d-{alice.welcome['session']}"
    first = alice.ask("publish", conv=ops, cid=cid, body="once")
    second = alice.ask("publish", conv=ops, cid=cid, body="twice")
    assert {**first, "ref": 0, "dup": True} == {**second, "ref": 0}
    alice.ask("publish", conv=ops, cid=f"{cid}-next", body="next")
    assert [bob.hear()["body"] for _ in range(2)] == ["once", "next"]


def test_messages_are_edited_deleted_and_reacted_to(alice: Talker, bob: Talker, ops: int) -> None:
    said = alice.ask("publish", conv=ops, cid=f"e-{alice.welcome['session']}", body="frist")
    seq = said["seq"]
    assert alice.ask("edit", conv=ops, id=said["id"], body="first") == {"t": "ok", "ref": 3, "seq": seq + 1}
    assert bob.ask("react", conv=ops, id=said["id"], emoji="👍", on=True)["seq"] == seq + 2
    assert alice.ask("delete", conv=ops, id=said["id"])["seq"] == seq + 3
    bob.hear()
    edited, reacted, deleted = bob.hear(), bob.hear(), bob.hear()
    at = (edited.pop("at"), reacted.pop("at"), deleted.pop("at"))
    assert at == tuple(sorted(at))
    common = {"conv": ops, "id": said["id"]}
    assert edited == {"t": "edited", "seq": seq + 1, "by": ALICE, "body": "first", **common}
    assert reacted == {"t": "reacted", "seq": seq + 2, "by": BOB, "emoji": "👍", "on": True, **common}
    assert deleted == {"t": "deleted", "seq": seq + 3, "by": ALICE, **common}


def test_only_authors_edit(alice: Talker, bob: Talker, ops: int) -> None:
    said = alice.ask("publish", conv=ops, cid=f"a-{alice.welcome['session']}", body="mine")
    error = bob.ask("edit", conv=ops, id=said["id"], body="yours")
    assert (error["t"], error["code"]) == ("error", "forbidden")
    assert bob.ask("delete", conv=ops, id=said["id"])["code"] == "forbidden"


def test_reading_is_told_to_the_others(alice: Talker, bob: Talker, ops: int) -> None:
    seq = alice.ask("publish", conv=ops, cid=f"r-{alice.welcome['session']}", body="read me")["seq"]
    bob.hear()
    bob.peer.send(t="received", conv=ops, seq=seq)
    assert bob.ask("read", conv=ops, seq=seq)["t"] == "ok"
    receipt = alice.notice("receipt")
    while receipt["read"] < seq:
        receipt = alice.notice("receipt")
    assert receipt == {"t": "receipt", "conv": ops, "who": BOB, "received": seq, "read": seq}
    (summary,) = bob.ask("conversations")["conversations"]
    assert (summary["read"], summary["unread"]) == (seq, 0)


def test_typing_is_shown(alice: Talker, bob: Talker, ops: int) -> None:
    for on in (True, False):
        alice.peer.send(t="typing", conv=ops, on=on)
        assert bob.notice("typing") == {"t": "typing", "conv": ops, "from": ALICE, "on": on}


def test_history_pages_back_and_search_finds(alice: Talker, bob: Talker, ops: int) -> None:
    word = alice.welcome["session"]
    said = [alice.ask("publish", conv=ops, cid=f"{word}-{n}", body=f"page {word} {n}") for n in range(5)]
    newest = bob.ask("history", conv=ops, limit=2)
    assert [each["id"] for each in newest["messages"]] == [said[3]["id"], said[4]["id"]]
    assert newest["more"] is True
    assert set(newest["messages"][0]) == {"conv", "id", "seq", "cid", "from", "body", "at"}
    older = bob.ask("history", conv=ops, before=said[3]["id"], limit=2)
    assert [each["id"] for each in older["messages"]] == [said[1]["id"], said[2]["id"]]
    found = bob.ask("search", q=f"page {word}", limit=100)
    assert [each["id"] for each in found["messages"]] == [each["id"] for each in said]


def test_a_conversation_of_others_does_not_exist(connect: Connect, hub: HubProcess, ops: int) -> None:
    carol = Talker(connect()).hello(token=hub.token("carol"))
    assert carol.welcome["conversations"] == []
    for t, keys in (("publish", {"cid": "c", "body": "b"}), ("history", {"limit": 1}), ("conversation.join", {})):
        error = carol.ask(t, conv=ops, **keys)
        assert (error["t"], error["code"]) == ("error", "not_found")


def test_members_come_and_go(alice: Talker, connect: Connect, hub: HubProcess) -> None:
    room = alice.ask("conversation.create", name="side", kind="closed", members=[])["conversation"]
    carol = Talker(connect()).hello(token=hub.token("carol"), device="phone")
    assert alice.ask("members.add", conv=room["id"], users=[3])["t"] == "ok"
    added = carol.hear()
    assert (added["t"], [who["name"] for who in added["added"]], added["by"]) == ("members", ["carol"], ALICE)
    assert carol.ask("publish", conv=room["id"], cid="hi", body="hi")["seq"] == added["seq"] + 1
    assert alice.ask("members.remove", conv=room["id"], users=[3])["t"] == "ok"
    assert [carol.hear()["t"], carol.hear()["t"]] == ["message", "members"]
    assert carol.ask("publish", conv=room["id"], cid="ho", body="ho")["code"] == "not_found"


def test_wrong_requests_are_answered_and_nothing_else(alice: Talker, ops: int) -> None:
    assert alice.ask("publish.all", conv=ops)["code"] == "unknown_type"
    error = alice.ask("publish", conv=ops, cid="x", body=7)
    assert set(error) == {"t", "ref", "code", "message", "field"}
    assert (error["code"], error["field"]) == ("bad_request", "body")
    assert alice.ask("publish", conv=ops, cid="", body="x")["field"] == "cid"
    assert alice.ask("publish", conv=ops, cid="x" * 65, body="x")["field"] == "cid"
    assert alice.ask("publish", conv=ops, cid="x", body="")["field"] == "body"
    assert alice.ask("publish", conv=ops, cid="x", body="x" * 10_001)["field"] == "body"
    assert alice.ask("publish", conv=ops, cid="x")["field"] == "body"
    assert alice.ask("history", conv=ops, limit=101)["field"] == "limit"
    assert alice.ask("conversations", unknown="ignored")["t"] == "ok"


def test_resuming_replays_exactly_what_was_missed(alice: Talker, connect: Connect, hub: HubProcess, ops: int) -> None:
    bob = Talker(connect()).hello(token=hub.token("bob"), device="phone")
    (summary,) = [each for each in bob.welcome["conversations"] if each["id"] == ops]
    bob.peer.leave()
    said = [alice.ask("publish", conv=ops, cid=f"{alice.welcome['session']}{n}", body=str(n)) for n in range(3)]
    cursors = [[ops, summary["epoch"], summary["seq"]]]
    again = Talker(connect()).hello(token=hub.token("bob"), device="phone", cursors=cursors)
    # What is committed and was not shown to anybody yet may follow `synced` as live events.
    events = [*again.missed, *(again.hear() for _ in range(3 - len(again.missed)))]
    assert [each["seq"] for each in events] == [each["seq"] for each in said]
    assert [each["body"] for each in events] == ["0", "1", "2"]


def test_foreign_cursors_are_told(connect: Connect, hub: HubProcess, ops: int) -> None:
    cursors = [[ops, 99, 1], [ops + 1_000_000, 1, 1]]
    bob = Talker(connect()).hello(token=hub.token("bob"), device="phone", cursors=cursors)
    (summary,) = [each for each in bob.welcome["conversations"] if each["id"] == ops]
    told = {frame["t"]: frame for frame in bob.missed}
    assert told["reset"] == {"t": "reset", "conv": ops, "epoch": summary["epoch"], "seq": summary["seq"]}
    assert told["left"] == {"t": "left", "conv": ops + 1_000_000}


def test_a_wrong_credential_closes_with_4403(connect: Connect) -> None:
    for wrong in (
        {"token": "nobody's"},
        {"username": "alice", "password": "x"},
        {"username": "nobody", "password": "x"},
    ):
        peer = connect()
        peer.send(t="hello", ref=1, device="desk", **wrong)
        assert Talker(peer).end().code == 4403


def test_hello_comes_first(connect: Connect, ops: int) -> None:
    peer = connect()
    peer.send(t="publish", ref=1, conv=ops, cid="x", body="x")
    assert Talker(peer).end().code == 4400


def test_the_wrong_kind_of_message_closes_with_1003(connect: Connect) -> None:
    peer = connect()
    peer.send_raw(b"{}", binary=not peer.binary)
    assert Talker(peer).end().code == 1003


def test_what_is_no_map_closes_with_4400(alice: Talker) -> None:
    alice.peer.send_raw(b"\x93\x01\x02\x03" if alice.peer.binary else b"[1, 2, 3]", binary=alice.peer.binary)
    assert alice.end().code == 4400


def test_too_big_a_message_closes_with_1009(alice: Talker, ops: int) -> None:
    alice.peer.send(t="publish", ref=9, conv=ops, cid="big", body="x" * 66_000)
    assert alice.end().code == 1009


def test_bye_closes_with_1000(alice: Talker) -> None:
    alice.peer.send(t="bye")
    assert alice.end().code == 1000


def test_the_same_device_replaces_itself(alice: Talker, connect: Connect, hub: HubProcess) -> None:
    Talker(connect()).hello(token=hub.token("alice"))
    assert alice.end().code == 4410


def test_a_device_too_many_closes_the_oldest(alice: Talker, connect: Connect, hub: HubProcess) -> None:
    Talker(connect()).hello(token=hub.token("alice"), device="second")
    Talker(connect()).hello(token=hub.token("alice"), device="third")
    assert alice.end().code == 4409


def test_a_client_that_offers_neither_subprotocol_is_told_both(hub: HubProcess) -> None:
    with pytest.raises(Refused) as refused:
        PythonPeer(hub.ready.ws, "chat.v9")
    assert refused.value.status == 400
    assert MSGPACK in refused.value.body
    assert JSON in refused.value.body


def test_foreign_origins_are_refused_and_own_ones_welcome(hub: HubProcess) -> None:
    with pytest.raises(Refused) as refused:
        PythonPeer(hub.ready.ws, JSON, origin="https://evil.example")
    assert refused.value.status == 403
    for origin in (hub.ready.http, hub.ready.ws.replace("ws://", "http://").removesuffix("/ws")):
        PythonPeer(hub.ready.ws, JSON, origin=origin).leave()
