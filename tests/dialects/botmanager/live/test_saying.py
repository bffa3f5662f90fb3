"""What sockets say: messages to be sent, commands that are done; and commands pushed to those who ask for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import trio

from tests.dialects.botmanager.bots.crew import CI, NOW, SPY
from tests.dialects.botmanager.live.gallery import Gallery, Socket, settle

HELLO = {"bot_id": CI, "thread_id": "t1", "thread_type": "GROUP", "message": "hello"}


def nested(depth: int) -> dict[str, Any]:
    return {"in": nested(depth - 1)} if depth > 1 else {}


async def by(gallery: Gallery, name: str) -> Socket:
    """The socket of a person or of a bot."""
    if name == "anonymous":
        socket = gallery.socket()
        await socket.joins()
        return socket
    return await (gallery.person(name) if name in gallery.people else gallery.bot(name))


@pytest.mark.parametrize("name", ["alice", "root", "ci"])
async def test_a_message_is_queued_as_a_command(gallery: Gallery, name: str) -> None:
    socket = await by(gallery, name)
    answer = await socket.says("send_message", HELLO)
    assert answer == {"status": "queued", "command_id": answer["command_id"], "timestamp": NOW}
    assert [event for event in socket.line_events if event[0] == "message_sent"] == [("message_sent", answer)]
    (command,) = [row.command for row in gallery.stage.store.commands.rows]
    assert (command.id, command.type, command.bot) == (answer["command_id"], "send_message", int(CI))
    assert command.payload == {
        "thread_id": "t1",
        "thread_type": "GROUP",
        "message": "hello",
        "attachments": [],
        "metadata": {},
    }


async def test_only_the_caller_is_told_that_it_is_sent(gallery: Gallery) -> None:
    caller, other = await gallery.person("alice"), await gallery.person("alice")
    await caller.says("send_message", HELLO)
    assert other.sees("message_sent") == []


async def test_those_who_watch_the_bot_see_its_command(gallery: Gallery) -> None:
    bot, owner, other = await gallery.bot("ci"), await gallery.person("alice"), await gallery.person("bob")
    answer = await bot.says("send_message", HELLO)
    shown = {
        "id": answer["command_id"],
        "status": "pending",
        "result": None,
        "completed_at": None,
        "bot_id": CI,
        "type": "send_message",
    }
    assert owner.sees("command_update") == [shown]
    assert other.sees("command_update") == []
    assert [data for name, data in bot.line_events if name == "command_update"] == [shown]


async def test_binary_attachments_are_kept_as_text(gallery: Gallery) -> None:
    alice = await gallery.person("alice")
    data = HELLO | {"attachments": [{"_placeholder": True, "num": 0}, {"file": {"_placeholder": True, "num": 1}}]}
    await alice.door.take("452-7" + json.dumps(["send_message", data]))
    await alice.door.take(b"\x00\x01")
    await alice.door.take(b"\xff")
    ((answer,),) = [said for said in alice.hears() if isinstance(said, list)]
    assert answer["status"] == "queued"
    assert gallery.stage.store.commands.rows[0].command.payload["attachments"] == [
        {"type": "Buffer", "base64": "AAE="},
        {"file": {"type": "Buffer", "base64": "/w=="}},
    ]


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("anonymous", HELLO, "Not authenticated"),
        ("bob", HELLO, "Access denied"),
        ("cd", HELLO, "Access denied"),
        ("alice", HELLO | {"bot_id": SPY}, "Access denied"),
        ("alice", HELLO | {"bot_id": "99"}, "Bot not found"),
        ("alice", HELLO | {"bot_id": "ci"}, "Bot not found"),
        ("alice", HELLO | {"bot_id": None}, "bot_id must be a string"),
        ("alice", {"thread_id": "t", "message": "m"}, "bot_id is required"),
        ("alice", {"bot_id": CI, "message": "m"}, "thread_id is required"),
        ("alice", HELLO | {"thread_id": ""}, "thread_id is required"),
        ("alice", HELLO | {"thread_type": "CHANNEL"}, "thread_type must be GROUP or USER"),
        ("alice", HELLO | {"thread_type": []}, "thread_type must be GROUP or USER"),
        ("alice", {"bot_id": CI, "thread_id": "t"}, "message is required"),
        ("alice", HELLO | {"message": 1}, "message is required"),
        ("alice", HELLO | {"attachments": {}}, "attachments must be a list"),
        ("alice", HELLO | {"metadata": []}, "metadata must be an object"),
        ("alice", HELLO | {"metadata": nested(40)}, "nested 32 deep at most"),
        ("alice", HELLO | {"message": "x" * 70_000}, "`payload` must be 65536 bytes of JSON at most"),
        ("alice", HELLO | {"message": "\ud800"}, "`payload` must be JSON"),
        ("alice", [], "an object is required"),
        ("alice", None, "an object is required"),
    ],
)
async def test_a_message_that_cannot_be_sent_is_no_command(gallery: Gallery, name: str, data: Any, error: str) -> None:
    socket = await by(gallery, name)
    answer = await socket.says("send_message", data)
    assert answer == {"status": "error", "command_id": None, "timestamp": NOW, "error": error}
    assert socket.line_events == [("message_sent", answer)]
    assert gallery.stage.store.commands.rows == []


async def test_one_attachment_named_often_is_not_multiplied(gallery: Gallery) -> None:
    alice = await gallery.person("alice")
    data = HELLO | {"attachments": [{"_placeholder": True, "num": 0}] * 5_000}
    await alice.door.take("451-7" + json.dumps(["send_message", data]))
    await alice.door.take(b"x" * 50_000)
    ((answer,),) = [said for said in alice.hears() if isinstance(said, list)]
    assert answer["error"] == "65536 bytes at most"


async def test_defaults_of_a_message(gallery: Gallery) -> None:
    alice = await gallery.person("alice")
    nothing = {"thread_type": None, "attachments": None, "metadata": None}
    await alice.says("send_message", {"bot_id": int(CI), "thread_id": 7, "message": "", **nothing})
    payload = gallery.stage.store.commands.rows[0].command.payload
    assert payload == {"thread_id": "7", "thread_type": "USER", "message": "", "attachments": [], "metadata": {}}


async def test_an_event_that_nobody_knows_is_acknowledged(gallery: Gallery) -> None:
    alice = await gallery.person("alice")
    await alice.door.take('427["dance",1]')
    assert alice.hears() == [[]]


class TestCommands:
    async def test_a_bot_that_asks_for_them_gets_them_in_order_and_acknowledges(self, gallery: Gallery) -> None:
        bot, watcher = await gallery.bot("ci", commands=True), await gallery.person("alice")
        ids = [await gallery.crew.queue(n=n) for n in range(3)]
        await settle()
        pushed = bot.sees("command")
        assert [command["id"] for command in pushed] == ids
        assert pushed[0] == {
            "id": ids[0],
            "bot_id": CI,
            "type": "do",
            "payload": {"n": 0},
            "status": "pending",
            "created_at": NOW,
            "completed_at": None,
            "result": None,
        }
        watcher.hears()
        answer = await bot.says("command_ack", {"id": ids[0], "status": "completed", "result": {"ok": [1]}})
        assert answer["status"] == "ok"
        done = answer["command"]
        assert (done["id"], done["status"], done["result"]) == (ids[0], "completed", {"ok": [1]})
        assert [(shown["id"], shown["status"]) for shown in watcher.sees("command_update")] == [(ids[0], "completed")]
        again = await bot.says("command_ack", {"id": ids[0], "status": "failed"})
        assert again == answer
        assert watcher.sees("command_update") == []

    async def test_those_that_wait_come_at_once(self, gallery: Gallery) -> None:
        waiting = await gallery.crew.queue()
        bot = gallery.socket()
        await bot.door.take('40{"token":"token-ci","commands":true}')
        await settle()
        assert [command["id"] for command in bot.sees("command")] == [waiting]

    async def test_a_bot_that_does_not_ask_gets_none(self, gallery: Gallery) -> None:
        bot = await gallery.bot("ci")
        waiting = await gallery.crew.queue()
        await settle()
        assert bot.sees("command") == []
        assert await gallery.crew.polls() == [waiting]

    async def test_a_socket_that_ends_gives_back_what_it_holds(self, gallery: Gallery) -> None:
        first = await gallery.bot("ci", commands=True)
        one = await gallery.crew.queue()
        await settle()
        assert await gallery.crew.polls() == []
        first.leaves()
        await settle()
        assert await gallery.crew.polls() == [one]

    async def test_a_socket_without_room_is_not_flooded(self, gallery: Gallery) -> None:
        bot = await gallery.bot("ci", commands=True)
        bot.line.stuck = True
        for _ in range(30):
            await gallery.crew.queue(text="x" * 60_000)
        await trio.sleep(5)
        assert bot.line.closed is None
        assert 500_000 < bot.line.waiting < 600_000

    @pytest.mark.parametrize(
        ("name", "said", "error"),
        [
            ("anonymous", {"id": "x", "status": "completed"}, "Not authenticated"),
            ("cd", {"status": "completed"}, "Access denied"),
            ("bob", {"status": "completed"}, "Access denied"),
            ("ci", {"id": "unknown", "status": "completed"}, "Command not found"),
            ("ci", {"id": 5, "status": "completed"}, "id is required"),
            ("ci", {"status": "pending"}, "status must be completed or failed"),
            ("ci", {"status": "failed", "result": nested(40)}, "nested 32 deep at most"),
            ("ci", "done", "an object is required"),
        ],
    )
    async def test_what_is_no_acknowledgement_says_why(
        self, gallery: Gallery, name: str, said: Any, error: str
    ) -> None:
        one = await gallery.crew.queue()
        socket = await by(gallery, name)
        answer = await socket.says("command_ack", {"id": one, **said} if isinstance(said, dict) else said)
        assert answer == {"error": error}
        assert gallery.stage.store.commands.rows[0].command.status == "pending"
