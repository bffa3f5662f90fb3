"""What people may call themselves and their bots, and which passwords they may choose. Pure."""

from __future__ import annotations

import re
from typing import Final

from http_edge.dialects.botmanager.errors import bad_input

USERNAME: Final = re.compile(r"[A-Za-z0-9_.-]{3,32}", re.ASCII)
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+")
PASSWORD: Final = (8, 1_024)
MAX_EMAIL_CHARS: Final = 254
MAX_TEXT_CHARS: Final = 200
MAX_BOT_NAME_CHARS: Final = 64
MIN_QUERY_CHARS: Final = 2


def username(text: str) -> str:
    """A username. Raises `Failed`, 400, as all of these do."""
    if not USERNAME.fullmatch(text):
        raise bad_input("username must be 3 to 32 letters, digits, dots, dashes or underscores")
    return text


def email(text: str) -> str:
    """An e-mail address: whether it leads to anybody is not looked at."""
    if len(text) > MAX_EMAIL_CHARS or not text.isprintable() or not EMAIL.fullmatch(text):
        raise bad_input("email is not an e-mail address")
    return text


def password(text: str, field: str = "password") -> str:
    """A new password."""
    least, most = PASSWORD
    if not least <= len(text) <= most:
        raise bad_input(f"{field} must have {least} to {most} characters")
    return text


def text(value: str | None, field: str) -> str | None:
    """A line about somebody, as it is given."""
    if value is not None and len(value) > MAX_TEXT_CHARS:
        raise bad_input(f"{field} may have {MAX_TEXT_CHARS} characters")
    return value


def bot_name(text: str) -> str:
    """A bot's name, without the space around it."""
    name = text.strip()
    if not 0 < len(name) <= MAX_BOT_NAME_CHARS:
        raise bad_input(f"name must have 1 to {MAX_BOT_NAME_CHARS} characters")
    return name


def query(text: str | None) -> str:
    """What is searched."""
    if text is None or len(text) < MIN_QUERY_CHARS:
        raise bad_input(f"q must have {MIN_QUERY_CHARS} characters or more")
    return text
