"""Texts with variables: `Hello {{name}}, you live in {{fields.city|a city}}`. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from protocol.codes import MAX_BODY_CHARS

# Neither part can hold a brace, so that a text full of them is read once.
_VARIABLE: Final = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")
FIELD: Final = "fields."


class View(Struct, frozen=True, kw_only=True):
    """The subscriber, as texts, conditions and webhooks see it. `fields` are plain JSON."""

    id: int
    platform: str
    platform_id: str
    name: str | None = None
    email: str | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, Any] = {}

    def shown(self) -> dict[str, Any]:
        """As a webhook's body shows it."""
        return {
            "id": self.id,
            "platform": self.platform,
            "platform_id": self.platform_id,
            "name": self.name,
            "email": self.email,
            "tags": list(self.tags),
            "fields": dict(self.fields),
        }


def expand(text: str, view: View, limit: int = MAX_BODY_CHARS) -> str:
    """The text with the values in the place of their variables, cut to `limit` code points.

    What is unknown or empty is its default, or nothing. Values are put in as they are: a name that looks like a
    variable is none.
    """
    parts: list[str] = []
    room, end = limit, 0
    for found in _VARIABLE.finditer(text):
        for part in (text[end : found.start()], _value(found[1].strip(), view) or (found[2] or "").strip()):
            parts.append(part[:room])
            room -= len(parts[-1])
        end = found.end()
        if not room:
            break
    return "".join(parts) + text[end:][:room]


def expand_within(value: Any, view: View) -> Any:
    """A JSON value with all its strings expanded; keys stay as they are."""
    match value:
        case str():
            return expand(value, view)
        case list():
            return [expand_within(item, view) for item in value]
        case dict():
            return {key: expand_within(item, view) for key, item in value.items()}
        case _:
            return value


def _value(variable: str, view: View) -> str:
    match variable:
        case "name":
            return view.name or ""
        case "email":
            return view.email or ""
        case "platform_id":
            return view.platform_id
        case "tags":
            return ", ".join(view.tags)
        case _ if variable.startswith(FIELD):
            return plain(view.fields.get(variable.removeprefix(FIELD)))
        case _:
            return ""


def plain(value: Any) -> str:
    """A JSON value as people write it: no quotes, `3` for 3.0, nothing for null."""
    match value:
        case None:
            return ""
        case str():
            return value
        case float() if value.is_integer():
            return str(int(value))
        case _:
            return msgspec.json.encode(value).decode()
