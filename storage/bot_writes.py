"""Writes of what bots' logins and the addresses of their webhooks are made of, both of which are remembered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import BotLogin
from storage.addresses import Addresses
from storage.bridge import Bridge
from storage.database import Database
from storage.memo import Memo

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


class BotWrites:
    """Runs such writes: once one has returned, nobody is given what was remembered from before it."""

    def __init__(self, bridge: Bridge, database: Database, addresses: Addresses, logins: Memo[bytes, BotLogin]) -> None:
        self._bridge = bridge
        self._database = database
        self._addresses = addresses
        self._logins = logins

    async def run(self, work: Work[T], *, moves: bool = True) -> T:
        """Run one transaction. `moves`: it may change where webhooks lead. Raises what it does."""

        async def write() -> T:
            result = await self._change(work)
            if moves:
                await self._addresses.refresh()
            return result

        return await self._bridge.call(write)

    async def _change(self, work: Work[T]) -> T:
        try:
            return await self._database.write(work)
        finally:
            # Told before the end of the call is: whoever hears of the change finds nothing from before it.
            self._bridge.tell(self._logins.all_changed)
