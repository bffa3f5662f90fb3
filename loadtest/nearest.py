"""The word that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that is most like this one. There must be one."""
    return difflib.get_close_matches(word.lower(), list(known), n=1, cutoff=0)[0]
