"""Sessions, pages that may not use them, bodies that are none, and limits."""

from __future__ import annotations

from typing import Any

import pytest
import trio

from tests.dialects.botmanager.accounts.house import ALLOWED, BASE, CORS, FOREIGN, PASSWORD, House

DENIED = (403, {"error": "Access denied"})
NOBODY = (401, {"error": "Not authenticated"})
WRONG = {"username": "alice", "password": "wrong horse"}
RIGHT = {"username": "alice", "password": PASSWORD}

CHANGING = [
    ("POST", "/api/auth/logout"),
    ("POST", "/api/auth/update-profile"),
    ("POST", "/api/auth/change-password"),
    ("POST", "/api/auth/delete-account"),
    ("POST", "/api/my-bots"),
    ("PUT", "/api/my-bots/1"),
    ("DELETE", "/api/my-bots/1"),
    ("POST", "/api/my-bots/1/regenerate-token"),
]


# ------------------------------------------------------------------------------------------------------ sessions


async def test_login_ends_the_session_that_it_replaces_and_no_other(home: House) -> None:
    first, other = await home.sign_in("alice"), await home.sign_in("alice")
    old = home.program(cookie=first.cookie)
    assert (await first.post("/api/auth/login", RIGHT)).status == 200
    assert first.cookie != old.cookie
    assert await old.get("/api/auth/me") == NOBODY
    assert (await first.get("/api/auth/me")).status == (await other.get("/api/auth/me")).status == 200


async def test_a_failed_login_leaves_the_session(home: House) -> None:
    alice = await home.sign_in("alice")
    assert (await alice.post("/api/auth/login", WRONG)).status == 401
    assert (await alice.get("/api/auth/me")).status == 200


async def test_a_session_ends_seven_days_after_login_used_or_not(home: House) -> None:
    alice = await home.sign_in("alice")
    for _ in range(7):
        assert (await alice.get("/api/auth/me")).status == 200
        await trio.sleep(86_400)
    assert await alice.get("/api/auth/me") == NOBODY


@pytest.mark.parametrize("cookie", ["", "wrong", "x" * 5_000, "session-99"])
async def test_a_cookie_that_is_none_is_nobody(home: House, cookie: str) -> None:
    assert await home.program(cookie=cookie).get("/api/auth/me") == NOBODY


# --------------------------------------------------------------------------------------------------------- pages


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FOREIGN},
        {"Origin": "null"},
        {"Origin": f"{BASE}.evil.example"},
        {"Origin": "http://hub.example"},
        {"Referer": f"{FOREIGN}/page?{BASE}"},
        {"Referer": "nonsense"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Origin": BASE, "Sec_Fetch_Site": "cross-site"},
    ],
)
@pytest.mark.parametrize(("method", "path"), CHANGING)
async def test_a_foreign_page_changes_nothing(home: House, method: str, path: str, headers: dict[str, str]) -> None:
    alice = await home.sign_in("alice")
    assert await alice.ask(method, path, **headers) == DENIED
    assert (await alice.get("/api/my-bots", Origin=FOREIGN)).json["count"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": BASE},
        {"Origin": ALLOWED},
        {"Origin": CORS},
        {"Origin": BASE, "Referer": FOREIGN},
        {"Referer": f"{BASE}/page"},
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "same-site", "Origin": ALLOWED},
    ],
)
async def test_programs_and_pages_of_the_hub_act_with_cookies(home: House, headers: dict[str, str]) -> None:
    alice = await home.sign_in("alice")
    assert (await alice.post("/api/my-bots", {"name": "cd"}, **headers)).status == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [("/api/auth/login", RIGHT), ("/api/auth/register", {"username": "eve", "email": "e@e", "password": PASSWORD})],
)
async def test_a_foreign_page_signs_nobody_in(home: House, path: str, body: Any) -> None:
    assert await home.program().post(path, body, Origin=FOREIGN) == DENIED
    assert (await home.program().post(path, body, Origin=BASE)).status == 200


async def test_what_is_wrong_with_the_caller_is_said_before_what_is_wrong_with_the_page(home: House) -> None:
    assert await home.program().post("/api/auth/logout", Origin=FOREIGN) == NOBODY
    alice = await home.sign_in("alice")
    assert await alice.delete("/api/my-bots/99", Origin=FOREIGN) == DENIED
    assert await alice.put("/api/my-bots/99", {"name": 5}) == (404, {"error": "Bot not found"})


async def test_a_bots_token_is_no_matter_of_pages_unless_a_cookie_comes_along(home: House) -> None:
    alice = await home.sign_in("alice")
    token = (await alice.get("/api/my-bots/1/token")).json["token"]
    body = {"status": "online"}
    foreign = {"Origin": FOREIGN, "X_Bot_Token": token}
    assert (await home.program().post("/api/bot/1/status", body, **foreign)).status == 200
    assert await alice.post("/api/bot/1/status", body, **foreign) == DENIED


async def test_pages_of_configured_origins_may_read_and_others_may_not(home: House) -> None:
    alice = await home.sign_in("alice")
    for path in ("/api/auth/me", "/api/nowhere", "/api/users"):
        allowed = (await alice.get(path, Origin=CORS)).headers
        assert allowed["Access-Control-Allow-Origin"] == CORS
        assert allowed["Access-Control-Allow-Credentials"] == "true"
        assert allowed["Vary"] == "Origin"
        assert "Access-Control-Allow-Origin" not in (await alice.get(path, Origin=FOREIGN)).headers


async def test_a_browser_may_ask_before_it_sends(home: House) -> None:
    headers = {"Origin": CORS, "Access_Control_Request_Method": "PUT"}
    answer = await home.preflight("/api/my-bots/1", **headers)
    assert answer.status == 200
    assert "PUT" in answer.headers["Access-Control-Allow-Methods"]
    assert "X-Bot-Token" in answer.headers["Access-Control-Allow-Headers"]


# -------------------------------------------------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("content", "kind", "error"),
    [
        ("username=a&password=b", "application/x-www-form-urlencoded", "The Content-Type must be application/json"),
        ("{}", "", "The Content-Type must be application/json"),
        ("{}", "text/plain", "The Content-Type must be application/json"),
        ("{", "application/json", "The body is not valid JSON"),
        (b"\xff", "application/json", "The body is not valid JSON"),
        ("[" * 100_000, "application/json", "The body is not valid JSON"),
        ('{"username": "\\ud800", "password": "x"}', "application/json", "The body is not valid JSON"),
        ("[]", "application/json", "The body must be a JSON object"),
        ("null", "application/json", "The body must be a JSON object"),
        ("", "application/json", "Object missing required field `username`"),
        ("", "text/plain", "Object missing required field `username`"),
    ],
)
async def test_a_body_is_a_json_object(home: House, content: bytes | str, kind: str, error: str) -> None:
    reply = await home.program().ask("POST", "/api/auth/login", content, Content_Type=kind)
    assert reply == (400, {"error": error})


async def test_parameters_of_the_content_type_are_ignored(home: House) -> None:
    content = f'{{"username": "alice", "password": "{PASSWORD}", "more": 1}}'
    kind = 'Application/JSON; charset="utf-8"; x=y'
    assert (await home.program().ask("POST", "/api/auth/login", content, Content_Type=kind)).status == 200


async def test_a_route_without_a_body_does_not_look_at_one(home: House) -> None:
    alice = await home.sign_in("alice")
    assert (await alice.ask("POST", "/api/my-bots/1/regenerate-token", "{", Content_Type="text/plain")).status == 200


async def test_a_body_that_is_too_large_is_not_taken(home: House) -> None:
    reply = await home.program().post("/api/auth/login", {"username": "x" * 1_100_000, "password": ""})
    assert (reply.status, list(reply.json)) == (413, ["error"])


async def test_a_method_that_a_route_does_not_have_is_told_which_it_has(home: House) -> None:
    reply = await home.program().ask("DELETE", "/api/auth/login")
    assert reply == (405, {"error": "Method Not Allowed"})
    assert "POST" in reply.headers["Allow"]


async def test_a_path_that_nobody_serves_is_told_so_in_the_words_of_both_dialects(home: House) -> None:
    both = {"status": "error", "message": "Not found", "code": 404, "error": "Not found"}
    for path in ("/api/nowhere", "/api", "/api/auth/nowhere", "/api/my-bots/1/", "/api/users/1/2/3"):
        assert await home.program().get(path) == (404, both)


async def test_answers_are_kept_by_nobody_and_are_what_they_say(home: House) -> None:
    for reply in (await home.program().get("/api/auth/me"), await (await home.sign_in("root")).get("/api/users")):
        assert reply.headers["Content-Type"] == "application/json"
        assert (reply.headers["Cache-Control"], reply.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")


# -------------------------------------------------------------------------------------------------------- limits


async def test_wrong_passwords_are_counted_by_account_from_wherever_they_come(home: House) -> None:
    statuses = [(await home.program(f"192.0.2.{n}").post("/api/auth/login", WRONG)).status for n in range(7)]
    assert statuses == [401] * 6 + [429]
    reply = await home.program("198.51.100.1").post("/api/auth/login", RIGHT | {"username": "alice@mail.example"})
    assert reply == (429, {"error": "Too many attempts, try again later"})
    assert int(reply.headers["Retry-After"]) >= 1
    await trio.sleep(int(reply.headers["Retry-After"]))
    await home.sign_in("alice")


async def test_wrong_passwords_are_counted_by_address_whoevers_they_are(home: House) -> None:
    for number in range(6):
        body = {"username": f"nobody{number}", "password": "wrong horse"}
        assert (await home.program().post("/api/auth/login", body)).status == 401
    assert (await home.program().post("/api/auth/login", RIGHT)).status == 429
    assert (await home.program("198.51.100.1").post("/api/auth/login", RIGHT)).status == 200


async def test_an_account_that_nobody_has_is_limited_like_any_other(home: House) -> None:
    body = {"username": "Nobody", "password": "wrong horse"}
    statuses = [(await home.program(f"192.0.2.{n}").post("/api/auth/login", body)).status for n in range(7)]
    assert statuses == [401] * 6 + [429]


async def test_right_passwords_do_not_count(home: House) -> None:
    for _ in range(20):
        await home.sign_in("alice")


async def test_a_stolen_session_guesses_no_faster(home: House) -> None:
    alice = await home.sign_in("alice")
    wrong = {"old_password": "wrong horse", "new_password": "battery staple"}
    statuses = [(await alice.post("/api/auth/change-password", wrong)).status for _ in range(7)]
    assert statuses == [401] * 6 + [429]
    assert (await alice.post("/api/auth/delete-account", {"password": "wrong horse"})).status == 429


async def test_accounts_and_letters_are_asked_for_so_often_from_one_address(nursery: trio.Nursery) -> None:
    house = House(requests_per_min=3)
    await nursery.start(house.stage.system.run)
    assert (await house.register("x")).status == 400
    assert [(await house.register(f"user{n}")).status for n in range(3)] == [200] * 3
    limited = await house.register("user4")
    assert limited == (429, {"error": "Too many attempts, try again later"})
    assert limited.headers["Retry-After"] == "20"
    assert (await house.program().post("/api/auth/forgot-password", {"email": "a@b"})).status == 429
    assert (await house.program("198.51.100.1").post("/api/auth/forgot-password", {"email": "a@b"})).status == 200
    await trio.sleep(20)
    assert (await house.register("user4")).status == 200
