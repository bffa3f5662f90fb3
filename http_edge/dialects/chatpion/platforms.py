"""What a platform may be called. Pure."""

from __future__ import annotations

import re
from typing import Final

from http_edge.dialects.chatpion.errors import bad_input
from http_edge.dialects.chatpion.fields import Fields

MAX_CHARS: Final = 32
_PLATFORM: Final = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)


def platform_in(fields: Fields) -> str:
    """The platform, which is required. Raises `Failed`, 400."""
    name = fields.required_text("platform", most=MAX_CHARS)
    if not _PLATFORM.fullmatch(name):
        raise bad_input("platform must be lower-case letters, digits and underscores, beginning with a letter")
    return name
