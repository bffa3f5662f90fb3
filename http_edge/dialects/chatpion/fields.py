"""What stands in a body or a query, read as what it must be. Pure; each fault is a `Failed`, 400, and names the field.

Null is the same as absent. In forms and queries numbers and booleans are texts, and lists and objects may be JSON.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final

import msgspec

from http_edge.dialects.chatpion.errors import bad_input
from protocol.codes import MAX_ID

_WHOLE: Final = re.compile(r"[0-9]{1,16}", re.ASCII)
_WORDS: Final = {
    "true": True,
    "1": True,
    "on": True,
    "yes": True,
    "false": False,
    "0": False,
    "off": False,
    "no": False,
}


class Fields:
    """The fields. `textual`: they come from a form or a query."""

    __slots__ = ("_textual", "_values")

    def __init__(self, values: Mapping[str, Any] | None = None, *, textual: bool = False) -> None:
        self._values = values or {}
        self._textual = textual

    def __contains__(self, name: str) -> bool:
        return name in self._values

    @property
    def values(self) -> Mapping[str, Any]:
        """What was given, as it was given."""
        return self._values

    def is_null(self, name: str) -> bool:
        """Whether it is given, and null; in a form, empty."""
        return name in self._values and (self._values[name] is None or (self._textual and self._values[name] == ""))

    def text(self, name: str, *, most: int) -> str | None:
        """A text, without the white space around it; None for one that is absent or blank."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise bad_input(f"{name} must be a text")
        value = value.strip()
        if len(value) > most:
            raise bad_input(f"{name} may have {most} characters at most")
        if "\0" in value:
            raise bad_input(f"{name} must not have a NUL in it")
        return value or None

    def required_text(self, name: str, *, most: int) -> str:
        """A text that must be there."""
        value = self.text(name, most=most)
        if value is None:
            raise bad_input(f"{name} is required")
        return value

    def raw(self, name: str) -> str | None:
        """A text of whatever length, as it is; None for one that is absent or blank."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, str):
            raise bad_input(f"{name} must be a text")
        return value if value and not value.isspace() else None

    def choice(self, name: str, known: Collection[str]) -> str | None:
        """One of these words."""
        value = self._values.get(name)
        if value is None or (self._textual and value == ""):
            return None
        if not isinstance(value, str) or value not in known:
            raise bad_input(f"{name} must be one of {', '.join(known)}")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number, 0 or more. PHP's programs send digits, in JSON too."""
        value = self._values.get(name)
        if value is None or (self._textual and value == ""):
            return None
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_ID:
            raise bad_input(f"{name} must be a whole number, 0 or more")
        return value

    def required_whole(self, name: str) -> int:
        """A whole number that must be there."""
        value = self.whole(name)
        if value is None:
            raise bad_input(f"{name} is required")
        return value

    def flag(self, name: str) -> bool:
        """Whether; absent is false."""
        value = self._values.get(name)
        if self._textual and isinstance(value, str):
            value = _WORDS.get(value.lower(), False if value == "" else value)
        if value is not None and not isinstance(value, bool):
            raise bad_input(f"{name} must be true or false")
        return bool(value)

    def texts(self, name: str, *, most: int, each: int) -> tuple[str, ...] | None:
        """A list of texts, each once, none of them blank; None if it is absent."""
        value = self._value(name)
        if value is None:
            return None
        if self._textual and isinstance(value, str):
            value = [value] if value else []
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise bad_input(f"{name} must be a list of texts")
        found = tuple(dict.fromkeys(item.strip() for item in value))
        if len(found) > most or any(not 1 <= len(item) <= each for item in found):
            raise bad_input(f"{name} may have {most} items of 1 to {each} characters")
        return found

    def object(self, name: str) -> dict[str, Any] | None:
        """An object; None if it is absent."""
        value = self._value(name)
        if value is None or (self._textual and value == ""):
            return None
        if not isinstance(value, dict):
            raise bad_input(f"{name} must be an object")
        return value

    def inner(self, name: str) -> Fields | None:
        """The fields of an object; None if it is absent."""
        found = self.object(name)
        return None if found is None else Fields(found, textual=self._textual)

    def list(self, name: str) -> list[Any] | None:
        """A list; None if it is absent."""
        value = self._value(name)
        if value is None or (self._textual and value == ""):
            return None
        if not isinstance(value, list):
            raise bad_input(f"{name} must be a list")
        return value

    def _value(self, name: str) -> Any:
        """The value; of a form, what its text says as JSON, if it begins like a list or an object."""
        value = self._values.get(name)
        if not (self._textual and isinstance(value, str) and value.lstrip().startswith(("[", "{"))):
            return value
        try:
            return msgspec.json.decode(value)
        except (msgspec.MsgspecError, RecursionError):
            raise bad_input(f"{name} is not valid JSON") from None
