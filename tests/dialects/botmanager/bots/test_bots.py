"""Golden pairs: what bots are, whether they are there, and what they are set to."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from tests.dialects.botmanager.bots.crew import CD, CI, NOW, SPY, Crew

MADE = "1970-01-01T00:00:00.001Z"
STATUS, SETTINGS = f"/api/bot/{CI}/status", f"/api/bot/{CI}/settings"


def shown(id: str, name: str, owner: int = 1, **known: Any) -> dict[str, Any]:
    """A bot that never showed itself."""
    bot = {"id": id, "name": name, "status": "offline", "owner_id": owner, "created_at": MADE}
    return {**bot, "last_active": None, "metadata": {}, **known}


async def test_info(crew: Crew) -> None:
    ids = [await crew.queue() for _ in range(3)]
    await crew.asks("POST", f"/api/commands/{ids[0]}/ack", {"status": "completed"}, cookie="alice")
    await crew.asks("POST", f"/api/commands/{ids[1]}/ack", {"status": "failed"}, cookie="alice")
    stats = {"total_commands": 3, "pending_commands": 1, "completed_commands": 1, "failed_commands": 1}
    answer = await crew.asks("GET", f"/api/bot/{CI}/info", cookie="alice")
    assert answer == (200, {"bot": shown(CI, "ci"), "stats": stats, "online": False})


async def test_everybody_sees_the_bots_that_are_his(crew: Crew) -> None:
    ci, cd, spy = shown(CI, "ci"), shown(CD, "cd"), shown(SPY, "spy", 2)
    assert await crew.asks("GET", "/api/bots", cookie="alice") == (200, {"bots": [ci, cd], "count": 2})
    assert await crew.asks("GET", "/api/bots", cookie="root") == (200, {"bots": [ci, cd, spy], "count": 3})
    itself = shown(CD, "cd", status="online", last_active=NOW)
    assert await crew.asks("GET", "/api/bots", token="cd") == (200, {"bots": [itself], "count": 1})
    assert (await crew.asks("GET", "/api/bots")).status == 401


async def test_a_bot_is_told_whether_its_token_is_right(crew: Crew) -> None:
    right = {"success": True, "bot": shown(CI, "ci", status="online", last_active=NOW)}
    for body in ({"token": "token-ci"}, {"token": "token-ci", "bot_id": "1"}, {"token": "token-ci", "bot_id": 1}):
        assert await crew.asks("POST", "/api/bot/auth", body) == (200, right)
    for body in ({"token": "wrong"}, {"token": "token-alice"}, {"token": "token-ci", "bot_id": "2"}):
        answer = await crew.asks("POST", "/api/bot/auth", body)
        assert answer == (401, {"error": "Invalid credentials"})
    bad: list[dict[str, Any]] = [{}, {"token": 1}, {"token": "token-ci", "bot_id": []}]
    for body in bad:
        assert (await crew.asks("POST", "/api/bot/auth", body)).status == 400


async def test_a_bot_registers_itself(crew: Crew) -> None:
    body = {"name": " robot ", "metadata": {"version": 2}}
    itself = shown(CI, "robot", status="online", last_active=NOW, metadata={"version": 2})
    assert await crew.asks("POST", "/api/bots/register", body, token="ci") == (200, {"status": "ok", "bot": itself})
    update = {"action": "register", "bot_id": CI, "status": "online", "data": itself}
    assert [event for event in crew.events("bot_update") if event["action"] == "register"] == [update]
    answer = await crew.asks("POST", "/api/bots/register", {"name": "robot"}, token="ci")
    assert answer.json["bot"]["metadata"] == {"version": 2}


async def test_a_person_registers_a_new_bot(crew: Crew) -> None:
    answer = await crew.asks("POST", "/api/bots/register", {"name": "fresh", "metadata": {"a": 1}}, cookie="alice")
    assert (answer.status, answer.json.keys()) == (200, {"success", "bot_id", "token"})
    assert answer.json["success"] is True
    made = shown(answer.json["bot_id"], "fresh", metadata={"a": 1})
    update = {"action": "register", "bot_id": made["id"], "status": "offline", "data": made}
    assert crew.events("bot_update") == [update]
    assert (await crew.asks("POST", "/api/bot/auth", {"token": answer.json["token"]})).status == 200


@pytest.mark.parametrize("body", [{}, {"name": " "}, {"name": "x" * 65}, {"name": 1}, {"name": "x", "metadata": []}])
@pytest.mark.parametrize("who", [{"cookie": "alice"}, {"token": "ci"}], ids=["cookie", "token"])
async def test_a_bot_has_a_name(crew: Crew, body: dict[str, Any], who: dict[str, str]) -> None:
    assert (await crew.asks("POST", "/api/bots/register", body, **who)).status == 400
    assert (await crew.asks("POST", "/api/bots/register", {"name": "cd"}, **who)).status == 400


async def test_nobody_registers_nothing(crew: Crew) -> None:
    assert (await crew.asks("POST", "/api/bots/register", {"name": "x"})).status == 401


async def test_any_request_with_the_token_makes_a_bot_online_for_a_while(crew: Crew) -> None:
    assert await crew.asks("GET", STATUS, cookie="alice") == (
        200,
        {"bot_id": CI, "status": "offline", "last_active": None},
    )
    await crew.polls()
    await trio.sleep(29.9)
    online = {"bot_id": CI, "status": "online", "last_active": NOW}
    assert await crew.asks("GET", STATUS, cookie="alice") == (200, online)
    await trio.sleep(0.2)
    assert await crew.asks("GET", STATUS, cookie="alice") == (200, {**online, "status": "offline"})
    bot = shown(CI, "ci", last_active=NOW)
    assert crew.events("bot_update") == [
        {"action": "status_update", "bot_id": CI, "status": status, "data": {**bot, "status": status}}
        for status in ("online", "offline")
    ]


async def test_calls_with_a_cookie_are_no_sign_of_life(crew: Crew) -> None:
    for path in (STATUS, f"/api/bot/{CI}/commands", f"/api/bot/{CI}/info"):
        await crew.asks("GET", path, cookie="alice")
    await crew.asks("GET", f"/api/bot/{CD}/status", token="ci")
    assert [event["bot_id"] for event in crew.events("bot_update")] == [CI]


async def test_a_bot_that_says_so_is_offline_at_once(crew: Crew) -> None:
    for body, status in (({"status": "online", "data": {"load": 1}}, "online"), ({"status": "offline"}, "offline")):
        assert await crew.asks("POST", STATUS, body, token="ci") == (200, {"status": "ok"})
        assert (await crew.asks("GET", STATUS, cookie="alice")).json["status"] == status
        data = shown(CI, "ci", status=status, last_active=NOW)
        if "data" in body:
            data["report"] = body["data"]
        update = {"action": "status_update", "bot_id": CI, "status": status, "data": data}
        assert crew.events("bot_update") == [update]
    await crew.polls()
    assert [event["status"] for event in crew.events("bot_update")] == ["online"]


async def test_what_a_bot_says_is_news_even_if_nothing_changed(crew: Crew) -> None:
    for _ in range(2):
        await crew.asks("POST", STATUS, {"status": "online", "token": "token-ci"})
    assert [event["status"] for event in crew.events("bot_update")] == ["online", "online"]


@pytest.mark.parametrize("body", [{}, {"status": "busy"}, {"status": 1}, {"status": "online", "data": []}])
async def test_a_status_is_online_or_offline(crew: Crew, body: dict[str, Any]) -> None:
    assert (await crew.asks("POST", STATUS, body, token="ci")).status == 400
    assert crew.events("bot_update") == []


async def test_settings_are_merged_key_by_key(crew: Crew) -> None:
    assert await crew.asks("GET", SETTINGS, cookie="alice") == (200, {"settings": {}})
    first: dict[str, Any] = {"a": {"x": 1}, "b": 2, "token": "t"}
    second: dict[str, Any] = {"a": {"y": 2}, "b": None, "c": []}
    assert await crew.asks("PUT", SETTINGS, first, cookie="alice") == (200, {"success": True, "settings": first})
    whole = {"a": {"y": 2}, "token": "t", "c": []}
    assert await crew.asks("PUT", SETTINGS, second, token="ci") == (200, {"success": True, "settings": whole})
    assert await crew.asks("GET", SETTINGS, cookie="root") == (200, {"settings": whole})
    assert (await crew.asks("GET", SETTINGS, cookie="bob")).status == 403


async def test_settings_are_bounded(crew: Crew) -> None:
    assert (await crew.asks("PUT", SETTINGS, [1], cookie="alice")).status == 400
    assert (await crew.asks("PUT", SETTINGS, {"a": "x" * 65_536}, cookie="alice")).status == 413
    assert (await crew.asks("PUT", SETTINGS, {"a": "x" * 40_000}, cookie="alice")).status == 200
    assert (await crew.asks("PUT", SETTINGS, {"b": "x" * 40_000}, cookie="alice")).status == 413
    deep: Any = []
    for _ in range(40):
        deep = [deep]
    assert (await crew.asks("PUT", SETTINGS, {"a": deep}, cookie="alice")).status == 400


@pytest.mark.parametrize("path", [STATUS, SETTINGS, f"/api/bot/{CI}/info"])
async def test_who_may_look(crew: Crew, path: str) -> None:
    for who, status in (({}, 401), ({"cookie": "bob"}, 403), ({"token": "cd"}, 403), ({"token": "ci"}, 200)):
        assert (await crew.asks("GET", path, **who)).status == status
    assert (await crew.asks("GET", path.replace(CI, "9"), cookie="root")).status == 404
