"""Golden pairs of `/api/my-bots` and `/api/admin/bots`."""

from __future__ import annotations

from typing import Any

import pytest
from trio.testing import wait_all_tasks_blocked

from actors.values import Who
from protocol.codes import CloseCode
from tests.dialects.botmanager.accounts.house import House, Program

AT = "2023-11-14T22:13:"
DONE = (200, {"success": True})
DENIED = (403, {"error": "Access denied"})
NOBODY = (401, {"error": "Not authenticated"})
ABSENT = (404, {"error": "Bot not found"})

ONE = [
    ("GET", "/api/my-bots/{}"),
    ("PUT", "/api/my-bots/{}"),
    ("DELETE", "/api/my-bots/{}"),
    ("GET", "/api/my-bots/{}/token"),
    ("POST", "/api/my-bots/{}/regenerate-token"),
]


async def names(program: Program, path: str = "/api/my-bots") -> list[str]:
    """Which bots a list has."""
    reply = await program.get(path)
    assert (reply.status, reply.json["count"]) == (200, len(reply.json["bots"]))
    return [bot["name"] for bot in reply.json["bots"]]


async def test_a_bot_is_made_with_a_token_that_is_shown_again(home: House) -> None:
    alice = await home.sign_in("alice")
    reply = await alice.post("/api/my-bots", {"name": "  cd\t", "metadata": {"<b>": [1, 2.5, None, 2**70]}})
    token = reply.json.pop("token")
    assert reply == (200, {"success": True, "bot_id": "2"})
    assert await alice.get("/api/my-bots/2/token") == (200, {"token": token})
    shown = await alice.get("/api/my-bots/2")
    bot = shown.json["bot"]
    assert bot.pop("created_at") is not None
    assert bot == {
        "id": "2",
        "name": "cd",
        "status": "offline",
        "owner_id": 2,
        "last_active": None,
        "metadata": {"<b>": [1, 2.5, None, 2**70]},
    }


async def test_a_bot_that_calls_is_online(home: House) -> None:
    alice = await home.sign_in("alice")
    token = (await alice.get("/api/my-bots/1/token")).json["token"]
    assert (await home.program().get("/api/bots", Authorization=f"Bearer {token}")).status == 200
    bot = (await alice.get("/api/my-bots/1")).json["bot"]
    assert (bot["status"], bot["last_active"][:17]) == ("online", AT)


async def test_own_bots_are_listed_and_all_of_them_for_administrators(home: House) -> None:
    root, alice = await home.sign_in("root"), await home.sign_in("alice")
    await root.post("/api/my-bots", {"name": "ci"})
    await alice.post("/api/my-bots", {"name": "cd"})
    assert await names(alice) == ["ci", "cd"]
    assert await names(root) == ["ci"]
    assert await names(root, "/api/admin/bots") == ["ci", "ci", "cd"]


async def test_a_bot_changes_in_what_is_given(home: House) -> None:
    alice = await home.sign_in("alice")
    assert await alice.put("/api/my-bots/1", {"metadata": {"a": 1, "b": {}}}) == DONE
    assert await alice.put("/api/my-bots/1", {"name": " ci2 "}) == DONE
    assert await alice.put("/api/my-bots/1", {"metadata": {"c": "<script>"}}) == DONE
    assert await alice.put("/api/my-bots/1") == DONE
    bot = (await alice.get("/api/my-bots/1")).json["bot"]
    assert (bot["name"], bot["metadata"]) == ("ci2", {"c": "<script>"})


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "Object missing required field `name`"),
        ({"name": ""}, "name must have 1 to 64 characters"),
        ({"name": " \t\n"}, "name must have 1 to 64 characters"),
        ({"name": "x" * 65}, "name must have 1 to 64 characters"),
        ({"name": 7}, "Expected `str`, got `int` - at `$.name`"),
        ({"name": "cd", "metadata": []}, "Expected `object | null`, got `array` - at `$.metadata`"),
        ({"name": "ci"}, "you have a bot of this name already"),
        ({"name": " ci "}, "you have a bot of this name already"),
        ([], "The body must be a JSON object"),
    ],
)
async def test_what_no_bot_can_be_is_refused(home: House, body: Any, error: str) -> None:
    alice = await home.sign_in("alice")
    assert await alice.post("/api/my-bots", body) == (400, {"error": error})
    assert await names(alice) == ["ci"]


async def test_names_are_unique_among_ones_own_living_bots(home: House) -> None:
    root, alice = await home.sign_in("root"), await home.sign_in("alice")
    assert (await root.post("/api/my-bots", {"name": "ci"})).status == 200
    assert (await alice.post("/api/my-bots", {"name": "cd"})).status == 200
    assert await alice.put("/api/my-bots/3", {"name": "ci"}) == (400, {"error": "you have a bot of this name already"})
    assert await alice.put("/api/my-bots/3", {"name": "cd"}) == DONE
    assert await alice.delete("/api/my-bots/1") == DONE
    assert await alice.put("/api/my-bots/3", {"name": "ci"}) == DONE


@pytest.mark.parametrize(
    ("metadata", "status"),
    [({"x": "y" * 65_527}, 200), ({"x": "y" * 65_529}, 413), ("deep", 400)],
)
async def test_metadata_is_bounded(home: House, metadata: Any, status: int) -> None:
    alice = await home.sign_in("alice")
    if metadata == "deep":
        metadata = {}
        for _ in range(32):
            metadata = {"a": metadata}
    for reply in (
        await alice.post("/api/my-bots", {"name": "cd", "metadata": metadata}),
        await alice.put("/api/my-bots/1", {"metadata": metadata}),
    ):
        assert reply.status == status
        assert status == 200 or list(reply.json) == ["error"]


async def test_a_new_token_ends_what_came_in_by_the_old_one(home: House) -> None:
    alice = await home.sign_in("alice")
    old = (await alice.get("/api/my-bots/1/token")).json["token"]
    native = home.stage.client()
    await native.send(t="hello", ref=1, token=old, device="d")
    await native.hears()
    reply = await alice.post("/api/my-bots/1/regenerate-token")
    new = reply.json.pop("token")
    assert reply == DONE
    assert await alice.get("/api/my-bots/1/token") == (200, {"token": new})
    assert await home.program().get("/api/bots", X_Bot_Token=old) == NOBODY
    assert (await home.program().get("/api/bots", X_Bot_Token=new)).status == 200
    assert native.code == CloseCode.REVOKED
    assert home.stage.feed.ended == [("bot", 1)]


async def test_a_token_from_before_it_could_be_shown_has_to_be_made_anew(home: House) -> None:
    alice = await home.sign_in("alice")
    home.stage.store.accounts.forget_secret(1, "token")
    reply = await alice.get("/api/my-bots/1/token")
    assert reply == (404, {"error": "This token was made before it could be shown again: regenerate it"})


async def test_a_deleted_bot_is_gone_and_its_words_stay(home: House) -> None:
    store, alice = home.stage.store, await home.sign_in("alice")
    token = (await alice.get("/api/my-bots/1/token")).json["token"]
    people = [caller for caller in map(store.accounts.living, [Who("user", 2), Who("bot", 1)]) if caller]
    room = store.add_conversation("closed", people, name="ops")
    bot, reader = home.stage.client(), home.stage.client()
    await bot.send(t="hello", ref=1, token=token, device="d")
    await bot.send(t="publish", ref=2, conv=room, cid="c", body="built")
    await reader.sign_in("alice")
    assert await alice.delete("/api/my-bots/1") == DONE
    await wait_all_tasks_blocked()
    assert bot.code == CloseCode.REVOKED
    assert home.stage.feed.ended == [("bot", 1)]
    assert await home.program().get("/api/bots", X_Bot_Token=token) == NOBODY
    assert await names(alice) == []
    await reader.hears()
    page = await reader.asks(t="history", ref=3, conv=room)
    assert [(one["from"]["name"], one["body"]) for one in page["messages"]] == [("ci", "built")]
    record = await store.library.conversation(room)
    assert record is not None
    assert [member.actor.name for member in record.members] == ["alice"]


@pytest.mark.parametrize(("method", "path"), ONE)
async def test_each_route_of_a_bot_is_its_owners_and_administrators(home: House, method: str, path: str) -> None:
    root, alice = await home.sign_in("root"), await home.sign_in("alice")
    await home.register("bob")
    bob = await home.sign_in("bob")
    token = (await alice.get("/api/my-bots/1/token")).json["token"]
    assert await home.program().ask(method, path.format("1")) == NOBODY
    assert await home.program(cookie="stale").ask(method, path.format("1")) == NOBODY
    assert await bob.ask(method, path.format("1")) == DENIED
    assert await home.program().ask(method, path.format("1"), X_Bot_Token=token) == DENIED
    for missing in ("99", "0", "x", "01", "1" * 30):
        for program in (root, alice, bob):
            assert await program.ask(method, path.format(missing)) == ABSENT
    assert (await root.ask(method, path.format("1"))).status == 200
    gone = method == "DELETE"
    assert (await alice.ask(method, path.format("1"))).status == (404 if gone else 200)


async def test_a_bots_token_beats_a_cookie_also_when_it_is_wrong(home: House) -> None:
    alice = await home.sign_in("alice")
    token = (await alice.get("/api/my-bots/1/token")).json["token"]
    assert (await alice.get("/api/my-bots", X_Bot_Token="")).status == 200
    assert await alice.get("/api/my-bots", X_Bot_Token=token) == DENIED
    assert await alice.get("/api/my-bots", X_Bot_Token="wrong") == NOBODY
    assert await alice.get("/api/my-bots", Authorization="Bearer wrong") == NOBODY
    assert (await alice.get("/api/my-bots", Authorization="Basic YTpi")).status == 200
    assert await home.program().get("/api/my-bots", Authorization="Bearer token-alice") == NOBODY
