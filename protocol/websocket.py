"""The few WebSocket frames that a server sends, as bytes.

Frames from a server are not masked (RFC 6455, section 5.1): the bytes of an event are the same for every recipient, so
they are built once, here, and not once per connection in a WebSocket library. Everything that depends on the peer
(handshake, masking, fragments) stays with the library.
"""

import struct
from enum import IntEnum
from typing import Final

MAX_CONTROL_BYTES: Final = 125
_FINAL: Final = 0x80
_CODE_BYTES: Final = 2


class Opcode(IntEnum):
    """RFC 6455, section 5.2."""

    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA


def frame(opcode: Opcode, payload: bytes) -> bytes:
    """Return one whole unfragmented, unmasked frame. A control frame carries at most 125 bytes."""
    return header(opcode, len(payload)) + payload


def header(opcode: Opcode, length: int) -> bytes:
    """Return what stands before `length` bytes of payload, the length in its shortest form (section 5.2)."""
    first = _FINAL | opcode
    if length <= MAX_CONTROL_BYTES:
        return bytes((first, length))
    if length <= 0xFFFF:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)


def close_frame(code: int, reason: str = "") -> bytes:
    """Return a close frame; a reason that does not fit is cut between two characters (section 5.5.1)."""
    text = reason.encode()[: MAX_CONTROL_BYTES - _CODE_BYTES].decode(errors="ignore").encode()
    return frame(Opcode.CLOSE, struct.pack("!H", code) + text)


def ping_frame(payload: bytes = b"") -> bytes:
    """Return a ping; its pong carries the same payload, at most 125 bytes."""
    return frame(Opcode.PING, payload)
