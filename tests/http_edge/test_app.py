"""What holds for every request: an id, a line in the log without secrets, and errors in the right words."""

from __future__ import annotations

import logging
from ipaddress import ip_network
from typing import Any

import pytest
import trio
from prometheus_client import CollectorRegistry
from quart import Blueprint, Response, request
from trio.testing import MockClock, wait_all_tasks_blocked

from http_edge.app import HubApp, create_app, dialect_app
from http_edge.dialect import Dialect
from http_edge.dispatch import Dispatcher
from http_edge.peers import Peers
from tests.fakes.edge import HttpClient

PROXY = "10.0.0.1"


class Operations:
    """An `OpsPort` of a hub that is well."""

    registry = CollectorRegistry()

    def health(self) -> str | None:
        return None


def dialect(name: str = "teapot", *prefixes: str) -> Dialect:
    """A dialect whose errors are a status and its name."""
    routes = Blueprint(name, __name__)

    @routes.get(f"/{name}/<key>/tea")
    async def tea(key: str) -> str:
        return "tea"

    @routes.get(f"/{name}/<key>/broken")
    async def broken(key: str) -> str:
        raise RuntimeError("injected")

    @routes.get(f"/{name}/<key>/endless")
    async def endless(key: str) -> str:
        await trio.sleep_forever()
        raise AssertionError

    @routes.post(f"/{name}/<key>/tea")
    async def pour(key: str) -> str:
        return f"{len(await request.get_data())}"

    return Dialect(name, routes, prefixes or (f"/{name}",), lambda status: Response(f"{name} {status}", status))


@pytest.fixture
def app() -> HubApp:
    return create_app(Operations(), dialects=[dialect()], peers=Peers([ip_network(PROXY)]))


def access(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What the access log holds."""
    return [vars(record) for record in caplog.records if record.name == "hubbub.access"]


# -------------------------------------------------------------------------------------------- ids and the log


async def test_a_request_is_logged_by_its_route_never_by_its_path_or_query(
    app: HubApp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for path in ("/teapot/canary/tea?api_key=canary", "/teapot/canary/broken", "/canary", "/teapot/canary"):
        await HttpClient(app, "192.0.2.7").get(path, X_Canary="canary", Authorization="Bearer canary")
    lines = access(caplog)
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/teapot/<key>/tea", 200),
        ("GET", "/teapot/<key>/broken", 500),
        ("GET", "(none)", 404),
        ("GET", "(none)", 404),
    ]
    assert {line["client"] for line in lines} == {"192.0.2.7"}
    assert all(line["ms"] >= 0 for line in lines)
    assert "canary" not in caplog.text


async def test_a_method_that_nobody_knows_is_not_repeated(app: HubApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    await HttpClient(app).request("CANARY", "/up")
    assert [line["method"] for line in access(caplog)] == ["(other)"]


async def test_the_id_on_the_answer_is_the_one_in_the_log(app: HubApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    ids = [(await HttpClient(app).get(path)).headers["X-Request-Id"] for path in ("/up", "/teapot/k/broken", "/x")]
    assert [line["request_id"] for line in access(caplog)] == ids
    assert len(set(ids)) == 3
    (crash,) = [vars(record) for record in caplog.records if record.levelno == logging.ERROR]
    assert crash["request_id"] == ids[1]


@pytest.mark.parametrize(
    ("address", "given", "kept"),
    [
        (PROXY, "abc-123", True),
        ("192.0.2.1", "abc-123", False),
        (PROXY, "a b", False),
        (PROXY, "x" * 65, False),
        (PROXY, "", False),
    ],
)
async def test_an_id_is_taken_over_from_our_proxies_only(app: HubApp, address: str, given: str, kept: bool) -> None:
    answer = await HttpClient(app, address).get("/up", X_Request_Id=given)
    assert (answer.headers["X-Request-Id"] == given) is kept
    assert answer.headers["X-Request-Id"]


async def test_a_client_that_hangs_up_is_logged(app: HubApp, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(HttpClient(app).get, "/teapot/k/endless")
        await wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert [(line["route"], line["status"]) for line in access(caplog)] == [("/teapot/<key>/endless", 499)]


class Counted:
    """Remembers what was counted."""

    def __init__(self) -> None:
        self.counted: list[tuple[str, str, str]] = []
        self.seconds: list[float] = []

    def answered(self, method: str, route: str, outcome: str, seconds: float) -> None:
        self.counted.append((method, route, outcome))
        self.seconds.append(seconds)


async def test_every_request_is_counted_by_its_route_in_every_app() -> None:
    meters = Counted()
    whole = create_app(Operations(), dialects=[dialect()], meters=meters)
    alone = dialect_app([dialect()], meters=meters)
    await HttpClient(whole).get("/teapot/canary/tea?api_key=canary")
    await HttpClient(whole).request("CANARY", "/up")
    await HttpClient(alone).get("/teapot/canary/broken")
    await HttpClient(alone).get("/canary")
    assert meters.counted == [
        ("GET", "/teapot/<key>/tea", "2xx"),
        ("(other)", "(none)", "4xx"),
        ("GET", "/teapot/<key>/broken", "5xx"),
        ("GET", "(none)", "4xx"),
    ]
    assert all(0 <= seconds < 5 for seconds in meters.seconds)


async def test_a_client_that_hangs_up_is_counted_as_such(autojump_clock: MockClock) -> None:
    meters = Counted()
    with trio.move_on_after(9):
        await HttpClient(create_app(Operations(), dialects=[dialect()], meters=meters)).get("/teapot/k/endless")
    assert meters.counted == [("GET", "/teapot/<key>/endless", "hung_up")]
    assert meters.seconds == [pytest.approx(9)]


# -------------------------------------------------------------------------------------------- whose words


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        ("GET", "/teapot/k/tea", (200, b"tea")),
        ("GET", "/teapot/k/broken", (500, b"teapot 500")),
        ("GET", "/teapot/k/coffee", (404, b"teapot 404")),
        ("GET", "/teapot", (404, b"teapot 404")),
        ("GET", "//teapot/k/coffee", (404, b"teapot 404")),
        ("GET", "/teapot//k/tea", (404, b"teapot 404")),
        ("DELETE", "/teapot/k/tea", (405, b"teapot 405")),
        ("POST", "/teapot/k/tea", (413, b"teapot 413")),
    ],
)
async def test_failures_are_said_in_the_words_of_the_dialect(
    app: HubApp, method: str, path: str, said: tuple[int, bytes]
) -> None:
    answer = await HttpClient(app).request(method, path, b"x" * 1_048_577 if method == "POST" else b"")
    assert (answer.status, answer.body) == said


@pytest.mark.parametrize("path", ["/teapotted", "/tea"])
async def test_what_only_looks_like_its_path_is_not_the_dialects(app: HubApp, path: str) -> None:
    answer = await HttpClient(app).get(path)
    assert (answer.status, answer.body) == (404, b'{"error":"not_found","message":"Not Found"}\n')


async def test_a_body_of_the_largest_size_is_taken(app: HubApp) -> None:
    assert (await HttpClient(app).request("POST", "/teapot/k/tea", b"x" * 1_048_576)).body == b"1048576"


def test_the_most_particular_claim_decides() -> None:
    dispatcher = Dispatcher([dialect("wide", "/"), dialect("narrow", "/app/bots")])
    said = {path: dispatcher.complaint(path) for path in ("/", "/app", "/app/botsy", "/app/bots", "/app/bots/7")}
    words = {path: None if complain is None else complain(400).status_code for path, complain in said.items()}
    assert set(words.values()) == {400}
    wide, narrow = said["/"], said["/app/bots"]
    assert wide is not narrow
    assert said == {"/": wide, "/app": wide, "/app/botsy": wide, "/app/bots": narrow, "/app/bots/7": narrow}


def test_two_dialects_that_claim_one_path_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="claimed twice"):
        Dispatcher([dialect("one", "/api"), dialect("other", "/api")])


# -------------------------------------------------------------------------------------------- an app for one dialect


async def test_a_dialect_has_an_app_of_its_own_with_nothing_else_in_it() -> None:
    one, other = dialect("one"), dialect("other")
    whole, alone = create_app(Operations(), dialects=[one, other]), dialect_app([one])
    for path, in_whole, in_alone in (
        ("/one/k/tea", 200, 200),
        ("/other/k/tea", 200, 404),
        ("/up", 200, 404),
        ("/docs", 200, 404),
        ("/openapi.json", 200, 404),
    ):
        assert (await HttpClient(whole).get(path)).status == in_whole
        assert (await HttpClient(alone).get(path)).status == in_alone
