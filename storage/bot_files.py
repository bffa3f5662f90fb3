"""What bots hand over as a whole: implements `actors.ports.BotFiles`. Raises `StoreUnavailable`."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec
from sqlalchemy import Dialect, bindparam, insert, select, update

from actors.values import BotData
from storage.bridge import Bridge
from storage.database import Database
from storage.looks import Change, Look
from storage.models import bot_data, bots
from storage.together import Together

ROW = bot_data.c


class BotFiles:
    """The `BotFiles` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._rows = Rows(database.dialect)

    async def keep(self, bot: int, kept: BotData) -> bool:
        """Replace what is kept, durably. False: the bot is gone."""
        return await self._bridge.call(lambda: self._together.write(lambda raw: self._rows.keep(raw, bot, kept)))

    async def kept(self, bot: int) -> BotData | None:
        """What was handed over last."""
        return await self._bridge.call(lambda: self._database.look(lambda raw: self._rows.kept(raw, bot)))


class Rows:
    """The statements, compiled for one dialect. Runs in a connection's thread, inside a transaction or snapshot."""

    def __init__(self, dialect: Dialect) -> None:
        values: dict[str, Any] = {"data": bindparam("text"), "updated_at": bindparam("at")}
        row = select(bots.c.id, bindparam("text"), bindparam("at"))
        alive = row.where(bots.c.id == bindparam("whose"), bots.c.deleted_at.is_(None))
        columns = [ROW.bot, ROW.data, ROW.updated_at]
        self._change = Change(update(bot_data).where(ROW.bot == bindparam("whose")).values(values), dialect)
        self._begin = Change(insert(bot_data).from_select(columns, alive), dialect)
        self._kept = Look(select(ROW.data, ROW.updated_at).where(ROW.bot == bindparam("whose")), dialect)

    def keep(self, raw: sqlite3.Connection, bot: int, kept: BotData) -> bool:
        """Change the bot's row, or make it; False: the bot is gone."""
        values = {"whose": bot, "text": msgspec.json.encode(kept.data).decode(), "at": kept.updated_at}
        return bool(self._change.run(raw, **values) or self._begin.run(raw, **values))

    def kept(self, raw: sqlite3.Connection, bot: int) -> BotData | None:
        """The bot's row."""
        row = self._kept.first(raw, whose=bot)
        return None if row is None else BotData(msgspec.json.decode(row[0]), row[1])
