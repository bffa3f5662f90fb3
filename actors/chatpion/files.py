"""Which files messages of which type carry. Pure."""

from __future__ import annotations

from typing import Final

from actors.chatpion.values import LetterType

MAX_BYTES: Final = 10 * 2**20
"""What an attachment may have, decoded."""

# Ogg is a box for both, and its first bytes do not say for which.
_EITHER: Final = frozenset({"application/ogg"})


def fits(content_type: str, type: LetterType) -> bool:
    """Whether a file that is this, by its bytes, may go with a message of this type."""
    if type in ("text", "file"):
        return True
    return content_type.startswith(f"{type}/") or (type != "image" and content_type in _EITHER)
