"""Where links in texts lead, and clicks on them: implements `actors.chatpion.ports.Links`.

Links are kept in the transaction that keeps their text: none of them is ever shown before it leads somewhere.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from sqlalchemy import Dialect, bindparam, insert, select

from actors.chatpion.links import Link
from storage.bridge import Bridge
from storage.chatpion.tables import links
from storage.chatpion.tallies import Tallies
from storage.database import Database
from storage.looks import Change, Look
from storage.together import Together


class LinkRows:
    """The statements, compiled for one dialect; run in a connection's thread, inside a transaction or snapshot."""

    def __init__(self, dialect: Dialect) -> None:
        row = links.c
        mine = row.token == bindparam("which")
        self._insert = Change(insert(links), dialect)
        self._url = Look(select(row.url).where(mine), dialect)
        self._whose = Look(select(row.account, row.platform).where(mine), dialect)

    def keep(
        self, raw: sqlite3.Connection, account: int, platform: str, letter: int | None, made: Iterable[Link]
    ) -> None:
        """Have these lead where they should; `letter` is the message that they stand in."""
        whose = {"account": account, "platform": platform, "letter": letter}
        self._insert.run_each(raw, [{**whose, "token": link.token, "url": link.url} for link in made])

    def url(self, raw: sqlite3.Connection, token: str) -> str | None:
        """Where it leads."""
        row = self._url.first(raw, which=token)
        return None if row is None else row[0]

    def whose(self, raw: sqlite3.Connection, token: str) -> tuple[int, str] | None:
        """The account and the platform of the text that it stands in."""
        row = self._whose.first(raw, which=token)
        return None if row is None else (row[0], row[1])


class Links:
    """The `Links` port on a database."""

    def __init__(
        self, bridge: Bridge, database: Database, together: Together, rows: LinkRows, tallies: Tallies
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._rows = rows
        self._tallies = tallies

    async def url(self, token: str) -> str | None:
        """Where a link leads; None: there is no such link. Raises `StoreUnavailable`."""
        return await self._bridge.call(lambda: self._database.look(lambda raw: self._rows.url(raw, token)))

    async def clicked(self, token: str, now: int) -> None:
        """Count a click. Clicks of many share their transactions. Raises `StoreUnavailable`."""

        def work(raw: sqlite3.Connection) -> None:
            whose = self._rows.whose(raw, token)
            if whose is not None:
                self._tallies.happen(raw, *whose, "click", now)

        await self._bridge.call(lambda: self._together.write(work))
