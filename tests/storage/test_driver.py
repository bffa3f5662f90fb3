"""Connections that cannot be opened leave nothing behind that would still speak to their event loop."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest

from storage.driver import connect

TIMES = 100


def test_a_connection_that_is_refused_has_ended_its_thread(tmp_path: Path) -> None:
    letter = tmp_path / "letter.db"
    letter.write_bytes(b"a letter to my mother" * 100)
    before = threading.active_count()

    async def be_refused() -> int:
        with pytest.raises(sqlite3.DatabaseError):
            await connect(letter, "PRAGMA journal_mode = WAL;", busy_timeout_ms=10)
        return threading.active_count()

    for _ in range(TIMES):
        asyncio.run(be_refused())
    assert threading.active_count() <= before + 1  # the last one may be on its way out
