"""Which master keys a database needs, and how the current one is replaced with nothing dying.

A rotation puts a new key before the others. What is sealed moves under it at once; what is only hashed moves when it is
used, and until then its old key must stay in the file; sessions of the web do not move, they end by themselves. A key
that nothing is kept under any more leaves it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.botlive import rekeying as shops
from storage.bridge import Bridge
from storage.chatpion import rekeying
from storage.credentials import key_ids, reseal
from storage.database import Database
from storage.errors import KeyFileError
from storage.keyfile import new_key, read_keys, write_keys
from storage.models import credentials, passes
from storage.vault import Vault, key_id_of


class Rotation(NamedTuple):
    """What became of a rotation: the current key, the older ones that stay, how many credentials wait under them."""

    key_id: str
    older: list[str]
    waiting: int
    ended: int


async def open_vault(bridge: Bridge, database: Database, path: Path, *, may_make: bool) -> Vault:
    """Return the vault of this database, everything that is sealed under its current master key.

    A file that is not there is made, if nothing in the database needs it and `may_make`. Raises `KeyFileError`.
    """
    needed = await bridge.call(lambda: database.read(_needed))
    vault = Vault(_read_or_make(path, needed, may_make=may_make))
    _check_complete(path, needed, vault)
    if needed - {vault.key_id}:
        await bridge.call(lambda: database.write(partial(_reseal, vault=vault)))
    return vault


async def rotate(bridge: Bridge, database: Database, path: Path, *, forget: bool) -> Rotation:
    """Make a new current key; with `forget`, instead, end every credential that only another key knows.

    The file is written before the database is: whenever this is cut off, the next start or the next rotation goes on
    from there. Raises `KeyFileError` and `StoreUnavailable`.
    """
    keys = _read(path)
    needed = await bridge.call(lambda: database.read(_needed))
    if not forget:
        _check_complete(path, needed, Vault(keys))
        keys = [new_key(), *keys]
        write_keys(path, keys)
    vault = Vault(keys)
    ended, needed, waiting = await bridge.call(lambda: database.write(partial(_move, vault=vault, forget=forget)))
    kept = [key for key in keys if key_id_of(key) in needed | {vault.key_id}]
    if len(kept) < len(keys):
        write_keys(path, kept)
    return Rotation(vault.key_id, [key_id_of(key) for key in kept[1:]], waiting, ended)


async def _move(connection: AsyncConnection, *, vault: Vault, forget: bool) -> tuple[int, set[str], int]:
    """Seal anew; return how many credentials were ended, which keys are still needed, for how many of them."""
    await _reseal(connection, vault)
    others = credentials.c.key_id != vault.key_id
    ended = await _forget(connection, vault) if forget else 0
    waiting = (await connection.execute(select(func.count()).select_from(credentials).where(others))).scalar_one()
    return ended, await _needed(connection), waiting + await rekeying.waiting(connection, vault)


async def _forget(connection: AsyncConnection, vault: Vault) -> int:
    ended = await connection.execute(delete(credentials).where(credentials.c.key_id != vault.key_id))
    await connection.execute(delete(passes).where(passes.c.key_id != vault.key_id))
    return ended.rowcount + await rekeying.forget(connection, vault) + await shops.forget(connection, vault)


async def _reseal(connection: AsyncConnection, vault: Vault) -> None:
    await reseal(connection, vault)
    await rekeying.reseal(connection, vault)
    await shops.reseal(connection, vault)


async def _needed(connection: AsyncConnection) -> set[str]:
    kept = await rekeying.key_ids(connection) | await shops.key_ids(connection)
    return await key_ids(connection) | kept


def _check_complete(path: Path, needed: set[str], vault: Vault) -> None:
    if needed - set(vault.key_ids):
        raise KeyFileError(
            f"{path}: lacks a master key that this database was used with: put it back from a backup, or end the "
            "credentials that depend on it with hubbub rotate-master-key --forget"
        )


def _read(path: Path) -> list[bytes]:
    try:
        return read_keys(path)
    except FileNotFoundError:
        raise KeyFileError(f"{path}: missing: there is no master key to rotate") from None


def _read_or_make(path: Path, needed: set[str], *, may_make: bool) -> Sequence[bytes]:
    try:
        return read_keys(path)
    except FileNotFoundError:
        if needed:
            raise KeyFileError(
                f"{path}: missing, and the database holds credentials made with it: put the file back from a backup"
            ) from None
        if not may_make:
            raise KeyFileError(f"{path}: missing: make it (openssl rand -base64 32) with mode 600") from None
    keys = [new_key()]
    write_keys(path, keys)
    return keys
