"""Writes to the table of credentials: new ones, and old ones under another master key."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, delete, insert, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.values import Who
from protocol.frames import Credential
from storage.models import credentials, passes
from storage.vault import Kept, Vault

ID_BITS = 52
KEY = ("owner_kind", "owner_id", "credential")
OLD = delete(credentials).where(*(credentials.c[name] == bindparam(f"old_{name}") for name in KEY))
KEEP = (
    update(credentials)
    .where(credentials.c.id == bindparam("kept_id"))
    .values({name: bindparam(f"new_{name}") for name in Kept._fields})
)


async def renew(
    connection: AsyncConnection, vault: Vault, owners: Iterable[Who], kinds: Iterable[Credential]
) -> dict[Who, dict[Credential, str]]:
    """Make new credentials of these kinds for each owner in place of what they had; return them in plain."""
    kinds = tuple(kinds)
    made = {owner: {kind: vault.mint(owner, kind) for kind in kinds} for owner in owners}
    rows = [_row(vault, owner, kind, secret) for owner, mine in made.items() for kind, secret in mine.items()]
    if rows:
        await connection.execute(OLD, [{f"old_{name}": row[name] for name in KEY} for row in rows])
        await connection.execute(insert(credentials), rows)
    return made


def further(vault: Vault, owner: Who, credential: Credential) -> tuple[str, dict[str, object]]:
    """Make one more of a kind that is presented, beside those that there are; return it in plain, and its row."""
    secret = vault.mint(owner, credential)
    return secret, _row(vault, owner, credential, secret) | {"credential": f"{credential}:{secrets.token_hex(5)}"}


async def keep_anew(connection: AsyncConnection, kept: Mapping[int, Kept]) -> None:
    """Store what is kept of these credentials, by id, in place of what was. One that was rotated since stays so."""
    rows = [
        {"kept_id": credential_id} | {f"new_{name}": value for name, value in new._asdict().items()}
        for credential_id, new in kept.items()
    ]
    if rows:
        await connection.execute(KEEP, rows)


async def reseal(connection: AsyncConnection, vault: Vault) -> int:
    """Bring what the vault's older master keys sealed under the current one; return how many secrets that were.

    Raises `KeyFileError` when one of them does not open. What is only hashed waits for its next use: until then nobody
    but its bearer knows it.
    """
    query = select(credentials).where(credentials.c.sealed.is_not(None), credentials.c.key_id.in_(vault.key_ids[1:]))
    kept = {}
    for row in (await connection.execute(query)).all():
        owner = Who(row.owner_kind, row.owner_id)
        kept[row.id] = vault.keep(owner, row.credential, vault.unseal(owner, row.credential, row.key_id, row.sealed))
    await keep_anew(connection, kept)
    return len(kept)


async def key_ids(connection: AsyncConnection) -> set[str]:
    """The master keys that some credential, or some session of the web, is kept under."""
    used = union(select(credentials.c.key_id), select(passes.c.key_id))
    return set((await connection.execute(used)).scalars())


def _row(vault: Vault, owner: Who, credential: Credential, secret: str) -> dict[str, object]:
    owned: dict[str, object] = {"owner_kind": owner.kind, "owner_id": owner.id, "credential": credential}
    # Drawn, not counted: no id comes twice, not even after a restart or when a backup is restored.
    return owned | {"id": secrets.randbits(ID_BITS)} | vault.keep(owner, credential, secret)._asdict()
