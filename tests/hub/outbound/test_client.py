"""Calls of real servers on loopback: what comes back, and what is said of those that misbehave."""

import gzip
import ssl
import zlib
from contextlib import aclosing
from ipaddress import ip_network
from typing import NamedTuple

import pytest
import trio
import trustme

from actors.ports import NotAllowed, OutboundError, TlsFailed, TookTooLong, TooLarge, Unreachable
from hub.outbound import Client, Guard, Limits
from tests.hub.outbound.server import Behaviour, drips, head, says, serving, silence, writes

QUICK = Limits(timeout_s=0.15, total_s=0.5)
PATIENT = Limits()
LOOPBACK = Guard([ip_network("127.0.0.0/8")])
MIB = 2**20


class Came(NamedTuple):
    """What was answered."""

    status: int
    content_type: str | None
    body: bytes


async def call(url: str, limits: Limits = PATIENT, tls: ssl.SSLContext | None = None, **headers: str) -> Came:
    async with Client(LOOPBACK, limits, tls=tls).post(url, headers, b"ping") as answer:
        async with aclosing(answer.chunks()) as chunks:
            body = b"".join([chunk async for chunk in chunks])
        return Came(answer.status, answer.content_type, body)


async def call_one(behaviour: Behaviour, limits: Limits = PATIENT) -> Came:
    """Call a server that is there for this one call."""
    async with serving(behaviour) as server:
        try:
            return await call(server.url(), limits)
        except OutboundError as error:
            failed = error  # raised inside it would come out of the server's nursery as a group
    raise failed


async def test_what_is_asked_for_is_what_is_there() -> None:
    async with (
        serving(says(200, b"file", "image/png")) as server,
        Client(LOOPBACK).get(server.url("/cat.png"), {}) as answer,
        aclosing(answer.chunks()) as chunks,
    ):
        body = b"".join([chunk async for chunk in chunks])
    (request,) = server.requests
    assert (request.line, request.body, body) == ("GET /cat.png HTTP/1.1", b"", b"file")
    assert "content-length" not in request.headers
    with pytest.raises(NotAllowed):
        async with Client(Guard([])).get(server.url(), {}):
            pytest.fail("a loopback address was called")


async def test_a_request_is_what_it_was_meant_to_be() -> None:
    async with serving(says(200, b"pong", "text/plain; charset=utf-8")) as server:
        came = await call(server.url("/a%20b?c=d"), content_type="application/json")
    assert came == Came(200, "text/plain; charset=utf-8", b"pong")
    (request,) = server.requests
    assert request.line == "POST /a%20b?c=d HTTP/1.1"
    assert request.body == b"ping"
    assert request.headers["host"] == f"127.0.0.1:{server.port}"
    assert request.headers["content_type"] == "application/json"
    assert request.headers["connection"] == "close"


async def test_credentials_in_the_url_are_sent_as_such() -> None:
    async with serving(says(204)) as server:
        await call(f"http://me:s%20t@127.0.0.1:{server.port}/")
    assert server.requests[0].headers["authorization"] == "Basic bWU6cyB0"


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(says(200, b"direct")) as server:
        assert (await call(server.url())).body == b"direct"


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    async with serving() as target, serving(says(302, b"", Location=target.url())) as server:
        assert (await call(server.url())).status == 302
    assert target.connections == 0


@pytest.mark.parametrize("status", [204, 404, 500])
async def test_a_status_is_told(status: int) -> None:
    assert (await call_one(says(status))).status == status


async def test_without_a_content_type_there_is_none() -> None:
    assert (await call_one(says(200, b"x", None))).content_type is None


async def test_a_body_without_a_length_ends_with_the_connection() -> None:
    assert (await call_one(writes(head(200), b"all of ", b"it"))).body == b"all of it"


async def test_a_chunked_body_is_put_together() -> None:
    parts = head(200, transfer_encoding="chunked"), b"3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"
    assert (await call_one(writes(*parts))).body == b"abcde"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"hello", mtime=0)),
        ("GZIP", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0)),
        ("deflate", zlib.compress(b"hello")),
        ("deflate", zlib.compress(b"hello")[2:-4]),
        ("identity", b"hello"),
    ],
)
async def test_a_compressed_body_is_unpacked(encoding: str, packed: bytes) -> None:
    assert (await call_one(says(200, packed, Content_Encoding=encoding))).body == b"hello"


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", b"no gzip at all"),
        ("gzip", gzip.compress(b"hello" * 99, mtime=0)[:-12]),
        ("br", b"\x0b\x02\x80hello\x03"),
    ],
)
async def test_a_body_that_does_not_unpack_is_an_error(encoding: str, packed: bytes) -> None:
    with pytest.raises(OutboundError) as caught:
        await call_one(says(200, packed, Content_Encoding=encoding))
    assert type(caught.value) is OutboundError


# ---------------------------------------------------------------------------------------------- time


async def test_who_never_answers_took_too_long() -> None:
    with pytest.raises(TookTooLong):
        await call_one(silence, QUICK)


async def test_who_stops_in_the_middle_took_too_long() -> None:
    with pytest.raises(TookTooLong):
        await call_one(drips([head(200, content_length=10), b"x", *[b""] * 10], 0.1), QUICK)


async def test_a_drip_is_cut_at_the_deadline_for_all() -> None:
    began = trio.current_time()
    with pytest.raises(TookTooLong):
        await call_one(drips([head(200, content_length=100), *[b"x"] * 100], 0.05), QUICK)
    assert 0.45 < trio.current_time() - began < 2


async def test_the_deadline_ends_what_is_done_with_the_answer() -> None:
    async with serving(says(200, b"x")) as server:
        with pytest.raises(TookTooLong):
            async with Client(LOOPBACK, QUICK).post(server.url(), {}, b""):
                await trio.sleep_forever()


async def test_a_drip_that_ends_in_time_is_taken() -> None:
    assert (await call_one(drips([head(200, content_length=3), b"a", b"b", b"c"], 0.02))).body == b"abc"


async def test_who_takes_no_connection_took_too_long() -> None:
    """A queue of waiting connections that is full, as a firewall looks that swallows everything."""
    with trio.socket.socket() as listener:
        await listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        async with trio.open_nursery() as nursery:
            for _ in range(8):
                nursery.start_soon(hang, port)
            await trio.sleep(0.05)
            with pytest.raises(TookTooLong):
                await call(f"http://127.0.0.1:{port}/", QUICK)
            nursery.cancel_scope.cancel()


async def hang(port: int) -> None:
    async with await trio.open_tcp_stream("127.0.0.1", port):
        await trio.sleep_forever()


async def test_whoever_is_cancelled_leaves_no_connection_behind() -> None:
    asked, left = trio.Event(), trio.Event()

    async def watch(stream: trio.abc.Stream) -> None:
        asked.set()
        assert await stream.receive_some(1) == b""
        left.set()

    async with serving(watch) as server, trio.open_nursery() as nursery:
        nursery.start_soon(call, server.url())
        await asked.wait()
        nursery.cancel_scope.cancel()
        with trio.CancelScope(shield=True):
            await left.wait()


# ---------------------------------------------------------------------------------------------- failures


async def test_nobody_is_there() -> None:
    async with serving() as server:
        pass
    with pytest.raises(Unreachable):
        await call(server.url())


async def test_a_name_that_does_not_resolve() -> None:
    with pytest.raises(Unreachable):
        await call("http://hub.invalid/")


@pytest.mark.parametrize("behaviour", [writes(), writes(b"SSH-2.0-OpenSSH\r\n"), writes(head(200, content_length=9))])
async def test_half_an_answer_is_an_error(behaviour: Behaviour) -> None:
    with pytest.raises(OutboundError):
        await call_one(behaviour)


async def test_tls_with_a_certificate_of_nobody_fails(authority: trustme.CA) -> None:
    async with serving(says(200, b"x"), tls=certified(authority, "127.0.0.1")) as server:
        with pytest.raises(TlsFailed):
            await call(server.url())
    assert server.requests == []


async def test_tls_with_a_certificate_of_somebody_else_fails(authority: trustme.CA) -> None:
    async with serving(says(200, b"x"), tls=certified(authority, "other.example")) as server:
        with pytest.raises(TlsFailed):
            await call(server.url(), tls=trusting(authority))


async def test_tls_with_a_server_that_speaks_none_fails() -> None:
    async with serving(writes(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server:
        with pytest.raises((TlsFailed, TookTooLong)):
            await call(f"https://127.0.0.1:{server.port}/", Limits(timeout_s=0.3))


async def test_tls_works_by_the_name_of_the_url(authority: trustme.CA) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        assert host == "bot.example"
        return ["127.0.0.1"]

    async with serving(says(200, b"secret"), tls=certified(authority, "bot.example")) as server:
        client = Client(LOOPBACK, PATIENT, resolve=resolve, tls=trusting(authority))
        async with client.post(server.url(host="bot.example"), {}, b"") as answer:
            assert answer.status == 200
    assert server.requests[0].headers["host"] == f"bot.example:{server.port}"


@pytest.mark.parametrize("url", ["", "hook", "ftp://127.0.0.1/", "http://", "http:///x", "http://[::1/", "http://a:b/"])
async def test_what_is_no_url_is_not_called(url: str) -> None:
    with pytest.raises(NotAllowed):
        await call(url)


# ---------------------------------------------------------------------------------------------- size


async def test_ten_megabytes_are_taken() -> None:
    came = await call_one(says(200, b"x" * (10 * MIB)))
    assert len(came.body) == 10 * MIB


async def test_an_announced_length_beyond_the_cap_is_not_even_read() -> None:
    with pytest.raises(TooLarge):
        await call_one(writes(head(200, content_length=11 * MIB), b"x"))


async def test_eleven_megabytes_are_cut_off() -> None:
    sent = 0

    async def pour(stream: trio.abc.Stream) -> None:
        nonlocal sent
        await stream.send_all(head(200))
        for _ in range(11 * 16):
            await stream.send_all(b"x" * (MIB // 16))
            sent += MIB // 16

    with pytest.raises(TooLarge):
        await call_one(pour)
    assert sent < 11 * MIB


async def test_a_bomb_is_cut_off_before_it_is_in_memory() -> None:
    bomb = gzip.compress(b"\0" * (64 * MIB))
    assert len(bomb) < 100_000
    with pytest.raises(TooLarge):
        await call_one(says(200, bomb, Content_Encoding="gzip"))


async def test_a_bomb_is_unpacked_in_small_pieces() -> None:
    limits = Limits(max_bytes=2 * MIB)
    async with (
        serving(says(200, gzip.compress(b"\0" * MIB, mtime=0), Content_Encoding="gzip")) as server,
        Client(LOOPBACK, limits).post(server.url(), {}, b"") as answer,
        aclosing(answer.chunks()) as chunks,
    ):
        sizes = [len(chunk) async for chunk in chunks]
    assert sum(sizes) == MIB
    assert max(sizes) <= 65_536


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certified(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(host).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context
