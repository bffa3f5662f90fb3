"""Golden pairs of `/api/auth`: each route, when all is well and for each of its errors."""

from __future__ import annotations

from typing import Any

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from actors.values import Who
from protocol.codes import CloseCode
from tests.dialects.botmanager.accounts.house import PASSWORD, House

AT = "2023-11-14T22:13:"
DONE = (200, {"success": True})
UNKNOWN = (401, {"error": "Invalid credentials"})
NOBODY = (401, {"error": "Not authenticated"})
SENT = (200, {"success": True, "message": "If email exists, reset link has been sent"})


# ------------------------------------------------------------------------------------------------------ register


async def test_whoever_registers_may_sign_in_and_is_not_signed_in_by_it(house: House) -> None:
    reply = await house.register("alice", fullname="Alice <b>A</b>")
    assert reply == (200, {"success": True, "message": "Registration successful"})
    assert reply.cookie is None
    signed = await (await house.sign_in("alice")).get("/api/auth/me")
    assert (signed.json["user"]["username"], signed.json["user"]["fullname"]) == ("alice", "Alice <b>A</b>")


async def test_the_first_user_administers_the_hub_and_no_other_does(house: House) -> None:
    roles = []
    for name in ("first", "second"):
        await house.register(name)
        roles.append((await (await house.sign_in(name)).get("/api/auth/me")).json["user"]["role"])
    assert roles == ["admin", "user"]


async def test_where_somebody_was_provisioned_the_first_to_register_is_no_administrator(house: House) -> None:
    house.stage.store.add_user("provisioned")
    await house.register("alice")
    assert (await (await house.sign_in("alice")).get("/api/auth/me")).json["user"]["role"] == "user"


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"username": "ab"}, "username must be 3 to 32 letters, digits, dots, dashes or underscores"),
        ({"username": "a" * 33}, "username must be 3 to 32 letters, digits, dots, dashes or underscores"),
        ({"username": "alice!"}, "username must be 3 to 32 letters, digits, dots, dashes or underscores"),
        ({"username": "alicé"}, "username must be 3 to 32 letters, digits, dots, dashes or underscores"),
        ({"username": None}, "Expected `str`, got `null` - at `$.username`"),
        ({"email": "alice"}, "email is not an e-mail address"),
        ({"email": "a@b@c"}, "email is not an e-mail address"),
        ({"email": "a b@c"}, "email is not an e-mail address"),
        ({"email": "a\r\nBcc: x@c"}, "email is not an e-mail address"),
        ({"email": "@mail.example"}, "email is not an e-mail address"),
        ({"email": "a" * 250 + "@b.co"}, "email is not an e-mail address"),
        ({"password": "1234567"}, "password must have 8 to 1024 characters"),
        ({"password": "x" * 1_025}, "password must have 8 to 1024 characters"),
        ({"password": 12345678}, "Expected `str`, got `int` - at `$.password`"),
        ({"fullname": "x" * 201}, "fullname may have 200 characters"),
        ({"username": "ALICE"}, "This username is taken"),
        ({"email": "Alice@Mail.Example"}, "This email is taken"),
    ],
)
async def test_what_nobody_can_be_called_is_refused(home: House, wrong: dict[str, Any], error: str) -> None:
    assert await home.register("newcomer", **wrong) == (400, {"error": error})


@pytest.mark.parametrize("missing", ["username", "email", "password"])
async def test_what_is_missing_is_named(house: House, missing: str) -> None:
    body = {"username": "alice", "email": "a@b.co", "password": PASSWORD}
    del body[missing]
    reply = await house.program().post("/api/auth/register", body)
    assert reply == (400, {"error": f"Object missing required field `{missing}`"})


async def test_a_hub_may_be_closed_to_strangers(nursery: trio.Nursery) -> None:
    house = House(open_to_all=False)
    await nursery.start(house.stage.system.run)
    assert await house.register("alice") == (403, {"error": "Registration is closed"})


# --------------------------------------------------------------------------------------------------------- login


@pytest.mark.parametrize("login", ["alice", "ALICE", "alice@mail.example", "Alice@MAIL.example"])
async def test_login_takes_the_username_or_the_address_whatever_the_case(home: House, login: str) -> None:
    reply = await home.program().post("/api/auth/login", {"username": login, "password": PASSWORD})
    alice = {"id": 2, "username": "alice", "email": "alice@mail.example", "fullname": None, "role": "user"}
    assert reply == (200, {"success": True, "user": alice})
    cookie = reply.cookie
    assert (cookie["httponly"], cookie["max-age"], cookie["samesite"], cookie["path"]) == (True, "604800", "Lax", "/")
    assert cookie["secure"] is True


async def test_the_cookie_is_not_only_for_tls_where_there_is_none(home: House) -> None:
    program = home.program("127.0.0.1", scheme="http")
    reply = await program.post("/api/auth/login", {"username": "alice", "password": PASSWORD})
    assert reply.cookie["secure"] == ""


async def test_a_wrong_password_and_an_unknown_name_are_the_same_in_the_same_time(home: House) -> None:
    for login in ("alice", "nobody", "nobody@mail.example", ""):
        began = trio.current_time()
        assert await home.program().post("/api/auth/login", {"username": login, "password": "wrong horse"}) == UNKNOWN
        assert trio.current_time() - began == pytest.approx(home.stage.passwords.takes_s)


async def test_who_has_no_password_signs_in_by_none(home: House) -> None:
    home.stage.store.add_user("tokens-only")
    assert await home.program().post("/api/auth/login", {"username": "tokens-only", "password": ""}) == UNKNOWN


async def test_a_password_that_changes_while_it_is_verified_opens_nothing(home: House) -> None:
    async with trio.open_nursery() as nursery:
        program, replies = home.program(), []

        async def sign_in() -> None:
            replies.append(await program.post("/api/auth/login", {"username": "alice", "password": PASSWORD}))

        nursery.start_soon(sign_in)
        await wait_all_tasks_blocked()
        await home.stage.store.accounts.set_password(2, "hash of another")
    assert replies == [UNKNOWN]


# ------------------------------------------------------------------------------------------------ logout and me


async def test_logout_ends_the_session_and_its_sockets(home: House) -> None:
    alice, other = await home.sign_in("alice"), await home.sign_in("alice")
    stale = home.program(cookie=alice.cookie)
    session = f"id of {alice.cookie}"
    reply = await alice.post("/api/auth/logout")
    assert reply == DONE
    assert (alice.cookie, reply.cookie["max-age"]) == (None, "0")
    assert home.stage.feed.ended == [("session", session)]
    assert await stale.post("/api/auth/logout") == NOBODY
    assert await stale.get("/api/auth/me") == NOBODY
    assert (await other.get("/api/auth/me")).status == 200


async def test_me_shows_who_is_signed_in(home: House) -> None:
    reply = await (await home.sign_in("alice")).get("/api/auth/me")
    created_at = reply.json["user"].pop("created_at")
    alice = {"id": 2, "username": "alice", "email": "alice@mail.example", "fullname": None, "role": "user"}
    assert reply == (200, {"user": alice})
    assert created_at.startswith(AT)
    assert created_at.endswith("Z")
    assert await home.program().get("/api/auth/me") == NOBODY


# ------------------------------------------------------------------------------------------------------- profile


async def test_a_profile_changes_in_what_is_given(home: House) -> None:
    alice = await home.sign_in("alice")
    first = {"fullname": "Alice", "phone": " +1 <b>", "birthday": "", "gender": "f", "role": "admin", "id": 1}
    assert await alice.post("/api/auth/update-profile", first) == DONE
    assert await alice.post("/api/auth/update-profile", {"gender": None}) == DONE
    assert await alice.post("/api/auth/update-profile") == DONE
    shown = (await alice.get("/api/users/2")).json["user"]
    assert [shown[key] for key in ("fullname", "phone", "birthday", "gender", "role")] == [
        "Alice",
        " +1 <b>",
        "",
        None,
        "user",
    ]


async def test_a_new_full_name_is_shown_in_rooms(home: House) -> None:
    store, alice = home.stage.store, await home.sign_in("alice")
    caller = store.accounts.living(Who("user", 2))
    assert caller
    room = store.add_conversation("closed", [caller], name="ops")
    watcher = home.stage.client()
    await watcher.sign_in("alice")
    assert await alice.post("/api/auth/update-profile", {"fullname": "Alice\x07 A."}) == DONE
    await watcher.send(t="publish", ref=5, conv=room, cid="c", body="hi")
    heard = [frame for frame in await watcher.hears() if frame["t"] == "message"]
    assert [frame["from"]["name"] for frame in heard] == ["Alice A."]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"phone": 5}, "Expected `str | null`, got `int` - at `$.phone`"),
        ({"fullname": "x" * 201}, "fullname may have 200 characters"),
        (["fullname"], "The body must be a JSON object"),
    ],
)
async def test_a_profile_holds_lines_of_text(home: House, body: Any, error: str) -> None:
    alice = await home.sign_in("alice")
    assert await alice.post("/api/auth/update-profile", body) == (400, {"error": error})


# ----------------------------------------------------------------------------------------------------- passwords


async def test_a_changed_password_ends_every_session_and_gives_the_caller_a_new_one(home: House) -> None:
    alice, other = await home.sign_in("alice"), await home.sign_in("alice")
    old = home.program(cookie=alice.cookie)
    reply = await alice.post("/api/auth/change-password", {"old_password": PASSWORD, "new_password": "battery staple"})
    assert reply == DONE
    assert (await alice.get("/api/auth/me")).status == 200
    assert await old.get("/api/auth/me") == await other.get("/api/auth/me") == NOBODY
    assert home.stage.feed.ended == [("cookies", 2)]
    assert await home.program().post("/api/auth/login", {"username": "alice", "password": PASSWORD}) == UNKNOWN
    await home.sign_in("alice", "battery staple")


async def test_a_changed_password_ends_native_sessions_that_came_in_by_it_and_no_token(home: House) -> None:
    by_password, by_token = home.stage.client(), home.stage.client()
    await by_password.send(t="hello", ref=1, username="alice", password=PASSWORD, device="a")
    await trio.sleep(1)
    await by_token.sign_in("alice", "b")
    alice = await home.sign_in("alice")
    body = {"old_password": PASSWORD, "new_password": "battery staple"}
    assert await alice.post("/api/auth/change-password", body) == DONE
    assert (by_password.code, by_token.code) == (CloseCode.REVOKED, None)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"old_password": "wrong horse", "new_password": "battery staple"}, UNKNOWN),
        (
            {"old_password": PASSWORD, "new_password": "short"},
            (400, {"error": "new_password must have 8 to 1024 characters"}),
        ),
        ({"old_password": PASSWORD}, (400, {"error": "Object missing required field `new_password`"})),
    ],
)
async def test_a_password_that_cannot_be_changed_leaves_the_session(home: House, body: Any, answer: Any) -> None:
    alice = await home.sign_in("alice")
    assert await alice.post("/api/auth/change-password", body) == answer
    assert (await alice.get("/api/auth/me")).status == 200


async def test_of_two_changes_at_once_by_the_same_password_one_is_made(home: House) -> None:
    programs = [await home.sign_in("alice") for _ in range(2)]
    replies = []

    async def change(number: int) -> None:
        body = {"old_password": PASSWORD, "new_password": f"battery staple {number}"}
        replies.append(await programs[number].post("/api/auth/change-password", body))

    async with trio.open_nursery() as nursery:
        for number in range(2):
            nursery.start_soon(change, number)
    assert sorted(reply.status for reply in replies) == [200, 401]


async def test_a_forgotten_password_is_set_anew_once_by_the_link(home: House) -> None:
    alice, stranger = await home.sign_in("alice"), home.program()
    assert await stranger.post("/api/auth/forgot-password", {"email": "ALICE@mail.example"}) == SENT
    await wait_all_tasks_blocked()
    (letter,) = home.stage.mailer.posted
    assert (letter.email, letter.username) == ("alice@mail.example", "alice")
    body = {"token": home.letter(), "new_password": "battery staple"}
    assert await stranger.post("/api/auth/reset-password", body) == DONE
    assert await alice.get("/api/auth/me") == NOBODY
    assert home.stage.feed.ended == [("cookies", 2)]
    dead = (400, {"error": "Invalid or expired token"})
    assert await stranger.post("/api/auth/reset-password", body) == dead
    await home.sign_in("alice", "battery staple")


async def test_a_link_dies_after_half_an_hour_and_with_the_use_of_another(home: House) -> None:
    stranger, tokens = home.program(), []
    for _ in range(2):
        await stranger.post("/api/auth/forgot-password", {"email": "alice@mail.example"})
        await wait_all_tasks_blocked()
        tokens.append(home.letter())
    used = {"token": tokens[1], "new_password": "battery staple"}
    assert await stranger.post("/api/auth/reset-password", used) == DONE
    dead = (400, {"error": "Invalid or expired token"})
    assert await stranger.post("/api/auth/reset-password", used | {"token": tokens[0]}) == dead
    await stranger.post("/api/auth/forgot-password", {"email": "alice@mail.example"})
    await wait_all_tasks_blocked()
    await trio.sleep(1_800)
    assert await stranger.post("/api/auth/reset-password", used | {"token": home.letter()}) == dead


async def test_whether_anybody_has_an_address_shows_neither_in_the_answer_nor_in_its_time(home: House) -> None:
    stranger = home.program()
    for email in ("alice@mail.example", "nobody@mail.example", "no address", ""):
        began = trio.current_time()
        assert await stranger.post("/api/auth/forgot-password", {"email": email}) == SENT
        assert trio.current_time() == began
    await wait_all_tasks_blocked()
    assert [letter.username for letter in home.stage.mailer.posted] == ["alice"]


async def test_nobody_is_flooded_with_letters(home: House) -> None:
    for number in range(12):
        program = home.program(f"192.0.2.{number}")
        assert await program.post("/api/auth/forgot-password", {"email": "alice@mail.example"}) == SENT
    await wait_all_tasks_blocked()
    assert len(home.stage.mailer.posted) == 10


# ------------------------------------------------------------------------------------------------------ deletion


async def test_a_deleted_account_is_gone_with_its_bots_sessions_and_sockets(home: House) -> None:
    alice, other, root = await home.sign_in("alice"), await home.sign_in("alice"), await home.sign_in("root")
    token = (await alice.get("/api/my-bots/1/token")).json["token"]
    native, bot = home.stage.client(), home.stage.client()
    await native.sign_in("alice")
    await bot.send(t="hello", ref=1, token=token, device="d")
    await wait_all_tasks_blocked()
    reply = await alice.post("/api/auth/delete-account", {"password": PASSWORD})
    assert reply == DONE
    assert alice.cookie is None
    assert await other.get("/api/auth/me") == NOBODY
    await wait_all_tasks_blocked()
    assert (native.code, bot.code) == (CloseCode.REVOKED, CloseCode.REVOKED)
    assert set(home.stage.feed.ended) == {("user", 2), ("bot", 1)}
    assert await root.get("/api/users/2") == (404, {"error": "User not found"})
    assert await root.get("/api/my-bots/1") == (404, {"error": "Bot not found"})
    assert await home.program().get("/api/bots", X_Bot_Token=token) == NOBODY
    assert await home.program().post("/api/auth/login", {"username": "alice", "password": PASSWORD}) == UNKNOWN


async def test_what_was_said_stays_under_the_name_and_the_name_is_free_again(home: House) -> None:
    store = home.stage.store
    root, alice = store.accounts.living(Who("user", 1)), store.accounts.living(Who("user", 2))
    assert root
    assert alice
    room = store.add_conversation("closed", [root, alice], name="ops")
    reader, writer = home.stage.client(), home.stage.client()
    await reader.sign_in("root")
    await writer.sign_in("alice")
    await writer.send(t="publish", ref=2, conv=room, cid="c", body="hi")
    await (await home.sign_in("alice")).post("/api/auth/delete-account", {"password": PASSWORD})
    await reader.hears()
    page = await reader.asks(t="history", ref=3, conv=room)
    assert [(one["from"]["id"], one["from"]["name"], one["body"]) for one in page["messages"]] == [(2, "alice", "hi")]
    record = await store.library.conversation(room)
    assert record is not None
    assert [member.actor.name for member in record.members] == ["root"]
    assert (await home.register("alice")).status == 200
    assert (await (await home.sign_in("alice")).get("/api/auth/me")).json["user"]["id"] == 3


async def test_the_last_administrator_stays(home: House) -> None:
    root = await home.sign_in("root")
    reply = await root.post("/api/auth/delete-account", {"password": PASSWORD})
    assert reply == (400, {"error": "the last administrator cannot go"})
    assert (await root.get("/api/auth/me")).status == 200


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"password": "wrong horse"}, UNKNOWN),
        ({}, (400, {"error": "Object missing required field `password`"})),
    ],
)
async def test_an_account_is_deleted_by_its_password_only(home: House, body: Any, answer: Any) -> None:
    alice = await home.sign_in("alice")
    assert await alice.post("/api/auth/delete-account", body) == answer
    assert (await alice.get("/api/auth/me")).status == 200
