"""What an image says of itself in its first bytes: JPEG, PNG, WebP and GIF. Pure.

The hub decodes no image. It reads the few bytes that say how large one is, so that what is too large, and what is
something else altogether (HTML, SVG, TIFF), never reaches a decoder.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

MAX_BYTES: Final = 10 * 2**20
MAX_PIXELS: Final = 40_000_000
MAX_SIDE: Final = 32_000
NO_DIMENSIONS: Final = frozenset({0xC4, 0xC8, 0xCC})
BARE_MARKERS: Final = frozenset({0x01, *range(0xD0, 0xD9)})


class Shape(NamedTuple):
    """How an image is packed, and how large it says to be, in pixels."""

    content_type: str
    width: int
    height: int


def shape_of(data: bytes) -> Shape | None:
    """Return what the head says; None: it is no image of a kind that is read, or broken off within the head."""
    for magic, (content_type, measure) in KINDS.items():
        if data.startswith(magic):
            try:
                return Shape(content_type, *measure(data))
            except (struct.error, IndexError, ValueError):
                return None
    return None


def is_fit(data: bytes) -> bool:
    """Whether this may be given to a decoder."""
    shape = shape_of(data) if len(data) <= MAX_BYTES else None
    if shape is None:
        return False
    sides = (shape.width, shape.height)
    return min(sides) > 0 and max(sides) <= MAX_SIDE and shape.width * shape.height <= MAX_PIXELS


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int]:
    """From marker to marker up to the frame header."""
    place = 2
    while data[place] == 0xFF:
        marker = data[place + 1]
        if 0xC0 <= marker <= 0xCF and marker not in NO_DIMENSIONS:
            height, width = struct.unpack_from(">HH", data, place + 5)
            return width, height
        # A marker may be preceded by any number of 0xFF.
        place += 1 if marker == 0xFF else 2 if marker in BARE_MARKERS else 2 + _length(data, place + 2)
    raise ValueError("no marker where one should be")


def _length(data: bytes, place: int) -> int:
    (length,) = struct.unpack_from(">H", data, place)
    return int(length)


def _webp(data: bytes) -> tuple[int, int]:
    if data[8:12] != b"WEBP":
        raise ValueError("another file in a RIFF")
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            (bits,) = struct.unpack_from("<I", data, 21)
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _three_bytes(data, 24) + 1, _three_bytes(data, 27) + 1
        case _:
            raise ValueError("no kind of WebP")


def _three_bytes(data: bytes, place: int) -> int:
    low, high = struct.unpack_from("<HB", data, place)
    return int(low | high << 16)


KINDS: Final[Mapping[bytes, tuple[str, Callable[[bytes], tuple[int, int]]]]] = {
    b"\xff\xd8\xff": ("image/jpeg", _jpeg),
    b"\x89PNG\r\n\x1a\n": ("image/png", _png),
    b"RIFF": ("image/webp", _webp),
    b"GIF87a": ("image/gif", _gif),
    b"GIF89a": ("image/gif", _gif),
}
