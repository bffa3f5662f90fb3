"""Who sees, and who fetches what is to be seen, as a hub has them."""

from __future__ import annotations

import importlib.util
import shutil

from hub.config import Config
from hub.outbound import Client, Guard, Limits
from hub.vision.features import Album
from hub.vision.fetching import EACH_S, Fetching
from hub.vision.formats import MAX_BYTES
from hub.vision.reader import Tesseract
from hub.vision.recogniser import Sight


def recogniser() -> Sight:
    """Return what sees as well as it can here: products with the extra `vision`, receipts with tesseract.

    What is installed while a hub runs is used after the next start.
    """
    program = shutil.which("tesseract")
    return Sight(Album(), Tesseract(program) if program is not None else None, has_vision=has_vision())


def gallery(config: Config) -> Fetching:
    """Return who fetches images, from where `outbound_allow` lets them be fetched."""
    limits = Limits(timeout_s=EACH_S, total_s=EACH_S, max_bytes=MAX_BYTES)
    return Fetching(Client(Guard(config.outbound_allow), limits))


def has_vision() -> bool:
    """Whether the extra is installed. It is not imported here, nor anywhere in the hub."""
    return importlib.util.find_spec("cv2") is not None
