"""A WebSocket client made of a socket and bytes, for what no library lets one do: read nothing, or send nonsense."""

from __future__ import annotations

import base64
import os
import socket
import struct
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import msgpack

Frame = dict[str, Any]

MSGPACK = "hubbub.v1.msgpack"
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
PATIENCE_S = 20.0
RESET = struct.pack("ii", 1, 0)


class Closed(NamedTuple):
    """How the connection ended: the code of the close frame, None for an end or a reset without one."""

    code: int | None


def address_of(url: str) -> tuple[str, int]:
    """Return host and port of a URL."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def handshake(host: str = "hub", path: str = "/ws") -> bytes:
    """A good opening."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {MSGPACK}\r\n\r\n"
    ).encode()


def masked(opcode: int, payload: bytes, *, final: bool = True) -> bytes:
    """A client's frame; its mask is all zeros, and so the payload stays as it is."""
    first = (0x80 if final else 0) | opcode
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 1 << 16:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    return head + bytes(4) + payload


def packed(**frame: Any) -> bytes:
    """A frame of the protocol in a frame of the WebSocket."""
    return masked(BINARY, msgpack.packb(frame))


class RawClient:
    """Signed in by `hello`, with small buffers; reads only when it is asked to."""

    def __init__(self, url: str, token: str, device: str, **hello: Any) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        self._socket.settimeout(PATIENCE_S)
        self._socket.connect(address_of(url))
        self._unread = bytearray()
        self._socket.sendall(handshake())
        head = self._until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        self._socket.sendall(packed(t="hello", ref=1, token=token, device=device, **hello))
        answer = self.receive()
        assert isinstance(answer, dict)
        assert answer["t"] == "welcome", answer
        self.welcome = answer

    def receive(self) -> Frame | Closed:
        """Return the next frame of the protocol, or how the connection ended."""
        try:
            while True:
                opcode, payload = self._frame()
                if opcode == CLOSE:
                    return Closed(int.from_bytes(payload[:2]))
                if opcode == BINARY:
                    frame: Frame = msgpack.unpackb(payload)
                    return frame
        except (EOFError, ConnectionError):
            return Closed(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def _frame(self) -> tuple[int, bytes]:
        first, size = self._take(2)
        if size >= 126:
            size = int.from_bytes(self._take(2 if size == 126 else 8))
        return first & 0x0F, self._take(size)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._unread:
            self._more()
        return self._take(self._unread.index(mark) + len(mark))

    def _take(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._more()
        taken = bytes(self._unread[:count])
        del self._unread[:count]
        return taken

    def _more(self) -> None:
        data = self._socket.recv(65_536)
        if not data:
            raise EOFError
        self._unread += data
