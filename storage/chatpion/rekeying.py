"""What ChatPion's accounts keep under master keys: sealed texts move with a new one, hashes when they are used.

The same as `storage.credentials` does for credentials, inside the same transactions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Table, func, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.chatpion.tables import api_keys, event_hooks, social_accounts
from storage.rows import DbRow
from storage.vault import Vault, place
from storage.wall import now_ms


class Sealing(NamedTuple):
    """A table with sealed columns, and which of its rows still count."""

    table: Table
    columns: tuple[str, ...]
    living: ColumnElement[bool]


SEALINGS: Final = (
    Sealing(social_accounts, ("access_token", "app_secret", "verify_token"), social_accounts.c.status == "active"),
    Sealing(event_hooks, ("secret",), event_hooks.c.deleted_at.is_(None)),
)
LIVING_KEYS: Final = api_keys.c.revoked_at.is_(None)


async def reseal(connection: AsyncConnection, vault: Vault) -> int:
    """Bring what older master keys sealed under the current one; return how many rows that were.

    Raises `KeyFileError` when one of them does not open.
    """
    return sum([await reseal_rows(connection, vault, sealing) for sealing in SEALINGS])


async def key_ids(connection: AsyncConnection) -> set[str]:
    """The master keys that something is kept under."""
    kept = [select(sealing.table.c.key_id).where(sealing.living) for sealing in SEALINGS]
    used = union(select(api_keys.c.key_id).where(LIVING_KEYS), *kept)
    return set((await connection.execute(used)).scalars())


async def forget(connection: AsyncConnection, vault: Vault) -> int:
    """End what only other master keys know than the current one, and return how many keys and connections that were.

    They keep their rows, for their ids are known: keys are revoked, connections inactive, endpoints deleted.
    """
    ended = [
        update(api_keys).where(api_keys.c.key_id != vault.key_id, LIVING_KEYS).values(revoked_at=now_ms()),
        _left(social_accounts, vault).values(status="inactive"),
        _left(event_hooks, vault).values(deleted_at=now_ms()),
    ]
    return sum([(await connection.execute(change)).rowcount for change in ended])


async def waiting(connection: AsyncConnection, vault: Vault) -> int:
    """How many keys are to be used once before they are under the current master key."""
    query = select(func.count()).select_from(api_keys).where(api_keys.c.key_id != vault.key_id, LIVING_KEYS)
    return (await connection.execute(query)).scalar_one()


async def reseal_rows(connection: AsyncConnection, vault: Vault, sealing: Sealing) -> int:
    """Do so for one table."""
    table = sealing.table
    query = select(table).where(table.c.key_id.in_(vault.key_ids[1:]))
    rows = (await connection.execute(query)).all()
    for row in rows:
        await connection.execute(update(table).where(table.c.id == row.id), _anew(vault, sealing, row))
    return len(rows)


def _anew(vault: Vault, sealing: Sealing, row: DbRow) -> Mapping[str, Any]:
    """The row's sealed columns under the current master key."""
    kept: dict[str, Any] = {"key_id": vault.key_id}
    for column in sealing.columns:
        sealed, where = row._mapping[column], place(sealing.table.name, row.id, column)
        if sealed is not None:
            kept[column] = vault.seal_for(where, vault.unseal_for(where, row.key_id, sealed))
    return kept


def _left(table: Table, vault: Vault) -> Any:
    living = next(sealing.living for sealing in SEALINGS if sealing.table is table)
    return update(table).where(table.c.key_id != vault.key_id, living)
