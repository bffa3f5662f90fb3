"""What an image says of itself, read without decoding it."""

import struct
import zlib

import pytest

from hub.vision.formats import MAX_BYTES, Shape, is_fit, shape_of


def png_of(width: int, height: int, body: bytes = b"") -> bytes:
    """A PNG that says to be so large, with little in it."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = b"IDAT" + zlib.compress(body)
    chunks = [head, data, b"IEND"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(each) - 4) + each + struct.pack(">I", zlib.crc32(each)) for each in chunks
    )


JPEG_HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
FRAME = b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 480, 640) + b"\x03" + bytes(9)
RIFF = b"RIFF\x00\x00\x00\x00WEBP"


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (png_of(640, 480), Shape("image/png", 640, 480)),
        (JPEG_HEAD + FRAME, Shape("image/jpeg", 640, 480)),
        (JPEG_HEAD + b"\xff\xff\xff" + FRAME[1:], Shape("image/jpeg", 640, 480)),
        (b"GIF89a" + struct.pack("<HH", 640, 480), Shape("image/gif", 640, 480)),
        (RIFF + b"VP8 " + bytes(10) + struct.pack("<HH", 640, 480), Shape("image/webp", 640, 480)),
        (RIFF + b"VP8L" + bytes(5) + struct.pack("<I", 639 | 479 << 14), Shape("image/webp", 640, 480)),
        (RIFF + b"VP8X" + bytes(8) + b"\x7f\x02\x00\xdf\x01\x00", Shape("image/webp", 640, 480)),
    ],
)
def test_the_size_is_read_from_the_head(data: bytes, shape: Shape) -> None:
    assert shape_of(data) == shape
    assert is_fit(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html><body>not here</body></html>",
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"II*\x00" + bytes(100),
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff",
        JPEG_HEAD,
        b"\xff\xd8\xff\xe0\x00\x00\x00",
        b"RIFF\x00\x00\x00\x00WAVE" + bytes(30),
        RIFF + b"ODD " + bytes(30),
        b"GIF89a",
    ],
)
def test_what_is_no_image_or_broken_off_has_no_size(data: bytes) -> None:
    assert shape_of(data) is None
    assert not is_fit(data)


@pytest.mark.parametrize(
    "size", [(0, 10), (10, 0), (40_001, 1_000), (8_000, 5_001), (2**32 - 1, 2**32 - 1), (32_001, 1)]
)
def test_what_is_too_large_or_empty_is_not_fit_for_a_decoder(size: tuple[int, int]) -> None:
    assert not is_fit(png_of(*size))


def test_40_megapixels_and_10_mib_are_still_fit() -> None:
    image = png_of(8_000, 5_000)
    padding = bytes(MAX_BYTES - len(image))
    assert is_fit(image + padding)
    assert not is_fit(image + padding + b"\x00")
