"""What the generator says to a hub and what it understands of the answers: `hubbub.v1.msgpack`, on raw bytes."""

from __future__ import annotations

import base64
import os
from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from loadtest.walker import BINARY, mark
from protocol.frames import Hello, Publish, Request, Signal

SUBPROTOCOL: Final = "hubbub.v1.msgpack"
NO_MASK: Final = b"\0\0\0\0"  # a client must mask; with this key the masked bytes are the plain ones

_encode = msgspec.msgpack.Encoder().encode


class Answer(Struct):
    """The few keys of any frame that a measurement looks at; the rest is skipped over."""

    t: str
    ref: int | None = None
    code: str | None = None
    message: str | None = None


read_answer = msgspec.msgpack.Decoder(Answer).decode


def upgrade(host: str, port: int, path: str, subprotocol: str | None = SUBPROTOCOL) -> bytes:
    """Return the opening handshake; without a `subprotocol` it offers none."""
    key = base64.b64encode(os.urandom(16)).decode()
    offer = f"Sec-WebSocket-Protocol: {subprotocol}\r\n" if subprotocol else ""
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    ).encode()


def client_frame(payload: bytes, opcode: int = BINARY) -> bytes:
    """Return `payload` as one masked WebSocket frame."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 0x80 | 127)) + size.to_bytes(8, "big")
    return head + NO_MASK + payload


def hello(token: str, cursors: Sequence[tuple[int, int, int]] = ()) -> bytes:
    """Return the frame that signs in, going on after the cursors."""
    return request(Hello(ref=0, token=token, device="loadtest", cursors=list(cursors)))


def request(frame: Request | Signal) -> bytes:
    """Return the bytes that say this."""
    return client_frame(_encode(frame))


def publish(conv: int, ref: int, due_ns: int, text: str, cid: str | None = None) -> bytes:
    """Return the frame that says `text` with the marker before it; `cid` is made of `ref` unless it is given."""
    body = f"{mark(due_ns)} {text}"
    return client_frame(_encode(Publish(ref=ref, conv=conv, cid=cid or f"b{ref}", body=body)))
