"""A client's end of the wire: an `Outbox` that keeps what was sent, decoded on demand, and a `Gate` that remembers."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgpack

from protocol.codec import Codec
from protocol.codes import CloseCode

UNBOUNDED = 2**40


class FakeOutbox:
    """An `Outbox` that takes up to `room_left` bytes. `take_frames` is the client reading everything.

    `on_push` is called for each piece that is taken. `drops`: what `offer` turned away.
    `cut`: `answer` found no room. `wakes`: what `wake_for` named, in order.
    """

    def __init__(self, codec: Codec, room: int = UNBOUNDED) -> None:
        self.codec = codec
        self.room_left = room
        self.pieces: list[bytes] = []
        self.drops: list[bytes] = []
        self.wakes: list[int] = []
        self.cut = False
        self.on_push: Callable[[], None] = lambda: None

    def push(self, piece: bytes) -> bool:
        if len(piece) > self.room_left:
            return False
        self.room_left -= len(piece)
        self.pieces.append(piece)
        self.on_push()
        return True

    def offer(self, piece: bytes) -> bool:
        taken = self.push(piece)
        if not taken:
            self.drops.append(piece)
        return taken

    def answer(self, piece: bytes) -> None:
        if not self.push(piece):
            self.cut = True

    def wake_for(self, conv: int) -> None:
        self.wakes.append(conv)

    def frames(self) -> list[dict[str, Any]]:
        """All that was sent and not yet taken, as a client decodes it."""
        return list(decode_pieces(b"".join(self.pieces)))

    def take_frames(self) -> list[dict[str, Any]]:
        """Read everything; the room that it took is free again. The wakes that are due are `take_wakes`'s matter."""
        frames = self.frames()
        self.room_left += sum(map(len, self.pieces))
        self.pieces.clear()
        return frames

    def take_wakes(self) -> list[int]:
        """The conversations that a `Drained` would name now, each once."""
        wakes = list(dict.fromkeys(self.wakes))
        self.wakes.clear()
        return wakes


class FakeGate:
    """A `Gate` that keeps the first close."""

    def __init__(self) -> None:
        self.closed: tuple[CloseCode, str] | None = None

    @property
    def code(self) -> CloseCode | None:
        """With what the connection was ended, if it was."""
        return self.closed[0] if self.closed else None

    def close(self, code: CloseCode, reason: str) -> None:
        if self.closed is None:
            self.closed = (code, reason)


def split_pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Opcode and payload of joined, unmasked server frames (RFC 6455, section 5.2)."""
    at = 0
    while at < len(data):
        opcode, length, at = data[at] & 0x0F, data[at + 1], at + 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, at = int.from_bytes(data[at : at + size]), at + size
        payload, at = data[at : at + length], at + length
        assert len(payload) == length, "a piece ends inside a frame"
        yield opcode, payload


def decode_pieces(data: bytes) -> Iterator[dict[str, Any]]:
    """Parse joined server frames with the libraries a foreign client would use."""
    for opcode, payload in split_pieces(data):
        yield msgpack.unpackb(payload) if opcode == 2 else json.loads(payload)
