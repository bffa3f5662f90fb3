"""From a TCP stream to WebSocket frames (RFC 6455 5.2), without decoding what a measurement does not need.

A message of the load carries a marker, `TS:` and 16 hexadecimal digits: when it was due to be sent, in nanoseconds. One
regular expression over everything that arrived finds the markers at the speed of C; a frame is decoded only when it
holds none.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

MARKER: Final = re.compile(rb"TS:([0-9a-f]{16})")


class Frame(NamedTuple):
    """Where one payload stands in the bytes that `Walker.feed` returned."""

    opcode: int
    start: int
    end: int


class Walker:
    """Cuts what a server sends into frames, wherever the reads happened to split it."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, chunk: bytes) -> tuple[bytes, list[Frame]]:
        """Return bytes, beginning with a frame, and the frames that are whole in them; the tail waits for more.

        Fragmented messages are not put together: the servers measured here never fragment.
        """
        data = self._rest + chunk if self._rest else chunk
        size = len(data)
        frames: list[Frame] = []
        at = 0
        while at + 2 <= size:
            length = data[at + 1]
            start = at + 2
            if length >= 126:
                start += 2 if length == 126 else 8
                length = int.from_bytes(data[at + 2 : start], "big")
            end = start + length
            if end > size or start > size:
                break
            frames.append(Frame(data[at] & 0x0F, start, end))
            at = end
        self._rest = data[at:]
        return data, frames


def stamps(data: bytes, end: int) -> list[int]:
    """Return the due times of all markers in `data[:end]`, in order."""
    return [int(digits, 16) for digits in MARKER.findall(data, 0, end)]


def mark(due_ns: int) -> str:
    """Return the marker of a message that is due at `due_ns`."""
    return f"TS:{due_ns:016x}"
