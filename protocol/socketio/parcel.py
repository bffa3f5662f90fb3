"""What goes to any number of peers, and is encoded once for all of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from protocol.socketio.engine import PROBE, EnginePacket, Type, encode_packet
from protocol.websocket import Opcode, frame


class Parcel:
    """One message with its attachments, or one packet of Engine.IO's own. Never changes.

    `encoded` are its Engine.IO packets. `size`: bytes that it takes wherever it waits, within a few.
    """

    __slots__ = ("_frames", "encoded", "size")

    def __init__(self, *packets: EnginePacket) -> None:
        self.encoded = tuple(encode_packet(packet) for packet in packets)
        self.size = sum(map(len, self.encoded))
        self._frames: bytes | None = None

    @property
    def frames(self) -> bytes:
        """The WebSocket frames, ready to be sent; made when they are first asked for."""
        if self._frames is None:
            self._frames = frames_of(self.encoded)
        return self._frames


def of_message(*messages: str | bytes) -> Parcel:
    """Return the parcel of a Socket.IO packet: its text and its attachments."""
    return Parcel(*(EnginePacket(Type.MESSAGE, message) for message in messages))


def frames_of(encoded: Iterable[str | bytes]) -> bytes:
    """Return encoded packets as WebSocket frames."""
    return b"".join(
        frame(Opcode.TEXT, packet.encode()) if isinstance(packet, str) else frame(Opcode.BINARY, packet)
        for packet in encoded
    )


PING: Final = Parcel(EnginePacket(Type.PING))
PROBED: Final = Parcel(EnginePacket(Type.PONG, PROBE))
CLOSE: Final = Parcel(EnginePacket(Type.CLOSE))
