"""Names of people, looked up for a whole page at once: rows hold identities, frames show today's names."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import Who
from protocol.frames import Actor
from storage.models import bots, users

# One statement takes 32,766 parameters at most.
Key = TypeVar("Key", int, str)

PORTION = 10_000


class Names:
    """The names of some people."""

    def __init__(self, names: dict[Who, str]) -> None:
        self._names = names

    def actor(self, kind: str, id: int) -> Actor:
        """What frames show of someone; the name is empty for one who never existed."""
        who = Who("bot" if kind == "bot" else "user", id)
        return Actor(who.kind, who.id, self._names.get(who, ""))

    def actors(self, whos: Iterable[Who]) -> list[Actor]:
        """What frames show of some people, in order."""
        return [self.actor(*who) for who in whos]


async def names_of(connection: AsyncConnection, whos: Iterable[Who]) -> Names:
    """Look up everyone, deleted bots too: what they said keeps their name."""
    wanted = set(whos)
    found: dict[Who, str] = {}
    for kind, table in (("user", users), ("bot", bots)):
        for portion in portions(sorted(who.id for who in wanted if who.kind == kind)):
            found |= await _names(connection, table, kind, portion)
    return Names(found)


def portions(ids: list[Key]) -> Iterator[list[Key]]:
    """Cut a list into pieces that fit into one statement."""
    return (ids[start : start + PORTION] for start in range(0, len(ids), PORTION))


async def _names(connection: AsyncConnection, table: Table, kind: str, ids: list[int]) -> dict[Who, str]:
    rows = await connection.execute(select(table.c.id, table.c.name).where(table.c.id.in_(ids)))
    return {Who("bot" if kind == "bot" else "user", row.id): row.name for row in rows}
