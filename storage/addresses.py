"""Which bots have an address for their webhook, a bridge, an account or a company: implements `actors.ports.Addresses`.

Known in memory, because every message of a conversation with bots asks. What is written beside it here, in this
process, is followed by `refresh`; no other process writes while this one runs.
"""

from __future__ import annotations

from sqlalchemy import Table, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.bridging import TO_BOT, TO_ROOM
from actors.values import Lane
from storage.botlive.tables import companies
from storage.chatpion.tables import accounts
from storage.database import Database
from storage.models import bots, bridges


class Addresses:
    """The lanes that lead somewhere, and to whom. Asked from any thread; the rest lives on the asyncio loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lanes: frozenset[Lane] = frozenset()
        self.receivers: frozenset[int] = frozenset()
        self.speakers: frozenset[int] = frozenset()
        self.shops: frozenset[int] = frozenset()

    def lead(self, lane: Lane) -> bool:
        """Whether calls of the lane have somewhere to go."""
        return lane in self._lanes

    async def refresh(self) -> None:
        """Look again. Raises `StoreUnavailable`."""
        self._lanes = await self._database.read(_lanes)
        self.speakers = await self._database.read(lambda connection: _bots_of(connection, accounts))
        self.shops = await self._database.read(lambda connection: _bots_of(connection, companies))
        self.receivers = frozenset(lane.receiver for lane in self._lanes)


async def _bots_of(connection: AsyncConnection, tenants: Table) -> frozenset[int]:
    return frozenset((await connection.execute(select(tenants.c.bot))).scalars())


async def _lanes(connection: AsyncConnection) -> frozenset[Lane]:
    table = bots.c
    query = select(table.id, table.webhook_url, table.events_url).where(
        table.deleted_at.is_(None), or_(table.webhook_url.is_not(None), table.events_url.is_not(None))
    )
    found = set()
    for bot, webhook_url, events_url in await connection.execute(query):
        found |= {Lane("cordless", bot)} if webhook_url is not None else set()
        found |= {Lane("events", bot)} if events_url is not None else set()
    for (bot,) in await connection.execute(select(bridges.c.bot).distinct()):
        found |= {Lane(TO_BOT, bot), Lane(TO_ROOM, bot)}
    return frozenset(found)
