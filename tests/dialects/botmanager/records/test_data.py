"""Golden pairs: what bots hand over as a whole, statistics, and exports."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dialects.botmanager.records.desk import CD, CI, SPY, Desk

DENIED = (403, {"error": "Access denied"})
SYNCED = {"groups": [{"id": 1}], "friends": [], "metadata": {"v": 2}}


async def test_what_was_never_handed_over(desk: Desk) -> None:
    nothing: tuple[int, dict[str, object]] = (404, {"error": "No data", "data": {}, "updated_at": None})
    assert await desk.alice.get(f"/api/bot/{CI}/data") == nothing
    assert await desk.asks(f"/api/bot/{CI}/data") == nothing
    assert await desk.alice.get(f"/api/my-bots/{CI}/data") == (200, {"data": None})


async def test_what_is_handed_over_replaces_what_was(desk: Desk) -> None:
    await desk.reports("sync", {"old": True})
    assert await desk.reports("sync", {**SYNCED, "token": "secret"}) == (200, {"status": "ok"})

    kept = (200, {"data": SYNCED, "source": "database", "updated_at": desk.now})
    assert await desk.alice.get(f"/api/bot/{CI}/data") == kept
    assert await desk.alice.get(f"/api/my-bots/{CI}/data") == (200, {"data": SYNCED})
    assert desk.events("bot_data_sync")[-1] == {"bot_id": CI, "data": SYNCED}


async def test_a_token_in_the_body_signs_in(desk: Desk) -> None:
    token = (await desk.alice.get(f"/api/my-bots/{CI}/token")).json["token"]
    assert (await desk.house.program().post(f"/api/bot/{CI}/sync", {"token": token, "a": 1})).status == 200
    assert (await desk.alice.get(f"/api/my-bots/{CI}/data")).json == {"data": {"a": 1}}


async def test_a_synced_object_has_bounds(desk: Desk) -> None:
    assert (await desk.reports("sync", {"a": "x" * 1_000_000})).status == 200
    assert (await desk.reports("sync", {"a": "x" * 1_048_576})).status == 413
    assert (await desk.reports("sync", [])).status == 400
    assert (await desk.bob.post(f"/api/bot/{CI}/sync", {})) == DENIED
    assert (await desk.bob.get(f"/api/my-bots/{CI}/data")) == DENIED


async def test_the_overview_is_the_hubs_for_administrators(desk: Desk) -> None:
    for bot in (CI, SPY):
        await desk.reports("logs", [{"message": "a"}, {"message": "b"}], bot=bot)
        await desk.reports("messages", {"message": "a"}, bot=bot)
        await desk.root.post(f"/api/bot/{bot}/restart")
    desk.house.stage.feed.connected = [2, 2, 3]
    hub: dict[str, Any] = {"total_users": 3, "total_bots": 3}
    mine = {"total_commands": 1, "pending_commands": 1, "total_logs": 2, "total_messages": 1}
    everything = {"total_commands": 2, "pending_commands": 2, "total_logs": 4, "total_messages": 2}

    assert await desk.alice.get("/api/stats/overview") == (200, {**hub, **mine, "user_bots": 2, "connected_clients": 2})
    everybodys = {**hub, **everything, "user_bots": 0, "connected_clients": 3}
    assert await desk.root.get("/api/stats/overview") == (200, everybodys)
    assert await desk.asks("/api/stats/overview") == DENIED


async def test_a_bots_statistics(desk: Desk) -> None:
    await desk.reports("logs", {"message": "a"})
    ids = [
        (await desk.alice.post(f"/api/bot/{CI}/send-command", {"type": kind})).json["command"]["id"]
        for kind in ("send_message", "send_message", "restart", "stop")
    ]
    await desk.alice.post(f"/api/commands/{ids[0]}/ack", {"status": "completed"})
    await desk.alice.post(f"/api/commands/{ids[1]}/ack", {"status": "failed"})

    assert await desk.alice.get(f"/api/stats/bot/{CI}") == (
        200,
        {
            "total_commands": 4,
            "pending_commands": 2,
            "completed_commands": 1,
            "failed_commands": 1,
            "total_logs": 1,
            "total_messages": 0,
            "command_types": {"send_message": 2, "restart": 1, "stop": 1},
        },
    )
    assert await desk.bob.get(f"/api/stats/bot/{CI}") == DENIED
    assert await desk.alice.get("/api/stats/bot/9") == (404, {"error": "Bot not found"})


@pytest.mark.parametrize("what", ["logs", "messages"])
async def test_an_export_ascends_to_the_newest(desk: Desk, what: str) -> None:
    await desk.reports(what, [{"message": str(number)} for number in range(5)])
    await desk.reports(what, {"message": "spy"}, bot=SPY)

    reply = await desk.alice.get(f"/api/export/{what}?limit=3")

    listed = (await desk.alice.get(f"/api/{what}?limit=3")).json[what]
    assert reply == (200, {"exported_at": desk.now, "count": 3, what: listed[::-1]})
    assert reply.headers["Content-Disposition"] == f'attachment; filename="{what}.json"'
    assert (await desk.root.get(f"/api/export/{what}")).json["count"] == 6
    assert (await desk.alice.get(f"/api/export/{what}?bot_id={CD}")).json == {
        "exported_at": desk.now,
        what: [],
        "count": 0,
    }
    assert await desk.alice.get(f"/api/export/{what}?bot_id={SPY}") == DENIED
    assert (await desk.alice.get(f"/api/export/{what}?limit=x")).status == 400
    assert await desk.asks(f"/api/export/{what}") == DENIED


async def test_an_export_of_everything(desk: Desk) -> None:
    await desk.reports("logs", [{"message": str(number)} for number in range(3)])
    await desk.reports("messages", {"message": "hi"})
    await desk.alice.post(f"/api/bot/{CI}/send-command", {"type": "do"})
    await desk.reports("sync", SYNCED)

    reply = await desk.alice.get(f"/api/export/bot-data/{CI}")

    assert list(reply.json) == ["exported_at", "bot", "data", "commands", "logs", "messages"]
    assert reply.json["bot"] == (await desk.alice.get(f"/api/my-bots/{CI}")).json["bot"]
    assert reply.json["data"] == SYNCED
    assert reply.json["commands"] == (await desk.alice.get("/api/commands")).json["commands"]
    assert reply.json["logs"] == (await desk.alice.get("/api/logs")).json["logs"][::-1]
    assert reply.json["messages"] == (await desk.alice.get("/api/messages")).json["messages"]
    assert (await desk.alice.get(f"/api/export/bot-data/{CD}")).json["data"] is None
    assert await desk.bob.get(f"/api/export/bot-data/{CI}") == DENIED
    assert await desk.asks(f"/api/export/bot-data/{CI}") == DENIED
