"""Forms as PHP and other programs send them: lists and objects by brackets, or by repeated names. Pure.

    tags[]=a&tags[]=b    tags[0]=a&tags[1]=b    tags=a&tags=b    target[tags][]=a&schedule[time]=…

All leaves are texts; whether a text is a number, or the JSON of a list, is for whoever reads the field to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

MAX_DEPTH: Final = 6
_NAME: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_PART: Final = re.compile(r"\[([^\[\]]*)\]")


class BadForm(ValueError):
    """The names contradict each other. The text is meant for whoever sent them."""


class _Branch(dict[str, Any]):
    """What has parts: their names, or `0`, `1`, … for a list."""


def read(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the fields of a form. Raises `BadForm`."""
    root = _Branch()
    for name, value in pairs:
        if not name:
            continue  # as PHP does: there is nothing to know it by
        _put(root, _path(name), name, value)
    return {key: _plain(value) for key, value in root.items()}


def _path(name: str) -> list[str]:
    """The names on the way to a value. What has other brackets is a name like any other."""
    match = _NAME.fullmatch(name)
    if match is None:
        return [name]
    path = [match[1], *_PART.findall(match[2])]
    if len(path) > MAX_DEPTH:
        raise BadForm(f"{match[1]} is nested too deep")
    return path


def _put(root: _Branch, path: list[str], name: str, value: str) -> None:
    branch = root
    for part in path[:-1]:
        below = branch.setdefault(_key(branch, part), _Branch())
        if not isinstance(below, _Branch):
            raise BadForm(f"{name} is a value and has parts")
        branch = below
    key = _key(branch, path[-1])
    known = branch.get(key)
    if isinstance(known, _Branch):
        raise BadForm(f"{name} is a value and has parts")
    branch[key] = value if known is None else [*(known if isinstance(known, list) else [known]), value]


def _key(branch: _Branch, part: str) -> str:
    return part or str(len(branch))


def _plain(value: Any) -> Any:
    if not isinstance(value, _Branch):
        return value
    if all(key.isascii() and key.isdigit() and len(key) < 10 for key in value):
        return [_plain(value[key]) for key in sorted(value, key=int)]
    return {key: _plain(each) for key, each in value.items()}
