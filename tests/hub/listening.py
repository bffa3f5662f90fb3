"""An HTTP listener on a free port of 127.0.0.1, and a peer that speaks raw bytes to it."""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import trio
from prometheus_client import CollectorRegistry
from quart import request

from http_edge.app import HubApp, create_app
from hub.accept import open_listeners
from hub.config import Config
from hub.http import HttpListener

GET_UP = b"GET /up HTTP/1.1\r\nHost: hub\r\n\r\n"
BIG_BYTES = 32 * 1024 * 1024


@dataclass
class Operations:
    """What the operations endpoints ask of the hub."""

    reason: str | None = None
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def health(self) -> str | None:
        return self.reason


@dataclass
class Listening:
    """A running listener."""

    listener: HttpListener
    port: int
    app: HubApp
    operations: Operations
    entered: trio.Event = field(default_factory=trio.Event)
    release: trio.Event = field(default_factory=trio.Event)
    peers: list[Peer] = field(default_factory=list)

    async def connect(self) -> Peer:
        """Return a peer that is closed with the listener."""
        peer = Peer(await trio.open_tcp_stream("127.0.0.1", self.port))
        self.peers.append(peer)
        return peer

    def vanish_peers(self) -> None:
        """Close all of them without any goodbye."""
        for peer in self.peers:
            peer.vanish()


class Peer:
    """The other side of one connection."""

    def __init__(self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]) -> None:
        self.stream = stream
        self._unread = b""

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    def vanish(self) -> None:
        """Close the socket without any goodbye."""
        stream = self.stream
        (stream.transport_stream if isinstance(stream, trio.SSLStream) else stream).socket.close()

    async def answer(self) -> tuple[int, bytes, bytes]:
        """Return status, head and body of one response with a content-length, or of one that ends the connection."""
        head = await self._until(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        body = await self._take(int(length[1])) if length else await self.rest()
        return int(head.split(b" ", 2)[1]), head, body

    async def ask(self, data: bytes) -> int:
        """Send a request and return the status of the answer."""
        await self.send(data)
        return (await self.answer())[0]

    async def rest(self) -> bytes:
        """Return everything up to the end of the connection, however it ends."""
        data, self._unread = self._unread, b""
        with contextlib.suppress(trio.BrokenResourceError):
            while more := await self.stream.receive_some(65_536):
                data += more
        return data

    async def _until(self, mark: bytes) -> bytes:
        while mark not in self._unread:
            await self._more()
        head, _, self._unread = self._unread.partition(mark)
        return head

    async def _take(self, count: int) -> bytes:
        while len(self._unread) < count:
            await self._more()
        data, self._unread = self._unread[:count], self._unread[count:]
        return data

    async def _more(self) -> None:
        data = await self.stream.receive_some(65_536)
        if not data:
            raise EOFError(self._unread)
        self._unread += data


@contextlib.asynccontextmanager
async def listening(config: Config | None = None, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Listening]:
    """Run a listener for the block; the app has routes that are big, slow and broken beside its own."""
    operations = Operations()
    app = create_app(operations)
    listener = HttpListener(app, config or Config(), tls=tls)
    sockets = await open_listeners("127.0.0.1", 0)
    up = Listening(listener, sockets[0].socket.getsockname()[1], app, operations)
    _add_routes(up)
    async with trio.open_nursery() as nursery:
        await nursery.start(listener.serve, sockets)
        try:
            yield up
        finally:
            nursery.cancel_scope.cancel()
            up.vanish_peers()


def _add_routes(up: Listening) -> None:
    @up.app.get("/big")
    async def big() -> bytes:
        return bytes(BIG_BYTES)

    @up.app.get("/slow")
    async def slow() -> str:
        up.entered.set()
        await up.release.wait()
        return "done"

    @up.app.get("/crash/<secret>")
    async def crash(secret: str) -> str:
        raise RuntimeError(secret)

    @up.app.post("/length")
    async def length() -> str:
        return str(len(await request.get_data()))
