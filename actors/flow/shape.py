"""What msgspec finds wrong with a value, said for people: `option 2: label: expected str, got int`. Pure."""

import re
from typing import Any, Final, TypeVar

import msgspec

from actors.flow.errors import BadFlow

T = TypeVar("T")

_PLACE: Final = re.compile(r"(?P<fault>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*)`)?", re.DOTALL)
_STEP: Final = re.compile(r"\.(?P<key>[^.\[]+)|\[(?:(?P<item>\d+)|\.\.\.)\]")
_MISSING: Final = re.compile(r"Object missing required field (.*)")
_FORM: Final = "Expected str matching regex"
_AN_ID: Final = "expected 1 to 64 letters, digits, '_', '.' or '-'"
_FORMS: Final = {
    "id": _AN_ID,
    "node": _AN_ID,
    "variable": "expected name, email, platform, tags or fields.KEY",
}
_MEMBERS: Final = {"options": "option", "cases": "case", "actions": "action", "keywords": "keyword"}


def convert(value: Any, type: type[T], node: str | None = None) -> T:
    """The value as this type. Raises `BadFlow`, which names the first fault and where it is."""
    try:
        return msgspec.convert(value, type)
    except msgspec.ValidationError as error:
        raise BadFlow(_told(str(error)), node) from error


def _told(error: str) -> str:
    found = _PLACE.fullmatch(error)
    fault, path = (error, "") if found is None else (found["fault"].replace("`", ""), found["path"] or "")
    words = _words(path)
    return ": ".join([*words, _said(fault, words[-1] if words else "")])


def _said(fault: str, key: str) -> str:
    missing = _MISSING.fullmatch(fault)
    if missing is not None:
        return f"{missing[1]} is missing"
    if fault.startswith(_FORM) and key in _FORMS:
        return _FORMS[key]
    return fault[:1].lower() + fault[1:]


def _words(path: str) -> list[str]:
    """The path in words; members of a list are counted from 1."""
    words: list[str] = []
    for step in _STEP.finditer(path):
        if step["key"] is not None:
            words.append(step["key"])
        elif step["item"] is not None and words:
            name = words.pop()
            words.append(f"{_MEMBERS.get(name, name)} {int(step['item']) + 1}")
    return words
