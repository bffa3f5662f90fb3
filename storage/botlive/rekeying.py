"""What companies keep under master keys: the secrets of their endpoints, which move with a new one."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.botlive.tables import shop_hooks
from storage.chatpion.rekeying import Sealing, reseal_rows
from storage.vault import Vault
from storage.wall import now_ms

LIVING: Final = shop_hooks.c.deleted_at.is_(None)
SEALING: Final = Sealing(shop_hooks, ("secret",), LIVING)


async def reseal(connection: AsyncConnection, vault: Vault) -> int:
    """Bring what older master keys sealed under the current one; return how many rows that were."""
    return await reseal_rows(connection, vault, SEALING)


async def key_ids(connection: AsyncConnection) -> set[str]:
    """The master keys that something is kept under."""
    return set((await connection.execute(select(shop_hooks.c.key_id).where(LIVING))).scalars())


async def forget(connection: AsyncConnection, vault: Vault) -> int:
    """End the endpoints whose secret only other master keys know; return how many that were."""
    end = update(shop_hooks).where(shop_hooks.c.key_id != vault.key_id, LIVING).values(deleted_at=now_ms())
    return (await connection.execute(end)).rowcount
