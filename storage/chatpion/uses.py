"""How much of their limits keys have used: implements `actors.chatpion.ports.Limiter`.

It is decided at once, in the trio thread, from what is in memory, so that however many requests come at the same time
no more than the limit pass. What was accepted is written while the request is served, and nobody is answered before it
is on disk: a hub that is killed has forgotten requests only that nobody has an answer to. What piles up while a write
is under way is one write.
"""

from __future__ import annotations

import sqlite3
from typing import TypeVar

import msgspec
import trio
from sqlalchemy import Dialect, bindparam, delete, insert, select

from actors.chatpion.limits import Allowed, Group, Limits, Refused, Used, take
from storage.bridge import Bridge
from storage.chatpion.tables import key_uses
from storage.database import Database
from storage.looks import Change, Look
from storage.together import Together

T = TypeVar("T")


class Uses:
    """What the keys have used. There is one for each key, which lives as long as the process: keys are few."""

    def __init__(self, bridge: Bridge, database: Database, together: Together) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._rows = UseRows(database.dialect)
        self._uses: dict[int, Use] = {}

    def limiter(self, limits: Limits) -> Limiter:
        """What holds keys to these limits."""
        return Limiter(self, limits)

    async def use(self, key: int) -> Use:
        """What the key has used so far."""
        known = self._uses.get(key)
        if known is None:
            found = await self._bridge.call(lambda: self._database.look(lambda raw: self._rows.find(raw, key)))
            # Another request may have been faster, and have been counted by now.
            known = self._uses.setdefault(key, Use(found))
        return known

    async def keep(self, key: int) -> None:
        """Have on disk what is counted by now."""
        use = await self.use(key)
        wanted = use.counted
        async with use.turn:
            if use.kept < wanted:
                counted, used = use.counted, use.used
                await self._bridge.call(lambda: self._together.write(lambda raw: self._rows.save(raw, key, used)))
                use.kept = counted


class Use:
    """What one key has used; `counted` and `kept` are how many requests that are, of this run."""

    __slots__ = ("counted", "kept", "turn", "used")

    def __init__(self, used: Used) -> None:
        self.used = used
        self.counted = 0
        self.kept = 0
        self.turn = trio.Lock()


class Limiter:
    """The `Limiter` port on a database."""

    def __init__(self, uses: Uses, limits: Limits) -> None:
        self._uses = uses
        self.limits = limits

    async def take(self, key: int, now: int) -> Allowed | Refused:
        """Count a request, if there is room for it."""
        use = await self._uses.use(key)
        use.used, verdict = take(use.used, self.limits, now)
        use.counted += isinstance(verdict, Allowed)
        return verdict

    async def keep(self, key: int) -> None:
        """Return once every request of the key that was taken before is on disk."""
        await self._uses.keep(key)


class UseRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        row = key_uses.c
        which = row.key == bindparam("which")
        self._find = Look(select(row.recent, row.day, row.used).where(which), dialect)
        self._clear = Change(delete(key_uses).where(which), dialect)
        self._insert = Change(insert(key_uses), dialect)

    def find(self, raw: sqlite3.Connection, key: int) -> Used:
        """What is stored of the key."""
        row = self._find.first(raw, which=key)
        return Used() if row is None else Used(msgspec.json.decode(row[0], type=tuple[Group, ...]), row[1], row[2])

    def save(self, raw: sqlite3.Connection, key: int, used: Used) -> None:
        """Store it in place of what was."""
        self._clear.run(raw, which=key)
        recent = msgspec.json.encode(used.recent).decode()
        self._insert.run(raw, key=key, recent=recent, day=used.day, used=used.in_day)
