"""What is done to a database while no hub runs on it. The caller holds the directory. Raises `StorageError`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

from sqlalchemy import case, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import PortError
from storage import persons
from storage.bridge import Bridge
from storage.database import Database
from storage.errors import StorageError
from storage.keyring import Rotation, rotate
from storage.models import conversations
from storage.store import DATABASE_FILE, KEY_FILE, open_database


async def rotate_master_key(directory: Path, key_file: Path | None = None, *, forget: bool = False) -> Rotation:
    """Make a new current master key; with `forget`, instead, end every credential that only another key knows."""
    async with _open(directory) as (bridge, database):
        return await rotate(bridge, database, key_file or directory / KEY_FILE, forget=forget)


async def begin_epochs(directory: Path) -> int:
    """Give every conversation a new epoch, after a restore from a backup; return how many there are.

    Numbers that clients know from after the backup will be given anew: with the epoch their cursors lose their meaning.
    """
    now = time.time_ns() // 1_000_000
    epoch = conversations.c.epoch
    # The time, not the next number: a backup that is restored twice would get the same epoch twice.
    statement = update(conversations).values(epoch=case((epoch < now, now), else_=epoch + 1))

    async def begin(connection: AsyncConnection) -> int:
        return (await connection.execute(statement)).rowcount

    async with _open(directory) as (bridge, database):
        return await bridge.call(lambda: database.write(begin))


async def set_role(directory: Path, username: str, role: Literal["admin", "user"]) -> str:
    """Give a user another role, and return the username as it is written."""

    async def change(connection: AsyncConnection) -> str | None:
        return await persons.set_role(connection, username, role)

    async with _open(directory) as (bridge, database):
        found = await bridge.call(lambda: database.write(change))
    if found is None:
        raise StorageError(f"there is no user {username!r}")
    return found


@contextlib.asynccontextmanager
async def _open(directory: Path) -> AsyncIterator[tuple[Bridge, Database]]:
    path = directory / DATABASE_FILE
    if not path.is_file():
        raise StorageError(f"{path}: there is no database")
    async with open_database(directory) as opened:
        try:
            yield opened
        except PortError as error:
            raise StorageError(f"{path}: {error}") from error
