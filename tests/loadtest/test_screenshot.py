"""The HTML report in a real browser: its lines are on the screen."""

import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from loadtest.page import page
from tests.loadtest.test_page import FULL
from tests.loadtest.test_result_file import FILE

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pixels(png: bytes) -> list[bytes]:
    """Return the rows of an image of 8 bits a channel (PNG 1.2, section 6: a row is filtered by the one above)."""
    at, packed, width, channels = 8, b"", 0, 3
    while at < len(png):
        (size,), kind = struct.unpack_from(">I", png, at), png[at + 4 : at + 8]
        body = png[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, _, _, colour = struct.unpack_from(">IIBB", body)
            channels = {2: 3, 6: 4}[colour]
        packed += body if kind == b"IDAT" else b""
        at += size + 12
    data, step, rows = zlib.decompress(packed), width * channels, []
    above = bytes(step)
    for start in range(0, len(data), step + 1):
        above = unfiltered(data[start], data[start + 1 : start + 1 + step], above, channels)
        rows.append(above)
    return rows


def unfiltered(kind: int, row: bytes, above: bytes, channels: int) -> bytes:
    found = bytearray(channels) + bytearray(row)  # with one empty pixel before the first
    corner = bytes(channels) + above
    for at in range(len(row)):
        left, up, diagonal = found[at], above[at], corner[at]
        nearest = min((left, up, diagonal), key=lambda each: abs(left + up - diagonal - each))
        found[at + channels] = (row[at] + (0, left, up, (left + up) // 2, nearest)[kind]) & 255
    return bytes(found[channels:])


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed")
def test_a_browser_paints_the_lines(tmp_path: Path) -> None:
    html = page(replace(FILE, runs=[FULL]))
    drawn, empty = screenshot(tmp_path, html), screenshot(tmp_path, re.sub("<path [^>]*stroke=[^>]*>", "", html))
    # Everything else is the same, and the legends have the lines' colours too: what counts is what the lines add.
    assert sum(one != other for one, other in zip(drawn, empty, strict=True)) > 1_000


def screenshot(tmp_path: Path, html: str) -> bytes:
    (tmp_path / "a.html").write_text(html)
    arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--window-size=700,1400",
        "--force-device-scale-factor=0.5",  # a quarter of the pixels to unpack
        f"--user-data-dir={tmp_path}/home",
    ]
    command = [str(CHROMIUM), *arguments, f"--screenshot={tmp_path}/a.png", f"file://{tmp_path}/a.html"]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return b"".join(pixels((tmp_path / "a.png").read_bytes()))
