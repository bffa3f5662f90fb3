"""A WebSocket listener on a free port of 127.0.0.1, and peers that speak raw bytes to it, well or badly."""

from __future__ import annotations

import contextlib
import ssl
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import NamedTuple

import trio

from hub.accept import open_listeners, reset
from hub.config import Config
from hub.ws import WsListener
from hub.ws.intake import unmask
from tests.fakes.front import FakeDoor, FakeFront

ORIGIN = "http://hub.example"
MASK = b"\x11\x22\x33\x44"
MSGPACK = "hubbub.v1.msgpack"
JSON = "hubbub.v1.json"

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Received(NamedTuple):
    """One frame from the hub."""

    opcode: int
    payload: bytes

    @property
    def code(self) -> int:
        """The code in a close frame."""
        assert self.opcode == CLOSE
        return int.from_bytes(self.payload[:2])


def request(*extra: str, path: str = "/ws", protocol: str | None = MSGPACK) -> bytes:
    """A handshake."""
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: hub",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        *extra,
    ]
    if protocol is not None:
        lines.append(f"Sec-WebSocket-Protocol: {protocol}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def client_frame(opcode: int, payload: bytes = b"", *, final: bool = True, mask: bytes = MASK) -> bytes:
    """A masked frame."""
    size = len(payload)
    first = (0x80 if final else 0) | opcode
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + mask + unmask(mask, payload)


def close_payload(code: int) -> bytes:
    return struct.pack("!H", code)


class Peer:
    """The other side of one connection."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._unread = b""

    async def send(self, data: bytes) -> None:
        await self.stream.send_all(data)

    async def say(self, payload: bytes | str) -> None:
        """Send one whole message."""
        text = isinstance(payload, str)
        await self.send(
            client_frame(TEXT if text else BINARY, payload.encode() if isinstance(payload, str) else payload)
        )

    async def ask(self, data: bytes) -> tuple[int, bytes]:
        """Send a request; return the status and all that follows it up to the end of the connection."""
        await self.send(data)
        head = await self._until(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head + await self.rest()

    async def upgrade(self, data: bytes | None = None) -> bytes:
        """Complete the handshake and return the hub's head."""
        await self.send(request() if data is None else data)
        head = await self._until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        return head

    async def frame(self) -> Received:
        """The hub's next frame. Raises EOFError at the end."""
        first, second = await self._take(2)
        assert not second & 0x80, "a server does not mask"
        assert first & 0x70 == 0, "nothing was negotiated"
        size = second
        if size >= 126:
            size = int.from_bytes(await self._take(2 if size == 126 else 8))
        return Received(first & 0x0F, await self._take(size))

    async def message(self) -> bytes:
        """The payload of the next frame, which is a message."""
        frame = await self.frame()
        assert frame.opcode in (TEXT, BINARY), frame
        return frame.payload

    async def closed(self) -> int:
        """Skip to the hub's close, answer it, see the connection end, hang up; return the code."""
        while (frame := await self.frame()).opcode != CLOSE:
            pass
        with contextlib.suppress(trio.BrokenResourceError):
            await self.send(client_frame(CLOSE, frame.payload[:2]))
        assert await self.rest() == b""
        self.hang_up()
        return frame.code

    async def rest(self) -> bytes:
        """Everything up to a clean end. Raises `trio.BrokenResourceError` when the hub resets the connection."""
        data, self._unread = self._unread, b""
        while more := await self.stream.receive_some(65_536):
            data += more
        return data

    async def is_reset(self) -> bool:
        """Read to the end, and say whether it was a reset."""
        try:
            await self.rest()
        except trio.BrokenResourceError:
            return True
        return False

    def hang_up(self) -> None:
        """Close the connection without a word."""
        stream = self.stream
        if isinstance(stream, trio.SSLStream):
            stream = stream.transport_stream
        assert isinstance(stream, trio.SocketStream)
        stream.socket.close()

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


@dataclass
class Running:
    """A running listener."""

    listener: WsListener
    front: FakeFront
    port: int
    served: trio.Event = field(default_factory=trio.Event)
    peers: list[Peer] = field(default_factory=list)

    async def connect(self) -> Peer:
        """A TCP connection that says nothing yet; it is closed with the listener."""
        peer = Peer(await trio.open_tcp_stream("127.0.0.1", self.port))
        self.peers.append(peer)
        return peer

    async def join(self, *, protocol: str = MSGPACK) -> tuple[Peer, FakeDoor]:
        """A peer whose handshake is done, and its door."""
        known = len(self.front.doors)
        peer = await self.connect()
        await peer.upgrade(request(protocol=protocol))
        while len(self.front.doors) == known:
            await trio.lowlevel.checkpoint()
        return peer, self.front.doors[-1]

    @property
    def connections(self) -> int:
        """How many are open."""
        return self.listener.statistics().connections.open

    async def settled(self, connections: int) -> None:
        """Wait until so many connections are open."""
        while self.connections != connections:
            await trio.lowlevel.checkpoint()

    async def serve(
        self, sockets: list[trio.SocketListener], *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
    ) -> None:
        """Run the listener; `served` tells that it returned."""
        await self.listener.serve(sockets, task_status=task_status)
        self.served.set()


@contextlib.asynccontextmanager
async def running(
    front: FakeFront | None = None, config: Config | None = None, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Running]:
    """Run a listener for the block."""
    front = front or FakeFront()
    listener = WsListener(front, config or Config(), origins=frozenset({ORIGIN}), tls=tls, jitter=lambda: 0.5)
    sockets = await open_listeners("127.0.0.1", 0)
    up = Running(listener, front, sockets[0].socket.getsockname()[1])
    async with trio.open_nursery() as nursery:
        await nursery.start(up.serve, sockets)
        try:
            yield up
        finally:
            nursery.cancel_scope.cancel()
            for peer in up.peers:
                peer.hang_up()


def hang_up_hard(peer: Peer) -> None:
    """Reset the connection from the peer's side."""
    assert isinstance(peer.stream, trio.SocketStream)
    reset(peer.stream)
