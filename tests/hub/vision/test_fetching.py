"""Images are fetched from servers within limits. The server is real, and so is the client."""

from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network

import pytest
import trio

from actors.order.ports import Picture
from hub.config import Config
from hub.vision.assembly import gallery
from hub.vision.fetching import EACH_S, TOTAL_S, Fetching
from hub.vision.formats import MAX_BYTES
from tests.fakes.outbound import Answer, FakeOutbound
from tests.hub.outbound.server import Behaviour, Server, says, serving
from tests.hub.vision.test_formats import png_of

PNG = png_of(64, 64, bytes(64 * 65))
PICTURE = Picture(PNG, "image/png")
LOCAL = Config(outbound_allow=(ip_network("127.0.0.0/8"),))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving(says(200, PNG, "text/html")) as there:
        yield there


async def test_images_come_in_the_order_of_their_urls_and_say_themselves_what_they_are(server: Server) -> None:
    urls = [server.url("/a.jpg"), "https:///nowhere", server.url("/b")]
    assert await gallery(LOCAL).fetch(urls) == [PICTURE, None, PICTURE]
    assert {request.line for request in server.requests} == {"GET /a.jpg HTTP/1.1", "GET /b HTTP/1.1"}


async def test_addresses_that_are_not_public_are_not_called(server: Server) -> None:
    assert await gallery(Config()).fetch([server.url()]) == [None]
    assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64,iVBORw0KGgo=",
        "file:///etc/passwd",
        "ftp://127.0.0.1/a",
        "",
        "photo",
        "http://[",
        "http://",
    ],
)
async def test_what_is_no_url_of_a_web_server_is_no_image(url: str) -> None:
    assert await gallery(LOCAL).fetch([url]) == [None]


@pytest.mark.parametrize(
    "behaviour",
    [
        says(302, PNG, location="/b"),
        says(404, PNG),
        says(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"),
        says(200, png_of(30_000, 30_000), "image/png"),
        says(200, PNG[:20], "image/png"),
        says(200, PNG + bytes(MAX_BYTES), "image/png"),
    ],
)
async def test_redirects_errors_and_what_is_too_large_are_no_images(server: Server, behaviour: Behaviour) -> None:
    server.behaviour = behaviour
    assert await gallery(LOCAL).fetch([server.url()]) == [None]
    assert len(server.requests) == 1


def _endless() -> Answer:
    return Answer(200, "image/png", [PNG, *([bytes(2**20)] * 11)])


def _late() -> Answer:
    return Answer(200, "image/png", [PNG], after=EACH_S + 0.1)


@pytest.mark.parametrize("answer", [_endless, _late])
async def test_one_that_is_endless_or_late_does_not_hold_up_the_others(
    autojump_clock: trio.testing.MockClock, answer: Callable[[], Answer]
) -> None:
    outbound = FakeOutbound()
    outbound.script.extend([answer(), Answer(200, None, [PNG]), Answer(200, None, [PNG])])
    found = await Fetching(outbound).fetch([f"https://shop.example/{number}" for number in range(3)])
    assert sorted(map(str, found)) == sorted(map(str, [None, PICTURE, PICTURE]))
    assert trio.current_time() <= TOTAL_S


async def test_ten_images_are_fetched_at_once(autojump_clock: trio.testing.MockClock) -> None:
    outbound = FakeOutbound()
    outbound.otherwise = Answer(200, None, [PNG], after=5.0)
    started = trio.current_time()
    assert await Fetching(outbound).fetch([f"https://shop.example/{number}" for number in range(10)]) == [PICTURE] * 10
    assert trio.current_time() - started == pytest.approx(5.0)
