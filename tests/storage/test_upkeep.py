"""What the storage does when nobody waits for it."""

import sqlite3
from pathlib import Path

import pytest
import trio

from storage.pulse import STRETCH_PAGES, stretch
from storage.sqlite import LOG_PAGES
from storage.store import DATABASE_FILE
from tests.storage.subject import real_subject

PAGE_BYTES = 4_096
LONG_ENOUGH = LOG_PAGES * PAGE_BYTES


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


async def grown(log: Path) -> None:
    with trio.fail_after(5):
        while size(log) < LONG_ENOUGH:  # noqa: ASYNC110 — it tells nobody
            await trio.sleep(0.01)


async def test_once_it_is_quiet_the_log_has_its_length_and_commits_overwrite_it(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        log = tmp_path / f"{DATABASE_FILE}-wal"
        alice = await real.user("alice")
        conv = await real.room(alice)
        await grown(log)
        await real.commit(real.append(real.message(conv, alice, "one")))
        await real.indexed()
        before = size(log)
        for number in range(20):
            await real.commit(real.append(real.message(conv, alice, f"word{number}")))
        assert size(log) == before
        assert size(tmp_path / DATABASE_FILE) < LONG_ENOUGH / 4


async def test_a_storage_that_is_closed_at_once_does_not_wait_for_quiet(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        alice = await real.user("alice")
        conv = await real.room(alice)
        await real.commit(real.append(real.message(conv, alice, "one")))
        began = trio.current_time()
    assert trio.current_time() - began < 0.2


def test_a_stretch_leaves_everything_else_and_the_syncing_as_it_was(tmp_path: Path) -> None:
    raw = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    raw.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL;")
    raw.execute("CREATE TABLE pulse (id INTEGER PRIMARY KEY, payload BLOB)")
    raw.execute("CREATE TABLE told (what TEXT)")
    raw.execute("INSERT INTO told VALUES ('kept')")
    stretch(raw)
    assert (tmp_path / "x.db-wal").stat().st_size >= STRETCH_PAGES * PAGE_BYTES
    assert raw.execute("SELECT what FROM told").fetchall() == [("kept",)]
    assert raw.execute("PRAGMA synchronous").fetchone() == (2,)
    raw.execute("DROP TABLE pulse")
    with pytest.raises(sqlite3.OperationalError):
        stretch(raw)
    assert raw.execute("PRAGMA synchronous").fetchone() == (2,)
    raw.close()
