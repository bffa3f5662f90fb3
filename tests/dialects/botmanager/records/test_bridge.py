"""A room in the middle: what is set, and what passes between a thread and a conversation, both ways."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from actors.messages.conversation import Publish, RemoveMembers
from actors.values import Caller, Who
from protocol.frames import Message
from tests.dialects.botmanager.accounts.house import Reply
from tests.dialects.botmanager.records.desk import CI, Desk

SETTINGS = f"/api/bot/{CI}/settings"
DENIED = (403, {"error": "Access denied"})
ALICE, BOB = Caller("user", 2, "alice", "user"), Caller("user", 3, "bob", "user")
BOT = Who("bot", 1)


def span(conversation: Any, thread_id: Any = "42", thread_type: Any = "GROUP") -> dict[str, Any]:
    return {"conversation": conversation, "thread_id": thread_id, "thread_type": thread_type}


class Middle:
    """alice's room, with bob in it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.store = desk.house.stage.store
        self.room = self.store.add_conversation("closed", [ALICE, BOB], name="ops")

    async def bridge(self, *bridges: Any) -> Reply:
        return await self.desk.alice.put(SETTINGS, {"bridge": list(bridges)})

    async def say(self, by: Caller, body: str, **more: Any) -> None:
        message = Publish(by=by, cid=f"cid-{len(self.log())}", body=body, **more)
        await self.desk.house.stage.system.ref("conversation", self.room).ask(message)
        await self.desk.house.stage.settle()

    def log(self) -> list[Message]:
        return [event for event in self.store.rooms[self.room].log if isinstance(event, Message)]

    def said(self) -> list[str]:
        return [message.body for message in self.log() if message.sender.kind == "bot"]

    def commands(self) -> list[dict[str, Any]]:
        return [row.command.payload for row in self.store.commands.rows]

    def members(self) -> set[Who]:
        return set(self.store.rooms[self.room].members)


@pytest.fixture
async def middle(desk: Desk) -> Middle:
    return Middle(desk)


async def test_a_member_sets_a_bridge_and_the_bot_is_let_in(middle: Middle) -> None:
    assert BOT not in middle.members()
    whole = {"bridge": [span(middle.room)]}
    assert await middle.bridge(span(middle.room)) == (200, {"success": True, "settings": whole})
    assert BOT in middle.members()
    assert await middle.desk.alice.get(SETTINGS) == (200, {"settings": whole})


@pytest.mark.parametrize("end", [None, []])
async def test_a_bridge_ends_and_the_bot_stays(middle: Middle, end: Any) -> None:
    await middle.bridge(span(middle.room))
    assert await middle.desk.alice.put(SETTINGS, {"bridge": end}) == (200, {"success": True, "settings": {}})
    await middle.say(BOB, "anybody?")
    assert (middle.commands(), BOT in middle.members()) == ([], True)


async def test_who_is_not_in_the_conversation_bridges_nothing(middle: Middle) -> None:
    own = middle.store.add_conversation("closed", [BOB])
    assert await middle.bridge(span(middle.room), span(own, "43")) == DENIED
    assert await middle.bridge(span(99)) == DENIED
    assert BOT not in middle.members()
    assert await middle.desk.root.put(SETTINGS, {"bridge": [span(99)]}) == (404, {"error": "Conversation not found"})
    assert (await middle.desk.root.put(SETTINGS, {"bridge": [span(own)]})).status == 200


@pytest.mark.parametrize(
    "bridge",
    [
        "all",
        [7],
        [{"conversation": 1}],
        [span(1, 42)],
        [span(1, "")],
        [span(1, "42", "ROOM")],
        [span(1), span(1, "43")],
        [span(1), span(2)],
    ],
)
async def test_what_is_no_bridge_changes_nothing(middle: Middle, bridge: Any) -> None:
    middle.store.add_conversation("closed", [ALICE])
    reply = await middle.desk.alice.put(SETTINGS, {"bridge": bridge, "other": 1})
    assert (reply.status, list(reply.json)) == (400, ["error"])
    assert await middle.desk.alice.get(SETTINGS) == (200, {"settings": {}})


async def test_what_the_bot_reports_of_the_thread_is_said_in_order(middle: Middle) -> None:
    await middle.bridge(span(middle.room))
    told = [
        {"message": "one", "thread_id": 42, "thread_type": "GROUP", "author_name": "Zoë", "author_id": "7"},
        {"message": "elsewhere", "thread_id": "42", "thread_type": "USER"},
        {"message": "two *", "thread_id": "42", "thread_type": "GROUP", "author_id": 7},
        {"message": "x" * 10_000, "thread_id": "42", "thread_type": "GROUP"},
    ]
    assert (await middle.desk.reports("messages", told)).status == 200
    await middle.desk.house.stage.settle()
    assert middle.said() == ["Zoë: one", "7: two *", f"someone: {'x' * 9_991}"]
    assert {message.html for message in middle.log()} == {None}
    assert middle.commands() == []


async def test_what_members_say_is_sent_once_each_and_what_the_bot_says_is_not(middle: Middle) -> None:
    await middle.say(BOB, "before")
    await middle.bridge(span(middle.room))
    await middle.say(BOB, "hi *all*")
    await middle.say(Caller("bot", 1, "ci", "bot"), "mine")
    assert middle.commands() == [
        {
            "thread_id": "42",
            "thread_type": "GROUP",
            "message": "hi *all*",
            "attachments": [],
            "metadata": {"conversation": middle.room, "message_id": middle.log()[1].id, "author": "bob"},
        }
    ]
    (update,) = middle.desk.events("command_update")
    assert (update["type"], update["status"]) == ("send_message", "pending")


async def test_a_delivery_that_is_made_again_queues_nothing_again(middle: Middle) -> None:
    await middle.bridge(span(middle.room))
    await middle.say(BOB, "hi")
    (row,) = [row for row in middle.store.outbox.rows if row.lane.kind == "bridge"]
    assert (row.state, row.outcome) == ("done", "queued")
    row.state = "pending"
    await middle.say(BOB, "again")
    assert row.state == "done"
    assert [one["message"] for one in middle.commands()] == ["hi", "again"]


async def test_nothing_is_lost_while_the_disk_is_full(middle: Middle) -> None:
    await middle.bridge(span(middle.room))
    middle.store.commands.stuck = True
    await middle.say(BOB, "one")
    await middle.say(BOB, "two")
    await trio.sleep(20)
    middle.store.commands.stuck = False
    await trio.sleep(10)
    assert [one["message"] for one in middle.commands()] == ["one", "two"]


async def test_what_another_bots_webhook_answered_is_sent_too(middle: Middle) -> None:
    spy = Caller("bot", 3, "spy", "bot")
    middle.room = middle.store.add_conversation("closed", [ALICE, spy])
    await middle.bridge(span(middle.room))
    await middle.say(spy, "an answer", calls_bots=False)
    assert [one["message"] for one in middle.commands()] == ["an answer"]


async def test_a_bot_that_was_put_out_neither_speaks_nor_hears(middle: Middle) -> None:
    await middle.bridge(span(middle.room))
    stage = middle.desk.house.stage
    await stage.system.ref("conversation", middle.room).ask(RemoveMembers(by=ALICE, members=[BOT]))
    await middle.say(BOB, "alone")
    await middle.desk.reports("messages", {"message": "hi", "thread_id": "42", "thread_type": "GROUP"})
    await stage.settle()
    assert (middle.commands(), middle.said()) == ([], [])
    assert [(row.state, row.outcome) for row in middle.store.outbox.rows] == [("dead", "not_found")]
