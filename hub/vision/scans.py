"""Images made ready for reading, in two ways that fail differently: what is read in both alike is there.

Text is read best at some 30 pixels a line, dark on light. One scan is the image in shades of grey, the other in black
and white at another scale: a digit that smears in one is cut off in the other. Runs in the worker only.
"""

from __future__ import annotations

from typing import Any, Final

from hub.vision.matching import Tools

GREY_SIDE: Final = 2_200
SHARP_SIDE: Final = 2_900
MOST_ENLARGED: Final = 3.0
DARK: Final = 110


def scans_of(tools: Tools, image: Any) -> tuple[bytes, ...]:
    """Return the PNGs to read."""
    light = tools.cv.bitwise_not(image) if image.mean() < DARK else image
    grey = _scaled(tools, light, GREY_SIDE)
    large = _scaled(tools, light, SHARP_SIDE)
    _, sharp = tools.cv.threshold(large, 0, 255, tools.cv.THRESH_BINARY | tools.cv.THRESH_OTSU)
    return (_png(tools, grey), _png(tools, sharp))


def _scaled(tools: Tools, image: Any, side: int) -> Any:
    factor = min(side / max(image.shape), MOST_ENLARGED)
    way = tools.cv.INTER_AREA if factor < 1 else tools.cv.INTER_CUBIC
    # At the edge of some scales a side would come to nothing.
    size = tuple(max(1, round(each * factor)) for each in reversed(image.shape))
    return tools.cv.resize(image, size, interpolation=way)


def _png(tools: Tools, image: Any) -> bytes:
    _, data = tools.cv.imencode(".png", image, [tools.cv.IMWRITE_PNG_COMPRESSION, 1])
    return bytes(data.tobytes())
