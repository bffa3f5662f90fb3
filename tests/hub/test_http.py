"""The HTTP listener against peers that are rude, slow, silent or gone."""

from __future__ import annotations

import contextlib
import logging
import socket

import pytest
import trio
from trio.testing import MockClock

from http_edge.app import HubApp
from http_edge.dispatch import Dispatcher
from http_edge.peers import Peers
from hub.accept import RESET_ON_CLOSE, open_listeners
from hub.config import Config
from hub.http import MAX_HEADER_BYTES
from tests.hub.listening import GET_UP, Listening, Peer, listening

CHUNKED = b"POST /length HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n"
KILLERS = {
    "nothing": b"",
    "a non-ASCII subprotocol": (
        b"GET /up HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: \xff\xfe\r\n\r\n"
    ),
    "a non-ASCII extension": (
        b"GET /up HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Extensions: \xc3\xa9\r\n\r\n"
    ),
    "bad base64 in HTTP2-Settings": (
        b"GET /up HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
        b"HTTP2-Settings: ====!\r\n\r\n"
    ),
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00",
    "a host above ASCII": b"GET /up HTTP/1.1\r\nHost: \xff\r\n\r\n",
    "no host": b"GET /up HTTP/1.1\r\n\r\n",
    "an empty host": b"GET /up HTTP/1.1\r\nHost:\r\n\r\n",
    "a host with a bad port": b"GET /up HTTP/1.1\r\nHost: hub:port:9\r\n\r\n",
    "two hosts": b"GET /up HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "a NUL in the path": b"GET /%00 HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a path that is no UTF-8": b"GET /%ff%fe HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a path of slashes": b"GET ////..//..%2f HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a target that is no path": b"GET up HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a target that is an authority": b"CONNECT hub:443 HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a target that is a star": b"OPTIONS * HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a broken absolute target": b"GET http://[ HTTP/1.1\r\nHost: hub\r\n\r\n",
    "a query that is no UTF-8": b"GET /up?a=%ff&%ff HTTP/1.1\r\nHost: hub\r\n\r\n",
    "cookies of noise": b'GET /up HTTP/1.1\r\nHost: hub\r\nCookie: \xff=\xfe; a=;;="\r\n\r\n',
    "a negative length": b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: -1\r\n\r\n",
    "a length beyond numbers": b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
    "two lengths": b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    "a length and chunks": (
        b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a chunk beyond numbers": CHUNKED + b"ffffffffffffffffff\r\n",
    "a chunk size of noise": CHUNKED + b"zz\r\n\r\n",
    "an unknown coding": b"POST /length HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: gzip\r\n\r\n",
    "a body of another charset": (
        b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Type: text/plain; charset=nope\r\nContent-Length: 2\r\n\r\n{}"
    ),
    "an unknown method": b"FROB /up HTTP/1.1\r\nHost: hub\r\n\r\n",
    "an old version": b"GET /up HTTP/0.9\r\n\r\n",
    "a folded header": b"GET /up HTTP/1.1\r\nHost: hub\r\nX: a\r\n b\r\n\r\n",
    "a header without name": b"GET /up HTTP/1.1\r\n: hub\r\n\r\n",
    "a TLS greeting": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
    "bare line ends": b"\n\n\n\n",
    "zeros": b"\x00" * 70_000,
}


async def test_says_that_the_hub_is_up() -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(GET_UP)
        status, head, body = await peer.answer()
        assert (status, body.strip()) == (200, b'{"status":"ok"}')
        assert b"cache-control: no-store" in head.lower()
        assert b"server:" not in head.lower()


@pytest.mark.parametrize("request_bytes", KILLERS.values(), ids=KILLERS.keys())
async def test_no_request_harms_its_neighbours(
    request_bytes: bytes, patient_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with listening() as up:
        neighbour = await up.connect()
        assert await neighbour.ask(GET_UP) == 200
        for way_to_go in (_wait_for_the_end, _half_close, _reset):
            peer = await up.connect()
            await peer.send(request_bytes)
            await way_to_go(peer)
        assert await (await up.connect()).ask(GET_UP) == 200
        await trio.sleep(60)
        assert up.listener.statistics().open == 0
        assert up.listener.statistics().failed == 0
    assert [record.message for record in caplog.records if record.levelno >= logging.ERROR] == []


async def test_upgrades_are_refused_or_ignored() -> None:
    async with listening() as up:
        assert await (await up.connect()).ask(KILLERS["a non-ASCII subprotocol"]) == 400
        assert await (await up.connect()).ask(KILLERS["bad base64 in HTTP2-Settings"]) == 200
        assert await (await up.connect()).ask(KILLERS["the preface of HTTP/2"]) == 505


@pytest.mark.parametrize("said", [b"", b"GET /up HT", b"GET /up HTTP/1.1\r\nHost: hub\r\n"])
async def test_a_peer_without_a_whole_request_is_cut_after_five_seconds(said: bytes, patient_clock: MockClock) -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(said)
        began = trio.current_time()
        await peer.rest()
        assert 4.9 < trio.current_time() - began < 7.5


async def test_dripping_a_head_does_not_buy_time(patient_clock: MockClock) -> None:
    async with listening() as up:
        peer = await up.connect()
        assert await _drip(peer, GET_UP) < 10


async def test_dripping_a_body_does_not_buy_time(patient_clock: MockClock) -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 10000\r\n\r\n")
        assert await _drip(peer, b"x" * 100) < 30


async def test_an_idle_connection_is_closed_after_its_answer(patient_clock: MockClock) -> None:
    async with listening() as up:
        peer = await up.connect()
        assert await peer.ask(GET_UP) == 200
        await trio.sleep(4)
        assert await peer.ask(GET_UP) == 200
        began = trio.current_time()
        assert await peer.rest() == b""
        assert 4.9 < trio.current_time() - began < 5.5


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(GET_UP + b"GET /nothing HTTP/1.1\r\nHost: hub\r\n\r\n" + GET_UP)
        assert [(await peer.answer())[0] for _ in range(3)] == [200, 404, 200]


async def test_bodies_come_in_chunks_or_with_a_length() -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(CHUNKED + b"3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        assert (await peer.answer())[2] == b"5"
        await peer.send(b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nabcd")
        assert (await peer.answer())[2] == b"4"


async def test_a_peer_that_waits_for_100_is_told_to_go_on() -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(b"POST /length HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n")
        assert (await peer.stream.receive_some(1_000)).startswith(b"HTTP/1.1 100")
        await peer.send(b"abcd")
        assert (await peer.answer())[2] == b"4"


async def test_a_body_that_is_too_large_is_refused() -> None:
    async with listening() as up:
        peer = await up.connect()
        assert await peer.ask(b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 2000000\r\n\r\n") == 413


async def test_an_endless_body_does_not_hold_its_connection(patient_clock: MockClock) -> None:
    async with listening() as up, trio.open_nursery() as nursery:
        for path in (b"/length", b"/nothing"):
            nursery.start_soon(_flood_chunks, up, path)
        await trio.sleep(90)
        assert up.listener.statistics().open == 0
        nursery.cancel_scope.cancel()


async def test_headers_are_bounded() -> None:
    async with listening() as up:
        for head in (b"X: " + b"a" * MAX_HEADER_BYTES, b"X: a\r\n" * MAX_HEADER_BYTES):
            peer = await up.connect()
            assert await peer.ask(b"GET /up HTTP/1.1\r\nHost: hub\r\n" + head) == 431


async def test_a_peer_that_never_reads_is_cut(patient_clock: MockClock) -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(b"GET /big HTTP/1.1\r\nHost: hub\r\n\r\n")
        await trio.sleep(40)
        assert up.listener.statistics().open == 0


async def test_a_handler_that_fails_answers_500_and_logs_no_path(caplog: pytest.LogCaptureFixture) -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(b"GET /crash/hunter2 HTTP/1.1\r\nHost: hub\r\n\r\n")
        status, _, body = await peer.answer()
        assert (status, body.strip()) == (500, b'{"error":"internal_server_error","message":"Internal Server Error"}')
        assert await peer.ask(GET_UP) == 200
    record = next(record for record in caplog.records if record.message == "request failed")
    assert record.__dict__["route"] == "/crash/<secret>"
    assert not any("hunter2" in record.getMessage() for record in caplog.records)


async def test_the_connection_caps_hold() -> None:
    async with listening(Config(http_connections=2)) as up:
        first, second = await up.connect(), await up.connect()
        assert await first.ask(GET_UP) == await second.ask(GET_UP) == 200
        assert await _is_turned_away(up)
        assert up.listener.statistics().refused_total == 1
        await first.stream.aclose()
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert await (await up.connect()).ask(GET_UP) == 200


async def test_draining_finishes_requests_and_closes_what_is_idle(patient_clock: MockClock) -> None:
    async with listening() as up, trio.open_nursery() as nursery:
        idle, busy = await up.connect(), await up.connect()
        assert await idle.ask(GET_UP) == 200
        await busy.send(b"GET /slow HTTP/1.1\r\nHost: hub\r\n\r\n")
        await up.entered.wait()
        nursery.start_soon(up.listener.drain, trio.current_time() + 8)
        assert await idle.rest() == b""
        with pytest.raises(OSError):
            await up.connect()
        up.release.set()
        assert (await busy.answer())[2] == b"done"
        assert trio.current_time() < 1


async def test_draining_ends_at_its_deadline_whatever_peers_do(patient_clock: MockClock) -> None:
    async with listening() as up:
        deaf, slow, half = await up.connect(), await up.connect(), await up.connect()
        await deaf.send(b"GET /big HTTP/1.1\r\nHost: hub\r\n\r\n")
        await slow.send(b"GET /slow HTTP/1.1\r\nHost: hub\r\n\r\n")
        await half.send(b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 9\r\n\r\n")
        await up.entered.wait()
        began = trio.current_time()
        await up.listener.drain(began + 3)
        await trio.testing.wait_all_tasks_blocked(0.01)
        assert trio.current_time() - began < 3.1
        assert up.listener.statistics().open == 0


async def test_draining_is_not_held_up_by_pipelined_requests(patient_clock: MockClock) -> None:
    async with listening() as up, trio.open_nursery() as nursery:
        peer = await up.connect()
        await peer.send(b"GET /slow HTTP/1.1\r\nHost: hub\r\n\r\n" + GET_UP)
        await up.entered.wait()
        began = trio.current_time()
        nursery.start_soon(up.listener.drain, began + 60)
        await trio.testing.wait_all_tasks_blocked(0.01)
        up.release.set()
        assert (await peer.answer())[2] == b"done"
        assert await peer.rest() == b""
        await peer.stream.aclose()
        nursery.cancel_scope.deadline = began + 50
    assert not nursery.cancel_scope.cancelled_caught


async def test_further_listeners_have_an_app_of_their_own_under_the_same_caps() -> None:
    async with listening(Config(http_connections=2)) as up, trio.open_nursery() as nursery:
        (further,) = await open_listeners("127.0.0.1", 0)
        other = HubApp(Peers(), Dispatcher([]))
        other.add_url_rule("/other", view_func=lambda: "other")
        await nursery.start(up.listener.serve, [further], other)
        main = await up.connect()
        own = Peer(await trio.open_tcp_stream("127.0.0.1", further.socket.getsockname()[1]))
        asked = b"GET /other HTTP/1.1\r\nHost: hub\r\n\r\n"
        assert [await main.ask(asked), await main.ask(GET_UP)] == [404, 200]
        assert [await own.ask(asked), await own.ask(GET_UP)] == [200, 404]
        assert await _is_turned_away(up)
        await up.listener.drain(trio.current_time() + 1)
        assert [await peer.rest() for peer in (main, own)] == [b"", b""]
        with pytest.raises(OSError):
            await trio.open_tcp_stream("127.0.0.1", further.socket.getsockname()[1])
        own.vanish()


async def _flood_chunks(up: Listening, path: bytes) -> None:
    peer = await up.connect()
    await peer.send(b"POST " + path + b" HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n")
    with contextlib.suppress(trio.BrokenResourceError):
        while True:
            await peer.send(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")


async def _is_turned_away(up: Listening) -> bool:
    try:
        peer = await up.connect()
    except OSError:  # the reset came before the connect was done
        return True
    return await peer.rest() == b""


async def _drip(peer: Peer, data: bytes) -> float:
    """Send a byte every 0.9 s until the peer has enough of it; return how long that took."""
    began = trio.current_time()
    with contextlib.suppress(trio.BrokenResourceError):
        for byte in data:
            await peer.send(bytes([byte]))
            await trio.sleep(0.9)
    return trio.current_time() - began


async def _wait_for_the_end(peer: Peer) -> None:
    await peer.rest()


async def _half_close(peer: Peer) -> None:
    assert isinstance(peer.stream, trio.SocketStream)
    await peer.stream.send_eof()
    await peer.rest()


async def _reset(peer: Peer) -> None:
    assert isinstance(peer.stream, trio.SocketStream)
    peer.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    peer.stream.socket.close()
    await trio.testing.wait_all_tasks_blocked(0.01)


@pytest.mark.parametrize("framing", [b"Content-Length: 16777216", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("path", [b"/nothing", b"/length"])
async def test_an_answer_reaches_a_peer_that_listens_only_when_all_is_sent(
    path: bytes, framing: bytes, patient_clock: MockClock
) -> None:
    async with listening() as up:
        peer = await up.connect()
        await peer.send(b"POST " + path + b" HTTP/1.1\r\nHost: hub\r\n" + framing + b"\r\n\r\n")
        block = bytes(65_536)
        for _ in range(256):
            await peer.send(block if b"Length" in framing else b"10000\r\n" + block + b"\r\n")
        assert (await peer.answer())[0] == (404 if path == b"/nothing" else 413)
        assert await peer.rest() == b""


async def test_an_answer_is_not_held_up_by_a_body_that_nobody_takes(patient_clock: MockClock) -> None:
    async with listening() as up, trio.open_nursery() as nursery:
        peer = await up.connect()
        await peer.send(b"GET /slow HTTP/1.1\r\nHost: hub\r\nContent-Length: 16777216\r\n\r\n")
        nursery.start_soon(peer.send, bytes(16_777_216))
        await up.entered.wait()
        await trio.testing.wait_all_tasks_blocked(0.1)
        up.release.set()
        with trio.fail_after(5):
            assert (await peer.answer())[0] == 200
        await trio.sleep(60)
        assert up.listener.statistics().open == 0
