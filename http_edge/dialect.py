"""What a dialect is to the edge: its routes, and how it says what goes wrong before or beside them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from quart import Blueprint, Response

Complain = Callable[[int], Response]
"""Turn a status (unknown path, wrong method, body too large, a crash) into the dialect's own shape of an error."""

View = Callable[..., Awaitable[Response]]
"""Answers the request at hand."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One API that existing clients know.

    `prefixes` are the paths that belong to it, routes or not: whatever fails under them is said with `complain`. A
    blueprint may be registered in several apps, so it holds no state but what its ports hold. `shows_files`: its
    answers lead to messages and files, which are to be had wherever it is spoken. `shared` are the views of methods and
    rules that other dialects have too (`dispatch.SHARED`), and that are therefore not on its blueprint.
    """

    name: str
    blueprint: Blueprint
    prefixes: tuple[str, ...]
    complain: Complain
    shows_files: bool = False
    shared: Mapping[tuple[str, str], View] = field(default_factory=dict)
