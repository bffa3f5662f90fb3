"""What a dialect is to the edge: its routes, and how it says what goes wrong before or beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from quart import Blueprint, Response

Complain = Callable[[int], Response]
"""Turn a status (unknown path, wrong method, body too large, a crash) into the dialect's own shape of an error."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One API that existing clients know.

    `prefixes` are the paths that belong to it, routes or not: whatever fails under them is said with `complain`. A
    blueprint may be registered in several apps, so it holds no state but what its ports hold. `shows_files`: its
    answers lead to messages and files, which are to be had wherever it is spoken.
    """

    name: str
    blueprint: Blueprint
    prefixes: tuple[str, ...]
    complain: Complain
    shows_files: bool = False
