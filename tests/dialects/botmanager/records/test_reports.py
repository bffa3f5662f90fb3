"""Golden pairs: bots report logs and messages, people read them."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from tests.dialects.botmanager.accounts.house import Reply
from tests.dialects.botmanager.records.desk import CD, CI, SPY, Desk, open_desk

LOG = {"type": "info", "message": "up", "metadata": {}, "bot_id": CI}
SAID = {
    "bot_id": CI,
    "message": "hi",
    "author_id": "7",
    "author_name": "Zoë",
    "thread_id": "42",
    "thread_type": "GROUP",
    "metadata": {"a": 1},
}


async def test_a_log(desk: Desk) -> None:
    assert await desk.reports("logs", {"message": "up"}) == (200, {"status": "ok", "received": 1})
    shown = {**LOG, "timestamp": desk.now}
    assert await desk.alice.get("/api/logs") == (200, {"logs": [shown], "count": 1})
    assert desk.events("new_log") == [shown]


async def test_many_logs_are_one_report_and_come_back_the_newest_first(desk: Desk) -> None:
    logs = [{"type": "error", "message": str(number)} for number in range(1_000)]
    assert await desk.reports("logs", logs) == (200, {"status": "ok", "received": 1_000})

    found = (await desk.alice.get("/api/logs")).json
    assert found["count"] == 100
    assert [log["message"] for log in found["logs"]] == [str(number) for number in range(999, 899, -1)]
    assert len(desk.events("new_log")) == 1_000


async def test_a_message(desk: Desk) -> None:
    body = {**SAID, "author_id": 7, "thread_id": 42, "timestamp": "yesterday"}
    assert await desk.reports("messages", body) == (200, {"status": "ok"})

    shown = {**SAID, "timestamp": desk.now, "metadata": {"a": 1, "client_timestamp": "yesterday"}}
    assert await desk.alice.get("/api/messages") == (200, {"messages": [shown], "count": 1})
    assert desk.events("new_message") == [shown]


async def test_a_message_has_every_key_whatever_was_given(desk: Desk) -> None:
    assert (await desk.reports("messages", [{"message": ""}])).json == {"status": "ok", "received": 1}
    (shown,) = (await desk.alice.get("/api/messages")).json["messages"]
    nothing: dict[str, None] = dict.fromkeys(("author_id", "author_name", "thread_id"))
    assert shown == {**SAID, **nothing, "message": "", "thread_type": "USER", "metadata": {}, "timestamp": desk.now}


async def test_long_texts_are_cut_by_characters(desk: Desk) -> None:
    await desk.reports("logs", {"message": "ü" * 10_001})
    await desk.reports("messages", {"message": "𝄞" * 10_001})
    assert (await desk.alice.get("/api/logs")).json["logs"][0]["message"] == "ü" * 10_000
    assert (await desk.alice.get("/api/messages")).json["messages"][0]["message"] == "𝄞" * 10_000


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("logs", {}),
        ("logs", {"message": 1}),
        ("logs", {"message": "x", "type": "t" * 33}),
        ("logs", {"message": "x", "metadata": []}),
        ("logs", "text"),
        ("logs", [{"message": "good"}, {"message": None}]),
        ("logs", [{"message": "x"}] * 1_001),
        ("messages", {"message": "x", "thread_type": "DM"}),
        ("messages", {"message": "x", "author_id": []}),
        ("messages", [[]]),
    ],
)
async def test_bad_reports_keep_nothing(desk: Desk, what: str, body: Any) -> None:
    reply = await desk.reports(what, body)
    assert (reply.status, list(reply.json)) == (400, ["error"])
    assert (await desk.alice.get(f"/api/{what}")).json["count"] == 0
    assert desk.events("new_log") == desk.events("new_message") == []


async def test_metadata_has_bounds(desk: Desk) -> None:
    deep: dict[str, Any] = {}
    for _ in range(32):
        deep = {"a": deep}
    assert (await desk.reports("logs", {"message": "x", "metadata": deep})).status == 400
    assert (await desk.reports("logs", {"message": "x", "metadata": {"a": "x" * 65_536}})).status == 413


async def test_everybody_sees_what_is_theirs(desk: Desk) -> None:
    for bot in (CI, CD, SPY):
        await desk.reports("logs", {"message": bot}, bot=bot)

    async def seen(reply: Reply) -> list[str]:
        assert reply.status == 200
        return [log["message"] for log in reply.json["logs"]]

    assert await seen(await desk.alice.get("/api/logs")) == [CD, CI]
    assert await seen(await desk.bob.get("/api/logs")) == [SPY]
    assert await seen(await desk.root.get("/api/logs")) == [SPY, CD, CI]
    assert await seen(await desk.asks("/api/logs")) == [CI]
    assert await seen(await desk.alice.get(f"/api/logs?bot_id={CD}")) == [CD]
    assert await seen(await desk.root.get(f"/api/logs?limit=1&bot_id={SPY}")) == [SPY]
    assert await seen(await desk.root.get("/api/logs?limit=0")) == []


@pytest.mark.parametrize("what", ["logs", "messages"])
async def test_lists_refuse_what_they_cannot_show(desk: Desk, what: str) -> None:
    assert await desk.alice.get(f"/api/{what}?bot_id={SPY}") == (403, {"error": "Access denied"})
    assert await desk.asks(f"/api/{what}?bot_id={CD}") == (403, {"error": "Access denied"})
    assert await desk.alice.get(f"/api/{what}?bot_id=9") == (404, {"error": "Bot not found"})
    for limit in ("-1", "x", "1.5", ""):
        assert (await desk.alice.get(f"/api/{what}?limit={limit}")).status == 400
    assert (await desk.house.program().get(f"/api/{what}")).status == 401


async def test_only_the_bot_and_its_owner_report(desk: Desk) -> None:
    report = {"message": "x"}
    assert (await desk.alice.post(f"/api/bot/{CI}/logs", report)).status == 200
    assert (await desk.root.post(f"/api/bot/{CI}/logs", report)).status == 200
    assert await desk.bob.post(f"/api/bot/{CI}/logs", report) == (403, {"error": "Access denied"})
    assert await desk.house.program().post(f"/api/bot/{CI}/logs", report) == (401, {"error": "Not authenticated"})
    assert await desk.bob.post("/api/bot/9/logs", report) == (404, {"error": "Bot not found"})


async def test_old_bots_report_without_a_token_where_that_is_allowed(nursery: trio.Nursery) -> None:
    desk = await open_desk(nursery, open_bots=True)
    anybody = desk.house.program()
    assert (await anybody.post(f"/api/bot/{CI}/logs", {"message": "x"})).status == 200
    assert (await anybody.post(f"/api/bot/{CI}/messages", {"message": "x"})).status == 200
    assert (await anybody.post(f"/api/bot/{CI}/sync", {"groups": []})).status == 200
    assert (await anybody.get("/api/logs")).status == 401
    assert (await anybody.get(f"/api/bot/{CI}/data")).status == 401
