"""What broadcasts need of the world."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from actors.chatpion.ports import Broadcasts
from actors.chatpion.values import Account
from actors.ports import Clock


class Owners(Protocol):
    """Whose broadcasts they are; `actors.chatpion.ports.Tenants` knows."""

    async def account(self, id: int) -> Account | None: ...


class BroadcastPorts(Struct, frozen=True, kw_only=True):
    """One for all broadcasts. Each sends `per_s` messages a second at most."""

    broadcasts: Broadcasts
    owners: Owners
    clock: Clock
    per_s: float
