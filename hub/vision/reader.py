"""What an OCR engine reads in an image: tesseract with French, called as a process.

On Debian and Ubuntu it is in the packages `tesseract-ocr` and `tesseract-ocr-fra`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from hub.vision.processes import confined

WALL_S: Final = 8.0
LANGUAGE: Final = "fra"
BLOCK: Final = "6"
"""Page segmentation: one block of lines; pieces of a screen are not put into an order of their own."""
COLUMN: Final = "4"


class Engine(Protocol):
    """What reads text."""

    async def read(self, image: bytes, *, layout: str = BLOCK) -> str:
        """Return the text in an image. Raises `Failed`."""


class Tesseract:
    """An `Engine`."""

    def __init__(self, program: str) -> None:
        self._program = program

    async def read(self, image: bytes, *, layout: str = BLOCK) -> str:
        """Return the text in an image. Raises `Failed`."""
        command = (self._program, "stdin", "stdout", "-l", LANGUAGE, "--psm", layout)
        return (await confined(command, image, wall_s=WALL_S)).decode(errors="replace")


async def readings(engine: Engine, image: bytes, scans: Sequence[bytes]) -> list[str]:
    """Read each scan, or the image itself in two layouts where there are none. Raises `Failed`."""
    if scans:
        return [await engine.read(scan) for scan in scans]
    return [await engine.read(image, layout=layout) for layout in (BLOCK, COLUMN)]
