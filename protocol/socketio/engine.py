"""Engine.IO 4 packets, over python-engineio's codec: what it raises, and what it lets through, is contained here.

Source: https://socket.io/docs/v4/engine-io-protocol/. Inside a WebSocket a packet is one message; inside the body of a
poll packets stand one after another, separated by `\\x1e`, binary ones in base64 behind a `b`.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Final, NamedTuple

from engineio.packet import Packet  # type: ignore[import-untyped]
from engineio.payload import Payload  # type: ignore[import-untyped]

from protocol.socketio.errors import Violation

MAX_PACKETS: Final = 10_000
"""In one body. python-engineio's own limit is 16, which socket.io-client exceeds with a burst of events."""

SEPARATOR: Final = "\x1e"
PROBE: Final = "probe"


class Type(IntEnum):
    """What a packet is for."""

    OPEN = 0
    CLOSE = 1
    PING = 2
    PONG = 3
    MESSAGE = 4
    UPGRADE = 5
    NOOP = 6


class EnginePacket(NamedTuple):
    """One packet; only messages may be binary."""

    type: Type
    data: str | bytes = ""


class _Body(Payload):  # type: ignore[misc]
    max_decode_packets = MAX_PACKETS


def decode_packet(raw: str | bytes) -> EnginePacket:
    """Return the packet that one WebSocket message is. Raises Violation."""
    try:
        return _checked(Packet(encoded_packet=raw))
    except (ValueError, RecursionError) as error:
        raise Violation("no Engine.IO packet") from error


def decode_body(body: bytes) -> list[EnginePacket]:
    """Return the packets of a POST's body, at most `MAX_PACKETS`. Raises Violation."""
    try:
        return [_checked(packet) for packet in _Body(encoded_payload=body.decode()).packets]
    except (ValueError, KeyError, RecursionError) as error:
        raise Violation("no Engine.IO payload") from error


def encode_packet(packet: EnginePacket) -> str | bytes:
    """Return the WebSocket message that is this packet."""
    encoded: str | bytes = Packet(int(packet.type), packet.data).encode()
    return encoded


def for_polling(encoded: str | bytes) -> str:
    """Return an encoded packet as it stands in the answer to a poll."""
    return encoded if isinstance(encoded, str) else str(Packet(int(Type.MESSAGE), encoded).encode(b64=True))


def join_body(packets: Iterable[str]) -> bytes:
    """Return the answer to a poll."""
    return SEPARATOR.join(packets).encode()


def open_packet(
    sid: str, *, upgrades: list[str], interval_ms: int, timeout_ms: int, max_payload_bytes: int
) -> str | bytes:
    """Return the packet that begins a session and states its terms."""
    terms = {
        "sid": sid,
        "upgrades": upgrades,
        "pingInterval": interval_ms,
        "pingTimeout": timeout_ms,
        "maxPayload": max_payload_bytes,
    }
    encoded: str | bytes = Packet(int(Type.OPEN), terms).encode()
    return encoded


def _checked(packet: Packet) -> EnginePacket:
    # The codec takes JSON for data wherever it can; no packet of Socket.IO, which begins with a digit, is any.
    if not isinstance(packet.data, str | bytes):
        raise Violation("no Engine.IO packet")
    return EnginePacket(Type(packet.packet_type), packet.data)
