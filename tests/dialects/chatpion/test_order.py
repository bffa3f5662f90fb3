"""The order of checks on every route: path and method, key, rate, scope, body."""

from __future__ import annotations

import time
from typing import Any

import pytest

from http_edge.dialects.chatpion.routes import Endpoint, Route
from tests.dialects.chatpion.shop import TIGHT, Shop, hub_in, table

ENDPOINTS = table()
INVALID = (401, "Invalid API key")


def named(endpoint: Endpoint) -> str:
    return f"{endpoint.route.method} {endpoint.route.rule}"


def path_of(route: Route, id: str = "999999") -> str:
    return route.rule.replace("<id>", id)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_a_key_comes_first_and_then_its_scope_and_then_the_body(shop: Shop, endpoint: Endpoint) -> None:
    route = endpoint.route
    path, bad = path_of(route), {"data": b"{", "headers": {"Content-Type": "application/json"}}
    anonymous = shop.nobody.send(route.method, path, **bad)
    if (route.method, route.rule) == ("GET", "/api/messages"):
        assert (anonymous.status, anonymous.json["message"], anonymous.json["error"]) == (*INVALID, "Not authenticated")
    else:
        assert anonymous.fault == INVALID
    assert "X-RateLimit-Limit" not in anonymous.headers
    if route.noun != "account":
        weak = shop.program(shop.keys["acme"]["reader"]).send(route.method, path, **bad)
        assert weak.fault == (403, f"The API key does not have the scope {route.noun}:{route.access}")
        assert "X-RateLimit-Limit" in weak.headers
    if route.has_body:
        assert shop.acme.send(route.method, path, **bad).fault == (400, "The body is not valid JSON")
        assert shop.acme.send(route.method, path, json=[]).fault == (400, "The body must be a JSON object")
        large = shop.acme.send(route.method, path, data=b" " * (endpoint.max_bytes + 1))
        assert large.fault[0] == 413
        assert "X-RateLimit-Limit" in large.headers


@pytest.mark.parametrize("rule", sorted({endpoint.route.rule for endpoint in ENDPOINTS}))
def test_a_method_that_a_path_does_not_have_is_405_without_a_key(shop: Shop, rule: str) -> None:
    reply = shop.nobody.send("PATCH", rule.replace("<id>", "1"))
    known = {endpoint.route.method for endpoint in ENDPOINTS if endpoint.route.rule == rule}
    assert (reply.status, reply.json["status"], reply.json["code"]) == (405, "error", 405)
    assert known <= set(reply.headers["Allow"].split(", "))


def test_a_path_that_nobody_has_is_404_in_the_words_of_both(shop: Shop) -> None:
    both = {"status": "error", "message": "Not found", "code": 404, "error": "Not found"}
    for path in ("/api/nothing", "/api/subscribers/1/2/3", "/api/account/"):
        assert (reply := shop.nobody.get(path)).status == 404
        assert reply.json == both


def test_writing_does_not_include_reading(shop: Shop) -> None:
    writer = shop.program(shop.keys["acme"]["writer"])
    assert writer.post("/api/subscribers", {"platform": "x", "platform_id": "scope"}).status == 200
    assert writer.get("/api/subscribers").fault == (403, "The API key does not have the scope subscribers:read")


def test_a_key_is_in_the_header_or_in_the_query_and_nowhere_else(shop: Shop) -> None:
    key, other = shop.keys["acme"]["main"], shop.keys["beta"]["main"]

    def ask(header: str | None = None, argument: str | None = None, **options: Any) -> int:
        headers = {} if header is None else {"X-API-Key": header}
        params = {} if argument is None else {"api_key": argument}
        return shop.nobody.send("GET", "/api/account", headers=headers, params=params, **options).status

    assert [ask(key), ask(None, key), ask(key, key), ask("", key), ask(key, "")] == [200] * 5
    assert [ask(), ask(""), ask(key, other), ask(other, key), ask(key, "x"), ask("é".encode().decode("latin-1"))] == [
        401
    ] * 6
    body = {"api_key": key, "platform": "x", "platform_id": "1"}
    assert shop.nobody.post("/api/subscribers", body).fault == INVALID


@pytest.fixture(scope="module")
def tight(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with hub_in(tmp_path_factory.mktemp("tight"), env={"HUBBUB_CHATPION_RATE_PER_MIN": str(TIGHT)}) as hub:
        yield Shop(hub)


def test_a_key_is_held_to_its_rate_whatever_becomes_of_its_calls(tight: Shop) -> None:
    acme = tight.acme
    replies = [acme.get("/api/subscribers/1") for _ in range(TIGHT)]
    assert [reply.status for reply in replies] == [404] * TIGHT
    assert [reply.headers["X-RateLimit-Remaining"] for reply in replies] == [str(TIGHT - n - 1) for n in range(TIGHT)]
    refused = acme.get("/api/account")
    assert refused.fault == (429, "Rate limit exceeded")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert (refused.headers["X-RateLimit-Limit"], refused.headers["X-RateLimit-Remaining"]) == (str(TIGHT), "0")
    assert 0 < int(refused.headers["X-RateLimit-Reset"]) - time.time() <= 61
    assert tight.program("cp_wrong").get("/api/account").fault == INVALID
    assert tight.beta.get("/api/account").status == 200


def test_what_a_key_has_used_is_known_after_a_crash(tight: Shop) -> None:
    reader = tight.program(tight.keys["acme"]["reader"])
    assert [reader.get("/api/account").status for _ in range(TIGHT)] == [200] * TIGHT
    tight.hub.kill()
    tight.hub.start()
    assert reader.get("/api/account").fault == (429, "Rate limit exceeded")
