"""What people set a bot to: implements `actors.ports.BotSettings`. Raises `StoreUnavailable`."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Dialect, bindparam, select, update

from actors.bridging import Bridge as Span
from actors.ports import SettingsTooLarge
from storage.addresses import Addresses
from storage.bridge import Bridge
from storage.bridges import BridgeRows
from storage.database import Database
from storage.looks import Change, Look
from storage.models import bots
from storage.together import Together

HERE = (bots.c.id == bindparam("whose"), bots.c.deleted_at.is_(None))


class BotSettings:
    """The `BotSettings` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together, addresses: Addresses) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._addresses = addresses
        self._rows = Rows(database.dialect)
        self._bridges = BridgeRows(database.dialect)

    async def settings(self, bot: int) -> dict[str, Any] | None:
        """All of a bot's settings; None: there is no such bot."""
        return await self._bridge.call(lambda: self._database.look(lambda raw: self._rows.read(raw, bot)))

    async def change(
        self, bot: int, changes: Mapping[str, Any], limit: int, bridges: Sequence[Span] | None = None
    ) -> dict[str, Any] | None:
        """Set these keys, take those away that are None, durably, and return the whole; None: there is no such bot.

        `bridges` replace those that the bot had, None leaves them.
        """

        def work(raw: sqlite3.Connection) -> dict[str, Any] | None:
            whole = self._rows.change(raw, bot, changes, limit)
            if whole is not None and bridges is not None:
                self._bridges.replace(raw, bot, bridges)
            return whole

        async def write() -> dict[str, Any] | None:
            whole = await self._together.write(work)
            if bridges is not None:
                await self._addresses.refresh()
            return whole

        return await self._bridge.call(write)

    async def bridge(self, bot: int, conv: int) -> Span | None:
        """The bot's bridge to the conversation: implements `actors.ports.Bridges`."""
        return await self._bridge.call(lambda: self._database.look(lambda raw: self._bridges.one(raw, bot, conv)))


class Rows:
    """The statements, compiled for one dialect. Runs in a connection's thread, inside a transaction or snapshot."""

    def __init__(self, dialect: Dialect) -> None:
        self._read = Look(select(bots.c.settings).where(*HERE), dialect)
        self._write = Change(update(bots).where(*HERE).values(settings=bindparam("text")), dialect)

    def read(self, raw: sqlite3.Connection, bot: int) -> dict[str, Any] | None:
        """All settings."""
        row = self._read.first(raw, whose=bot)
        return None if row is None else msgspec.json.decode(row[0] or "{}")

    def change(
        self, raw: sqlite3.Connection, bot: int, changes: Mapping[str, Any], limit: int
    ) -> dict[str, Any] | None:
        """Merge, and return the whole. Raises `SettingsTooLarge`."""
        known = self.read(raw, bot)
        if known is None:
            return None
        whole = {key: value for key, value in {**known, **changes}.items() if value is not None}
        text = msgspec.json.encode(whole).decode()
        if len(text.encode()) > limit:
            raise SettingsTooLarge(limit)
        self._write.run(raw, whose=bot, text=text)
        return whole
