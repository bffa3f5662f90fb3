"""Accounts, remembered: every subscriber's actor begins with its own, and an account keeps its bot for good."""

from __future__ import annotations

from actors.chatpion.values import Account
from actors.subscriber.ports import Owners


class Remembered:
    """The `Owners` port in front of another one. There are as many entries as there are accounts.

    A name may be an older one: conversations show bots by today's.
    """

    __slots__ = ("_known", "_owners")

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self._known: dict[int, Account] = {}

    async def account(self, id: int) -> Account | None:
        """The account with this id. Raises `StoreUnavailable`."""
        found = self._known.get(id) or await self._owners.account(id)
        if found is not None:
            self._known[id] = found
        return found
