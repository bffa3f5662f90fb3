"""Golden pairs: the routes about commands, success and each error."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from tests.dialects.botmanager.bots.crew import CD, CI, NOW, SPY, Crew, open_crew

SEND, HISTORY, POLL = f"/api/bot/{CI}/send-command", f"/api/bot/{CI}/commands-history", f"/api/bot/{CI}/commands"
DONE = {"status": "completed"}


def nested(depth: int) -> dict[str, Any]:
    return {"in": nested(depth - 1)} if depth > 1 else {}


def shown(id: str, **known: Any) -> dict[str, Any]:
    """A command that was just queued."""
    command = {"id": id, "bot_id": CI, "type": "do", "payload": {}, "status": "pending"}
    return {**command, "created_at": NOW, "completed_at": None, "result": None, **known}


async def test_send_command(crew: Crew) -> None:
    payload = {"text": "é", "deep": [{"a": None}]}
    answer = await crew.asks("POST", SEND, {"type": "send_message", "payload": payload}, cookie="alice")
    one = answer.json["command"]["id"]
    assert answer == (200, {"status": "ok", "command": shown(one, type="send_message", payload=payload)})
    assert set(one) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
    assert crew.events("command_update") == [
        {"id": one, "status": "pending", "result": None, "completed_at": None, "bot_id": CI, "type": "send_message"}
    ]
    assert crew.stage.feed.shown == []


@pytest.mark.parametrize("kind", ["restart", "stop"])
@pytest.mark.parametrize("body", [None, {"type": "ignored"}, [1]])
async def test_restart_and_stop_are_commands(crew: Crew, kind: str, body: Any) -> None:
    answer = await crew.asks("POST", f"/api/bot/{CI}/{kind}", body, cookie="alice")
    assert answer == (200, {"status": "ok", "command": shown(answer.json["command"]["id"], type=kind)})


async def test_create_command(crew: Crew) -> None:
    for bot_id in (CI, int(CI)):
        answer = await crew.asks("POST", "/api/commands", {"bot_id": bot_id, "type": "do"}, cookie="root")
        assert answer == (200, {"status": "queued", "command": shown(answer.json["command"]["id"])})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"type": ""},
        {"type": "x" * 101},
        {"type": 1},
        {"type": None},
        {"type": "do", "payload": []},
        {"type": "do", "payload": "{}"},
        {"type": "do", "payload": nested(33)},
        {"type": "do", "payload": {"text": "x" * 65_536}},
        {"type": "do", "payload": {"n": 2**64}},
    ],
    ids=lambda body: str(body)[:40],
)
async def test_what_is_no_command_is_a_bad_request(crew: Crew, body: dict[str, Any]) -> None:
    for path in (SEND, "/api/commands"):
        answer = await crew.asks("POST", path, {"bot_id": CI, **body}, cookie="alice")
        assert (answer.status, answer.json.keys()) == (400, {"error"}), answer
    assert crew.events("command_update") == []


@pytest.mark.parametrize(
    ("bot_id", "status"), [(SPY, 403), (int(SPY), 403), ("9", 404), ("x", 404), (-1, 404), (True, 400), (None, 400)]
)
async def test_the_bot_of_a_new_command_is_looked_at_before_its_type(crew: Crew, bot_id: Any, status: int) -> None:
    answer = await crew.asks("POST", "/api/commands", {"bot_id": bot_id}, cookie="alice")
    assert (answer.status, answer.json.keys()) == (status, {"error"})


async def test_a_bot_queues_nothing_in_the_list_of_all(crew: Crew) -> None:
    assert (await crew.asks("POST", "/api/commands", {"bot_id": CI, "type": "do"}, token="ci")).status == 403


@pytest.mark.parametrize(
    ("who", "path", "status"),
    [
        ({}, SEND, 401),
        ({"cookie": "stale"}, SEND, 401),
        ({"token": "wrong"}, SEND, 401),
        ({"cookie": "bob"}, SEND, 403),
        ({"token": "cd"}, SEND, 403),
        ({"cookie": "alice"}, "/api/bot/9/send-command", 404),
        ({"cookie": "alice"}, "/api/bot/x/send-command", 404),
        ({"cookie": "root"}, SEND, 200),
        ({"token": "ci"}, SEND, 200),
    ],
)
async def test_who_may_send(crew: Crew, who: dict[str, str], path: str, status: int) -> None:
    answer = await crew.asks("POST", path, {"type": "do"}, **who)
    assert answer.status == status
    if status != 200:
        assert answer.json.keys() == {"error"}


async def test_a_full_queue_is_unavailable(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.bot.queue.MAX_PENDING", 1)
    await crew.queue()
    answer = await crew.asks("POST", SEND, {"type": "do"}, cookie="alice")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")


async def test_a_store_that_fails_is_unavailable(crew: Crew) -> None:
    crew.stage.store.commands.stuck = True
    for method, path, body in [("POST", SEND, {"type": "do"}), ("GET", HISTORY, None), ("GET", POLL, None)]:
        answer = await crew.asks(method, path, body, cookie="alice")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


async def test_polling_hands_out_in_order_and_each_once(crew: Crew) -> None:
    ids = [await crew.queue(n=n) for n in range(4)]
    answer = await crew.asks("GET", f"{POLL}?limit=3", token="ci")
    assert answer == (200, {"commands": [shown(one, payload={"n": n}) for n, one in enumerate(ids[:3])], "count": 3})
    assert await crew.polls() == ids[3:]
    assert await crew.polls() == []
    await trio.sleep(60)
    assert await crew.polls("?limit=2") == ids[:2]


async def test_ten_are_fetched_unless_a_bot_says(crew: Crew) -> None:
    ids = [await crew.queue() for _ in range(12)]
    assert await crew.polls("?limit=0") == []
    assert await crew.polls() == ids[:10]


async def test_a_cookie_only_looks(crew: Crew) -> None:
    ids = [await crew.queue() for _ in range(2)]
    for cookie in ("alice", "root"):
        answer = await crew.asks("GET", POLL, cookie=cookie)
        assert [command["id"] for command in answer.json["commands"]] == ids
    assert await crew.polls("?limit=1") == ids[:1]
    assert [command["id"] for command in (await crew.asks("GET", POLL, cookie="alice")).json["commands"]] == ids[1:]


async def test_a_token_beside_a_cookie_decides(crew: Crew) -> None:
    one = await crew.queue()
    answer = await crew.asks("GET", POLL, cookie="alice", token="ci")
    assert answer.json["count"] == 1
    assert await crew.polls() == []
    assert (await crew.asks("GET", POLL, cookie="alice", token="cd")).status == 403
    assert (await crew.asks("GET", POLL, cookie="alice", token="wrong")).status == 401
    assert (await crew.asks("POST", f"/api/commands/{one}/ack", DONE, token="ci")).status == 200


@pytest.mark.parametrize("path", [POLL, HISTORY, "/api/commands"])
@pytest.mark.parametrize("limit", ["-1", "x", "1.5", "", "+1", "1e3"])
async def test_a_limit_is_a_whole_number(crew: Crew, path: str, limit: str) -> None:
    answer = await crew.asks("GET", f"{path}?limit={limit}", cookie="alice")
    assert (answer.status, answer.json.keys()) == (400, {"error"})


async def test_acknowledging(crew: Crew) -> None:
    one = await crew.queue()
    crew.events("command_update")
    await trio.sleep(1.5)
    body = {"status": "failed", "result": {"why": ["no"]}}
    answer = await crew.asks("POST", f"/api/commands/{one}/ack", body, token="ci")
    at = "2023-11-14T22:13:21.500Z"
    assert answer == (200, {"status": "ok", "command": shown(one, **body, completed_at=at)})
    assert crew.events("command_update") == [{"id": one, **body, "completed_at": at, "bot_id": CI, "type": "do"}]
    again = await crew.asks("POST", f"/api/commands/{one}/ack", DONE, cookie="alice")
    assert again == (200, answer.json)
    assert crew.events("command_update") == []
    assert await crew.polls() == []


@pytest.mark.parametrize("result", [None, 0, "done", [1], {"a": {}}, False])
async def test_a_result_is_any_json(crew: Crew, result: Any) -> None:
    answer = await crew.asks("POST", f"/api/commands/{await crew.queue()}/ack", {**DONE, "result": result}, token="ci")
    assert answer.json["command"]["result"] == result


@pytest.mark.parametrize(
    "body",
    [{}, {"status": "pending"}, {"status": None}, {**DONE, "result": "x" * 65_536}, {**DONE, "result": nested(33)}],
)
async def test_an_odd_acknowledgement_is_a_bad_request(crew: Crew, body: dict[str, Any]) -> None:
    one = await crew.queue()
    assert (await crew.asks("POST", f"/api/commands/{one}/ack", body, token="ci")).status == 400
    assert await crew.polls() == [one]


@pytest.mark.parametrize(("who", "status"), [({}, 401), ({"token": "cd"}, 403), ({"cookie": "bob"}, 403)])
async def test_who_may_not_acknowledge(crew: Crew, who: dict[str, str], status: int) -> None:
    one = await crew.queue()
    assert (await crew.asks("POST", f"/api/commands/{one}/ack", DONE, **who)).status == status
    expected = 401 if not who else 404
    assert (await crew.asks("POST", "/api/commands/nobodys/ack", {}, **who)).status == expected


async def test_the_history_begins_with_the_newest_and_has_the_pending_too(crew: Crew) -> None:
    ids = [await crew.queue() for _ in range(3)]
    await crew.asks("POST", f"/api/commands/{ids[0]}/ack", DONE, token="ci")
    answer = await crew.asks("GET", HISTORY, cookie="alice")
    assert [(c["id"], c["status"]) for c in answer.json["commands"]] == [
        (ids[2], "pending"),
        (ids[1], "pending"),
        (ids[0], "completed"),
    ]
    assert answer.json["count"] == 3
    assert (await crew.asks("GET", f"{HISTORY}?limit=1", cookie="alice")).json["count"] == 1
    assert (await crew.asks("GET", HISTORY, cookie="bob")).status == 403


async def test_the_list_shows_what_the_caller_may_see(crew: Crew) -> None:
    mine, other = await crew.queue(), await crew.queue(bot=CD)
    theirs = (await crew.asks("POST", f"/api/bot/{SPY}/stop", cookie="bob")).json["command"]["id"]

    async def listed(query: str = "", **who: str) -> list[str]:
        answer = await crew.asks("GET", f"/api/commands{query}", **who)
        assert (answer.status, answer.json["count"]) == (200, len(answer.json["commands"]))
        return [command["id"] for command in answer.json["commands"]]

    assert await listed(cookie="alice") == [other, mine]
    assert await listed(cookie="bob") == [theirs]
    assert await listed(cookie="root") == [theirs, other, mine]
    assert await listed(token="cd") == [other]
    assert await listed(f"?bot_id={CI}", cookie="alice") == [mine]
    assert await listed("?limit=1", cookie="root") == [theirs]
    for query, status in (("?bot_id=3", 403), ("?bot_id=9", 404), ("?bot_id=x", 404)):
        assert (await crew.asks("GET", f"/api/commands{query}", cookie="alice")).status == status
    assert (await crew.asks("GET", "/api/commands")).status == 401


async def test_open_endpoints_serve_bots_that_present_nothing(nursery: trio.Nursery) -> None:
    crew = await open_crew(nursery, is_open=True)
    one = await crew.queue()
    answer = await crew.asks("GET", POLL)
    assert [command["id"] for command in answer.json["commands"]] == [one]
    assert (await crew.asks("GET", POLL)).json["count"] == 0
    assert (await crew.asks("GET", f"/api/bot/{CI}/status", cookie="alice")).json["status"] == "online"
    assert (await crew.asks("POST", f"/api/commands/{one}/ack", DONE)).json["command"]["status"] == "completed"
    assert (await crew.asks("POST", f"/api/bot/{CI}/status", {"status": "offline"})).status == 200
    for who in ({"token": "wrong"}, {"cookie": "stale"}):
        assert (await crew.asks("GET", POLL, **who)).status == 401
    for method, path in (("POST", SEND), ("GET", HISTORY), ("GET", f"/api/bot/{CI}/status")):
        assert (await crew.asks(method, path, {"type": "do"} if method == "POST" else None)).status == 401
