"""Whatever a bot's server does, exactly what the document says of it stands in the room afterwards.

The servers are real, and so is the client; time is real too, so that limits are short where they are to be met.
"""

import gzip
import ssl
from ipaddress import ip_network
from typing import NamedTuple

import pytest
import trio
import trustme

from hub.outbound import Client, Guard, Limits
from tests.actors.webhook.post import Post
from tests.hub.outbound.server import Behaviour, drips, head, says, serving, silence, writes

MIB = 2**20
QUICK = Limits(timeout_s=0.2, total_s=0.6)
ROOMY = Limits()
TIMEOUT, REFUSED = "Failed to respond (timeout)", "Failed to respond (connection error)"
TLS, TOO_LARGE, ERROR = "Failed to respond (SSL error)", "Response too large", "Failed to respond (error)"


NAMES = "text html json image no-type empty 204 redirect 404 500 timeout drip drip-file smtp hangs-up brotli"


class Trace(NamedTuple):
    """What the bot has said, the files it has sent, and what was recorded."""

    said: list[str]
    files: list[str]
    outcome: str | None


async def trace_of(url: str, limits: Limits = ROOMY, guard: Guard | None = None) -> Trace:
    """What a message leaves in a direct room with a bot at this address."""
    guard = guard or Guard([ip_network("127.0.0.0/8")])
    post = Post(client=Client(guard, limits))
    alice, bot = post.user("alice"), await post.bot("help", webhook_url=url)
    room = post.room("direct", alice, bot)
    async with post.open():
        await room.say(alice, "hello")
        with trio.fail_after(30):
            while post.rows()[0].state == "pending":  # noqa: ASYNC110 - it tells nobody
                await trio.sleep(0.005)
    answers = room.answers(bot)
    files = [file.name for answer in answers for file in answer.attachments or ()]
    return Trace([answer.body for answer in answers], files, post.rows()[0].outcome)


async def trace(behaviour: Behaviour, limits: Limits = ROOMY, tls: ssl.SSLContext | None = None) -> Trace:
    async with serving(behaviour, tls=tls) as server:
        found = await trace_of(server.url(), limits)
        assert len(server.requests) == (tls is None)
    return found


@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        (says(200, b"hi"), Trace(["hi"], [], "200")),
        (says(200, b"<b>hi</b>", "text/html"), Trace(["hi"], [], "200")),
        (says(200, b"{}", "application/json"), Trace([""], ["attachment.json"], "200")),
        (says(200, b"\0\1", "image/png"), Trace([""], ["attachment.png"], "200")),
        (says(200, b"hi", None), Trace([], [], "200")),
        (says(200, b""), Trace([], [], "200")),
        (says(204, content_type=None), Trace([], [], "204")),
        (says(302, b"moved", Location="http://127.0.0.1:9/"), Trace([], [], "302")),
        (says(404, b"not found"), Trace([], [], "404")),
        (says(500, b"broken"), Trace([], [], "500")),
        (silence, Trace([TIMEOUT], [], "timeout")),
        (drips([head(200, content_length=100), *[b"x"] * 100], 0.05), Trace([TIMEOUT], [], "timeout")),
        (drips([head(200, "image/png"), *[b"x"] * 100], 0.05), Trace([TIMEOUT], [], "timeout")),
        (writes(b"220 smtp ready\r\n"), Trace([ERROR], [], "error")),
        (writes(), Trace([ERROR], [], "error")),
        (says(200, b"hi", Content_Encoding="br"), Trace([ERROR], [], "error")),
    ],
    ids=NAMES.split(),
)
async def test_an_answer_leaves_its_trace(behaviour: Behaviour, expected: Trace) -> None:
    assert await trace(behaviour, QUICK if expected.outcome == "timeout" else ROOMY) == expected


@pytest.mark.parametrize("kind", ["text/plain", "application/zip"])
async def test_eleven_megabytes_leave_theirs(kind: str) -> None:
    too_large = Trace([TOO_LARGE], [], "too_large")
    assert await trace(writes(head(200, kind), *[b"x" * MIB] * 11)) == too_large
    assert await trace(writes(head(200, kind, content_length=11 * MIB))) == too_large


@pytest.mark.parametrize("kind", ["text/plain", "application/zip"])
async def test_a_bomb_leaves_its_trace(kind: str) -> None:
    bomb = gzip.compress(b"\0" * (32 * MIB))
    assert await trace(says(200, bomb, kind, Content_Encoding="gzip")) == Trace([TOO_LARGE], [], "too_large")


async def test_nobody_leaves_a_trace() -> None:
    async with serving() as server:
        pass
    assert await trace_of(server.url()) == Trace([REFUSED], [], "connection")
    assert await trace_of("http://bot.invalid/") == Trace([REFUSED], [], "connection")


async def test_a_certificate_of_nobody_leaves_its_trace() -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    assert await trace(says(200, b"hi"), tls=context) == Trace([TLS], [], "tls")


async def test_an_address_that_is_not_called_leaves_its_trace() -> None:
    async with serving(says(200, b"hi")) as server:
        assert await trace_of(server.url(), guard=Guard()) == Trace([ERROR], [], "error")
        assert server.connections == 0
