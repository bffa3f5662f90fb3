"""One HTTP connection, and what it puts on the wire at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.trio.worker_context import WorkerContext
from quart import Response

from http_edge.app import HubApp
from http_edge.dispatch import Dispatcher
from http_edge.peers import Peers
from hub.http import hypercorn_config
from hub.http_connection import HttpConnection, Stream
from tests.hub.listening import Peer


class Pieces:
    """A socket stream that remembers what it was given to send."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self.socket = stream.socket
        self.receive_some = stream.receive_some
        self.send_eof = stream.send_eof
        self.sent: list[bytes] = []
        self._send_all = stream.send_all

    async def send_all(self, data: bytes) -> None:
        self.sent.append(data)
        await self._send_all(data)


def app() -> HubApp:
    app = HubApp(Peers(), Dispatcher([]))

    @app.get("/whole")
    async def whole() -> str:
        return "all of it"

    @app.get("/streamed")
    async def streamed() -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"first"
            yield b"second"

        return Response(parts())

    return app


async def served(request: bytes) -> list[bytes]:
    """What a connection sends in answer to a request that is its last."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener, trio.open_nursery() as nursery:
        peer = Peer(await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1]))
        stream = await listener.accept()
        pieces = Pieces(stream)
        async with peer.stream, stream:
            context = WorkerContext(max_requests=None)
            nursery.start_soon(
                HttpConnection(ASGIWrapper(app()), hypercorn_config(), context, cast("Stream", pieces)).run
            )
            await peer.send(request + b"\r\nHost: hub\r\nConnection: close\r\n\r\n")
            assert await peer.rest() == b"".join(pieces.sent)
            await peer.stream.aclose()
    return pieces.sent


async def test_an_answer_of_a_known_length_is_one_piece_with_its_head() -> None:
    (piece,) = await served(b"GET /whole HTTP/1.1")
    assert piece.startswith(b"HTTP/1.1 200 ")
    assert piece.endswith(b"\r\n\r\nall of it")


async def test_a_head_without_a_body_is_sent() -> None:
    (piece,) = await served(b"HEAD /whole HTTP/1.1")
    assert b"content-length: 9\r\n" in piece
    assert piece.endswith(b"\r\n\r\n")


async def test_the_head_of_a_stream_does_not_wait_for_what_follows() -> None:
    head, *parts, end = await served(b"GET /streamed HTTP/1.1")
    assert head.endswith(b"\r\n\r\n")
    assert parts == [b"5\r\nfirst\r\n", b"6\r\nsecond\r\n"]
    assert end == b"0\r\n\r\n"
