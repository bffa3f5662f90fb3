"""Secrets of endpoints move with the master key, and go with one that is given up."""

from __future__ import annotations

from pathlib import Path

from storage import open_storage, rotate_master_key
from tests.storage.botlive.till import NOW


async def register(directory: Path) -> tuple[str, str | None]:
    """The secret that an endpoint is registered with, and the one that calls are signed with."""
    async with open_storage(directory, report=lambda _conv, _notice: None) as storage:
        hooks = storage.botlive.hooks
        registered = await hooks.register("C", url="http://a/", events=["order_completed"], now=NOW)
        target = await hooks.target(registered.hook.id)
        return registered.secret, None if target is None else target.secret


async def test_a_secret_outlives_rotations_and_their_end(tmp_path: Path) -> None:
    first, _ = await register(tmp_path)
    await rotate_master_key(tmp_path)
    await rotate_master_key(tmp_path, forget=True)
    assert await register(tmp_path) == (first, first)
