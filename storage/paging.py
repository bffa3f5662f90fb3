"""Many rows, page by page: where they are is found once, what is there is read as it is asked for."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final, TypeVar

from storage.bridge import Bridge
from storage.database import Database

T = TypeVar("T")

PAGE: Final = 500


async def ascending(
    bridge: Bridge,
    database: Database,
    places: Callable[[sqlite3.Connection], list[int]],
    at: Callable[[sqlite3.Connection, Sequence[int]], list[T]],
) -> AsyncGenerator[list[T], None]:
    """Yield what is at these `places`, which are in descending order, in ascending order; what is gone is left out."""
    found = await bridge.call(lambda: database.look(places))
    found.reverse()
    for start in range(0, len(found), PAGE):
        page = found[start : start + PAGE]
        yield await bridge.call(lambda page=page: database.look(lambda raw: at(raw, page)))  # type: ignore[misc]
