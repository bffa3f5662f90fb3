"""Bots as those see them who manage them, from the bots of the in-memory accounts."""

import msgspec

from actors.ports import Census
from actors.values import ManagedBot
from tests.fakes.memory_accounts import MemoryAccounts


class FakeManagers:
    """Implements `actors.bot.ports.Managers`, and what `actors.ports.People` tells of bots."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._accounts = accounts

    async def managed(self, bot: int) -> ManagedBot | None:
        view = await self._accounts.bot(bot)
        if view is None:
            return None
        owner = None if view.owner is None else view.owner.id
        metadata = msgspec.json.decode(self._accounts.metadata(bot) or "{}")
        return ManagedBot(view.id, view.name, owner, view.created_at, metadata)

    async def managed_by(self, owner: int | None) -> list[ManagedBot]:
        found = [await self.managed(view.id) for view in await self._accounts.bots(owner)]
        return [bot for bot in found if bot is not None]

    async def census(self) -> Census:
        return Census(len(self._accounts.users()), len(await self.managed_by(None)))
