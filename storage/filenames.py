"""What a file is called once nobody's machine can be hurt by its name. Pure.

A name comes from a stranger and ends up in headers, in URLs and on the disks of those who save the file. So it has no
path, nothing invisible (which could hide or turn around the real ending), nothing that a shell or a file system of
today takes for its own, and a bounded length; letters of every script stay.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_CHARS: Final = 100
MAX_BYTES: Final = 200
MAX_ENDING_CHARS: Final = 12
NAMELESS: Final = "file"

_PATH: Final = re.compile(r"[/\\]")
_TAKEN: Final = re.compile(r'[<>:"|?*%;`$]')
_DEVICES: Final = re.compile(r"(?i)(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?")


def safe_name(name: str, ending: str = "") -> str:
    """Return a harmless form of `name`; one that has nothing left is `file` and `ending`, which is ours, as `.png`."""
    last = _PATH.split(name)[-1]
    shown = "".join(map(_shown, unicodedata.normalize("NFC", last)))
    tidy = " ".join(_TAKEN.sub("_", shown).split()).strip(". ")
    if not tidy.strip("_. "):
        tidy = NAMELESS + ending
    return _shortened(f"_{tidy}" if _DEVICES.fullmatch(tidy) else tidy)


def ending_of(name: str) -> str:
    """Return the ending of a safe name with its dot, or nothing."""
    stem, dot, ending = name.rpartition(".")
    return f".{ending}" if stem and dot and ending and len(ending) <= MAX_ENDING_CHARS else ""


def _shown(char: str) -> str:
    """The character, unless it is not seen: controls, formats such as bidi overrides, lone surrogates, private ones."""
    category = unicodedata.category(char)
    if category in ("Zs", "Zl", "Zp"):
        return " "
    return "" if category.startswith("C") else char


def _shortened(name: str) -> str:
    ending = ending_of(name)
    stem = name.removesuffix(ending)[: MAX_CHARS - len(ending)]
    while len((stem + ending).encode()) > MAX_BYTES:
        stem = stem[:-1]
    return stem.rstrip(". ") + ending
