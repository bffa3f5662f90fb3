"""Who may call what, how often, and which pages may read it: every route, with a key and without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import pytest
import trio

from http_edge.app import HubApp, dialect_app
from http_edge.dialects.botlive.dialect import Botlive
from http_edge.dialects.botlive.guard import Door, Guard, Rates
from http_edge.dialects.botlive.routes import Call, Endpoint
from http_edge.origins import Origins
from http_edge.peers import Peers
from hub.meters import BotliveCounts
from tests.dialects.botlive.market import KEY, table
from tests.fakes.edge import HttpClient

HERE, AWAY = "127.0.0.1", "192.0.2.1"
PAGE: Final = "https://shop.example"
JSON: Final = {"Content-Type": "application/json"}


async def ok(call: Call) -> dict[str, bool]:
    """Answer whatever got here."""
    return {"ok": True}


class Open:
    """Every route, with nothing behind it."""

    def endpoints(self) -> Sequence[Endpoint]:
        return [replace(endpoint, handler=ok) for endpoint in table()]


ROUTES: Final = [endpoint.route for endpoint in table()]
OPEN: Final = [route for route in ROUTES if route.is_open]


class Edge:
    """The routes behind their checks."""

    def __init__(self, key: str | None = None, *, rate: int = 1_000, stats: int = 1_000, cors: Any = ()) -> None:
        origins = Origins((), cors)
        self.counts = BotliveCounts()
        guard = Guard(Door(key, origins, None), Rates(rate, stats))
        self.app: HubApp = dialect_app([Botlive(guard, [Open()], self.counts, origins).dialect()], peers=Peers())

    async def status(self, method: str, rule: str, address: str = HERE, query: str = "", **headers: str) -> int:
        answer = await HttpClient(self.app, address, "http").request(method, _path(rule) + query, b"", _named(headers))
        if answer.status in (401, 403, 429):
            assert answer.body.startswith(b'{"detail":"')
        return answer.status

    async def headers(self, method: str, rule: str, **headers: str) -> Any:
        return (await HttpClient(self.app, HERE, "http").request(method, _path(rule), b"", _named(headers))).headers


def _path(rule: str) -> str:
    return rule.replace("<", "").replace(">", "")


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.rule}")
async def test_with_a_key_whoever_has_it_may_call_and_nobody_else(route: Any) -> None:
    edge = Edge(KEY)
    for address in (HERE, AWAY):
        assert await edge.status(route.method, route.rule, address, X_API_Key=KEY) == 200
        without = 200 if route.is_open else 401
        assert await edge.status(route.method, route.rule, address) == without
        assert await edge.status(route.method, route.rule, address, X_API_Key="another key") == without
        in_query = 200 if route.is_open or route.in_query else 401
        assert await edge.status(route.method, route.rule, address, f"?api_key={KEY.replace(' ', '%20')}") == in_query
        assert await edge.status("OPTIONS", route.rule, address) == 200


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.rule}")
async def test_without_a_key_programs_of_this_machine_may_call_and_nobody_else(route: Any) -> None:
    edge = Edge()
    assert await edge.status(route.method, route.rule) == 200
    assert await edge.status(route.method, route.rule, "::1") == 200
    assert await edge.status(route.method, route.rule, AWAY) == 403
    assert await edge.status(route.method, route.rule, AWAY, X_API_Key=KEY) == 403
    assert await edge.status("OPTIONS", route.rule, AWAY) == 200


def test_health_alone_is_open_and_the_stream_alone_takes_a_key_from_the_query() -> None:
    assert [route.rule for route in OPEN] == ["/botlive/health"]
    assert [(route.method, route.rule) for route in ROUTES if route.in_query] == [("GET", "/botlive/message/stream")]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.rule}")
async def test_without_a_key_no_page_of_another_site_changes_anything(route: Any) -> None:
    edge = Edge()
    assert await edge.status(route.method, route.rule, Origin=PAGE) == (403 if route.changes else 200)
    assert await edge.status(route.method, route.rule, Origin=PAGE, Content_Type="application/json") == 200
    allowed = Edge(cors=[PAGE])
    assert await allowed.status(route.method, route.rule, Origin=PAGE) == 200


async def test_messages_and_streams_share_one_limit_of_a_sliding_minute(autojump_clock: object) -> None:
    edge = Edge(rate=2)
    assert await edge.status("POST", "/botlive/message") == 200
    await trio.sleep(30)
    assert await edge.status("GET", "/botlive/message/stream") == 200
    answer = await HttpClient(edge.app, HERE, "http").request("POST", "/botlive/message/stream")
    assert (answer.status, answer.headers["Retry-After"]) == (429, "30")
    await trio.sleep(30)
    assert await edge.status("POST", "/botlive/message/stream") == 200
    assert await edge.status("POST", "/botlive/message") == 429
    assert await edge.status("GET", "/botlive/stats/<company_id>") == 200


async def test_statistics_and_tests_of_webhooks_share_another_one() -> None:
    edge = Edge(KEY, stats=2)
    assert await edge.status("GET", "/botlive/stats/<company_id>", X_API_Key=KEY) == 200
    assert await edge.status("POST", "/botlive/webhook/test", X_API_Key=KEY) == 200
    assert await edge.status("GET", "/botlive/stats/<company_id>", X_API_Key=KEY) == 429
    assert await edge.status("GET", "/botlive/stats/<company_id>", AWAY, X_API_Key=KEY) == 200


async def test_whoever_may_not_call_uses_nothing_up() -> None:
    edge = Edge(KEY, rate=1)
    assert [await edge.status("POST", "/botlive/message") for _ in range(3)] == [401] * 3
    assert await edge.status("POST", "/botlive/message", X_API_Key=KEY) == 200


async def test_all_other_routes_may_be_called_as_often_as_one_likes() -> None:
    edge = Edge(rate=1, stats=1)
    for route in ROUTES:
        if route.share is None:
            assert [await edge.status(route.method, route.rule) for _ in range(3)] == [200] * 3


async def test_only_pages_of_configured_origins_are_told_that_they_may_read_and_never_with_cookies() -> None:
    def seen(headers: Any) -> dict[str, str]:
        named = {name.title(): value for name, value in headers.items()}
        return {name: value for name, value in named.items() if name.startswith("Access-Control")}

    asking = {"Access_Control_Request_Method": "POST"}
    assert seen(await Edge().headers("GET", "/botlive/health", Origin=PAGE)) == {}
    assert seen(await Edge().headers("OPTIONS", "/botlive/message", Origin=PAGE, **asking)) == {}
    named, anybody = Edge(KEY, cors=[PAGE]), Edge(KEY, cors=["*"])
    assert seen(await named.headers("GET", "/botlive/health", Origin=PAGE)) == {"Access-Control-Allow-Origin": PAGE}
    assert seen(await named.headers("GET", "/botlive/health", Origin="https://x.example")) == {}
    assert seen(await anybody.headers("POST", "/botlive/message", Origin=PAGE)) == {"Access-Control-Allow-Origin": "*"}
    before = seen(await anybody.headers("OPTIONS", "/botlive/message", Origin=PAGE, **asking))
    assert "X-API-Key" in before["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in before


async def test_calls_are_counted_by_the_template_of_their_route() -> None:
    edge = Edge(KEY)
    assert edge.counts.answers["/botlive/stats/<company_id>", "GET", "200"] == 0
    await edge.status("GET", "/botlive/stats/<company_id>", X_API_Key=KEY)
    await edge.status("GET", "/botlive/stats/<company_id>")
    assert edge.counts.answers["/botlive/stats/<company_id>", "GET", "200"] == 1
    assert edge.counts.answers["/botlive/stats/<company_id>", "GET", "401"] == 1
    assert set(edge.counts.failures.values()) == {0}
