"""The shells, on a server of their own: sync, and async on trio and on asyncio."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import httpx
import pytest
import trio

from protocol import chatpion
from tests.protocol.chatpion.golden import CALLS, ITERATORS
from tests.protocol.chatpion.server import ApiServer, asked

KEY = "cp_secret"
Shell = Callable[..., Any]


class Sync:
    """Calls that return when they are done."""

    def __init__(self, url: str, **options: Any) -> None:
        self._client = chatpion.Client(KEY, base_url=url, **options)

    def __call__(self, name: str, /, *args: Any, **named: Any) -> Any:
        done = getattr(self._client, name)(*args, **named)
        return list(done) if isinstance(done, Iterator) else done

    def close(self) -> None:
        self._client.close()


class Async:
    """The same for the async client: a loop of its own for each call, and so a client."""

    def __init__(self, backend: str, url: str, **options: Any) -> None:
        self._backend = backend
        self._url = url
        self._options = options

    def __call__(self, name: str, /, *args: Any, **named: Any) -> Any:
        async def call() -> Any:
            async with chatpion.AsyncClient(KEY, base_url=self._url, **self._options) as client:
                done = getattr(client, name)(*args, **named)
                return [item async for item in done] if isinstance(done, AsyncIterator) else await done

        return anyio.run(call, backend=self._backend)

    def close(self) -> None:
        """Nothing is kept."""


MAKES: dict[str, Callable[..., Sync | Async]] = {
    "sync": Sync,
    "trio": lambda url, **options: Async("trio", url, **options),
    "asyncio": lambda url, **options: Async("asyncio", url, **options),
}


@pytest.fixture(params=list(MAKES))
def make(request: pytest.FixtureRequest) -> Iterator[Shell]:
    made: list[Sync | Async] = []

    def make(url: str, **options: Any) -> Sync | Async:
        made.append(MAKES[request.param](url, **options))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_every_call_is_the_documents(server: ApiServer, make: Shell) -> None:
    client = make(server.url)
    for call in CALLS:
        server.starts_afresh()
        server.says(call.data)
        assert client(call.name, *call.ids, **call.named) == call.data
        (request,) = server.asked
        assert (request.method, request.path, request.query) == asked(call.asks)
        assert request.body == call.body
        assert request.headers["x-api-key"] == KEY
        assert request.headers.get("content-type") == (None if call.body is None else "application/json")


@pytest.mark.parametrize(("name", "key"), ITERATORS.items())
def test_an_iterator_goes_through_all_pages(server: ApiServer, make: Shell, name: str, key: str) -> None:
    server.says({"total": 3, "page": 1, "limit": 2, key: [{"id": 1}, {"id": 2}]})
    server.says({"total": 3, "page": 2, "limit": 2, key: [{"id": 3}]})
    assert [item["id"] for item in make(server.url)(name, limit=2)] == [1, 2, 3]
    assert [request.query for request in server.asked] == [
        [("limit", "2"), ("page", "1")],
        [("limit", "2"), ("page", "2")],
    ]


def test_a_page_is_fetched_when_it_is_asked_for(server: ApiServer) -> None:
    server.says({"total": 3, "page": 1, "limit": 2, "flows": [{"id": 1}, {"id": 2}]})
    with chatpion.Client(KEY, base_url=server.url) as client:
        flows = client.iter_flows(limit=2)
        assert server.asked == []
        assert [next(flows)["id"], next(flows)["id"]] == [1, 2]
        assert len(server.asked) == 1


def test_the_hub_may_lie_under_a_path(server: ApiServer, make: Shell) -> None:
    server.says({"id": 1})
    make(f"{server.url}/hub/")("get_account")
    assert server.asked[0].path == "/hub/api/account"


def test_a_refusal_is_raised_and_says_when_to_come_back(server: ApiServer, make: Shell) -> None:
    client = make(server.url)
    server.refuses(404, "Message not found")
    with pytest.raises(chatpion.NotFound, match="Message not found"):
        client("get_message", 1)
    server.refuses(429, "Rate limit exceeded", Retry_After="17")
    with pytest.raises(chatpion.RateLimited) as caught:
        client("send_message", 1, "hi")
    assert caught.value.retry_after_s == 17


def test_what_failed_may_have_been_done_and_is_not_done_twice(server: ApiServer, make: Shell) -> None:
    for method, args in (("send_message", (1, "hi")), ("update_subscriber", (1,)), ("delete_flow", (1,))):
        server.starts_afresh()
        server.refuses(500, "Internal server error")
        with pytest.raises(chatpion.ServerError):
            make(server.url)(method, *args)
        assert len(server.asked) == 1


def test_a_redirect_does_not_lead_the_key_away(server: ApiServer, make: Shell) -> None:
    server.says_plainly(302, "", Location=f"{server.url}/elsewhere")
    with pytest.raises(chatpion.BadAnswer):
        make(server.url)("get_account")
    assert len(server.asked) == 1


def test_nobody_there_is_unreachable_and_the_error_shows_no_key(make: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(chatpion.Unreachable, match=r"POST /api/messages: ConnectError") as caught:
        make(f"http://127.0.0.1:{port}")("send_message", 1, "hi")
    assert KEY not in str(caught.value)


def test_a_silent_hub_is_unreachable(make: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = make(f"http://127.0.0.1:{listener.getsockname()[1]}", timeout_s=0.05, retries=0)
        with pytest.raises(chatpion.Unreachable, match="ReadTimeout"):
            client("get_account")


def test_the_sync_client_waits_between_its_attempts(server: ApiServer) -> None:
    waited: list[float] = []
    server.refuses(503, "Try again")
    server.refuses(429, "Rate limit exceeded", Retry_After="60")
    server.says({"id": 1})
    with chatpion.Client(KEY, base_url=server.url, rate_wait_s=60, sleep=waited.append) as client:
        assert client.get_account() == {"id": 1}
    failed, limited = waited
    assert 0 <= failed <= 0.5
    assert limited == 60


async def test_the_async_client_waits_in_its_loop(autojump_clock: trio.testing.MockClock) -> None:
    answers: list[httpx.Response | httpx.TransportError] = [
        httpx.Response(429, headers={"Retry-After": "60"}, json={"status": "error", "message": "No", "code": 429}),
        httpx.ConnectError("gone"),
        httpx.Response(200, json={"status": "success", "data": {"id": 1}}),
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        said = answers.pop(0)
        if isinstance(said, httpx.TransportError):
            raise said
        return said

    network = httpx.MockTransport(answer)
    async with chatpion.AsyncClient(KEY, base_url="http://h", rate_wait_s=60, transport=network) as client:
        assert await client.get_account() == {"id": 1}
    assert 60 <= trio.current_time() <= 60.5


async def test_a_wait_is_given_up_when_it_is_cancelled(autojump_clock: trio.testing.MockClock) -> None:
    network = httpx.MockTransport(lambda request: httpx.Response(429, headers={"Retry-After": "60"}, json={}))
    async with chatpion.AsyncClient(KEY, base_url="http://h", rate_wait_s=60, transport=network) as client:
        with trio.move_on_after(5) as waiting:
            await client.get_account()
    assert waiting.cancelled_caught
    assert trio.current_time() == 5


def test_a_call_without_a_method_is_made_all_the_same(server: ApiServer) -> None:
    server.says(["new"])
    with chatpion.Client(KEY, base_url=server.url) as client:
        assert client.call(chatpion.Request("GET", "/api/novelties", {"q": "1"})) == ["new"]
    assert server.asked[0].query == [("q", "1")]


@pytest.mark.parametrize("key", ["", "a\nb", "schlüssel"])
def test_a_key_that_cannot_be_one_is_refused_without_showing_it(key: str) -> None:
    with pytest.raises(ValueError, match="api_key must be") as caught:
        chatpion.Client(key, base_url="http://h")
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["", "h", "ftp://h", "http://", "http://user:pass@h", "http://h?api_key=1", "http://h/#x"]
)
def test_an_address_that_cannot_be_one_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="base_url must be") as caught:
        chatpion.AsyncClient(KEY, base_url=url)
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize("wrong", [{"timeout_s": 0}, {"retries": -1}, {"rate_wait_s": -1}])
def test_limits_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="timeout_s must be"):
        chatpion.Client(KEY, base_url="http://h", **wrong)
