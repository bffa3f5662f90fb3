"""Which bots were there, over restarts: implements `actors.ports.Presences`. Raises `StoreUnavailable`."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Dialect, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import BotSeen
from storage.bridge import Bridge
from storage.database import Database
from storage.looks import Change
from storage.models import bot_presence, bots
from storage.together import Together

ROW = bot_presence.c


class Presences:
    """The `Presences` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._saving = Saving(database.dialect)

    async def all(self) -> list[BotSeen]:
        """What was last saved of every bot that ever showed itself."""
        return await self._bridge.call(lambda: self._database.read(_all))

    async def save(self, seen: BotSeen) -> None:
        """Keep a bot's presence, durably. One that is gone is no error."""
        await self._bridge.call(lambda: self._together.write(lambda raw: self._saving.save(raw, seen)))


class Saving:
    """The statements, compiled for one dialect. Runs in a connection's thread, inside a transaction."""

    def __init__(self, dialect: Dialect) -> None:
        values: dict[str, Any] = {"online": bindparam("there"), "last_active": bindparam("at")}
        self._change = Change(update(bot_presence).where(ROW.bot == bindparam("whose")).values(values), dialect)
        row = select(bots.c.id, bindparam("there"), bindparam("at"))
        alive = row.where(bots.c.id == bindparam("whose"), bots.c.deleted_at.is_(None))
        columns = [ROW.bot, ROW.online, ROW.last_active]
        self._begin = Change(insert(bot_presence).from_select(columns, alive), dialect)

    def save(self, raw: sqlite3.Connection, seen: BotSeen) -> None:
        """Change the bot's row, or make it unless the bot is gone."""
        values = {"whose": seen.bot, "there": int(seen.online), "at": seen.last_active}
        if not self._change.run(raw, **values):
            self._begin.run(raw, **values)


async def _all(connection: AsyncConnection) -> list[BotSeen]:
    rows = await connection.execute(select(ROW.bot, ROW.online, ROW.last_active))
    return [BotSeen(row.bot, bool(row.online), row.last_active) for row in rows]
