"""Golden pairs of `/api/users` and `/api/health`."""

from __future__ import annotations

import pytest

from tests.dialects.botmanager.accounts.house import House

AT = "2023-11-14T22:13:"
DENIED = (403, {"error": "Access denied"})
NOBODY = (401, {"error": "Not authenticated"})
ABSENT = (404, {"error": "User not found"})


async def test_an_administrator_lists_everybody(home: House) -> None:
    reply = await (await home.sign_in("root")).get("/api/users")
    assert (reply.status, reply.json["count"]) == (200, 2)
    times = [user.pop("created_at") for user in reply.json["users"]]
    assert all(at.startswith(AT) for at in times)
    assert reply.json["users"] == [
        {"id": 1, "username": "root", "email": "root@mail.example", "fullname": None, "role": "admin"},
        {"id": 2, "username": "alice", "email": "alice@mail.example", "fullname": None, "role": "user"},
    ]


@pytest.mark.parametrize(
    ("q", "found"),
    [("LIC", [2]), ("mail.EXAMPLE", [1, 2]), ("al", [2]), ("%", None), ("%%", []), ("__", []), ("nobody", [])],
)
async def test_an_administrator_searches_usernames_and_addresses(home: House, q: str, found: list[int] | None) -> None:
    reply = await (await home.sign_in("root")).get(f"/api/users/search?q={q.replace('%', '%25')}")
    if found is None:
        assert reply == (400, {"error": "q must have 2 characters or more"})
    else:
        assert [user["id"] for user in reply.json["users"]] == found
        assert reply.json["count"] == len(found)


async def test_a_search_says_what_is_searched(home: House) -> None:
    reply = await (await home.sign_in("root")).get("/api/users/search")
    assert reply == (400, {"error": "q must have 2 characters or more"})


async def test_a_user_shows_everything_with_null_for_what_was_never_given(home: House) -> None:
    reply = await (await home.sign_in("alice")).get("/api/users/2")
    user = reply.json["user"]
    assert user.pop("created_at").startswith(AT)
    assert user.pop("last_login").startswith(AT)
    never = dict.fromkeys(("fullname", "phone", "birthday", "gender"))
    about = {"id": 2, "username": "alice", "email": "alice@mail.example", "role": "user", "is_active": True}
    assert reply == (200, {"user": about | never})
    root = (await (await home.sign_in("root")).get("/api/users/1")).json["user"]
    assert root["last_login"] is not None


async def test_who_never_signed_in_has_no_last_login(home: House) -> None:
    await home.register("bob")
    assert (await (await home.sign_in("root")).get("/api/users/3")).json["user"]["last_login"] is None


async def test_a_user_has_bots(home: House) -> None:
    for name in ("alice", "root"):
        reply = await (await home.sign_in(name)).get("/api/users/2/bots")
        (bot,) = reply.json["bots"]
        assert (reply.status, reply.json["count"]) == (200, 1)
        assert (bot["id"], bot["name"], bot["status"], bot["owner_id"]) == ("1", "ci", "offline", 2)
    assert await (await home.sign_in("root")).get("/api/users/1/bots") == (200, {"bots": [], "count": 0})


@pytest.mark.parametrize("path", ["/api/users/{}", "/api/users/{}/bots"])
async def test_people_see_themselves_and_administrators_everybody(home: House, path: str) -> None:
    root, alice = await home.sign_in("root"), await home.sign_in("alice")
    for other in ("1", "99", "0", "-1", "x", "02", "2" * 30):
        assert await alice.get(path.format(other)) == DENIED
        assert await home.program().get(path.format(other)) == NOBODY
    for missing in ("99", "0", "-1", "x", "02", "2" * 30):
        assert await root.get(path.format(missing)) == ABSENT
    assert (await root.get(path.format("2"))).status == 200


@pytest.mark.parametrize("path", ["/api/users", "/api/users/search?q=al", "/api/admin/bots"])
async def test_lists_of_all_are_for_administrators(home: House, path: str) -> None:
    alice = await home.sign_in("alice")
    token = (await alice.get("/api/my-bots/1/token")).json["token"]
    assert await alice.get(path) == DENIED
    assert await home.program().get(path, X_Bot_Token=token) == DENIED
    assert await home.program().get(path) == NOBODY


async def test_health_is_for_everybody_and_says_when_the_hub_is_not_well(home: House) -> None:
    reply = await home.program().get("/api/health")
    assert (reply.status, reply.json["status"]) == (200, "ok")
    assert reply.json["timestamp"].startswith(AT)
    home.operations.trouble = "the disk is full"
    reply = await home.program().get("/api/health")
    assert reply == (503, {"error": "the disk is full"})
    assert reply.headers["Retry-After"] == "2"


async def test_what_cannot_be_read_now_may_be_asked_for_again(home: House) -> None:
    alice = await home.sign_in("alice")
    home.stage.store.unreadable = True
    for reply in (await alice.get("/api/users/2"), await alice.post("/api/auth/logout")):
        assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
        assert list(reply.json) == ["error"]
