"""Bots as those see them who manage them, from the bots of the in-memory accounts."""

from actors.values import ManagedBot
from tests.fakes.memory_accounts import MemoryAccounts


class FakeManagers:
    """Implements `actors.bot.ports.Managers`."""

    def __init__(self, accounts: MemoryAccounts) -> None:
        self._accounts = accounts

    async def managed(self, bot: int) -> ManagedBot | None:
        view = await self._accounts.bot(bot)
        if view is None:
            return None
        owner = None if view.owner is None else view.owner.id
        return ManagedBot(view.id, view.name, owner, view.created_at, metadata={})
