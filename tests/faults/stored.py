"""The log as it lies in the database, read with nothing but `sqlite3`."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.faults.diary import Fact, text_of

DATABASE = "hubbub.db"
SAID = "SELECT seq, id, sender_kind, sender, at, cid, body, edited, deleted FROM messages WHERE conv = ?"
CHANGED = "SELECT seq, type, message, by_kind, by, at FROM changes WHERE conv = ?"
TWICE = """SELECT count(*) FROM (SELECT 1 FROM messages WHERE conv = ? GROUP BY sender_kind, sender, cid
HAVING count(*) > 1)"""


class StoredLog(NamedTuple):
    """The log of one conversation. `twice`: how many cids stand in it more than once, of one sender."""

    head: int
    rows: list[tuple[int, Fact]]
    twice: int

    @property
    def facts(self) -> dict[int, Fact]:
        """The events by `seq`."""
        return dict(self.rows)

    def holes(self) -> int:
        """How many of 1 to `head` are missing, and how many of what is there should not be."""
        seqs = [seq for seq, _ in self.rows]
        wanted = set(range(1, self.head + 1))
        return len(wanted.symmetric_difference(seqs)) + len(seqs) - len(set(seqs))


@contextmanager
def database(directory: Path, *, writing: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection beside the hub's own."""
    mode = "rw" if writing else "ro"
    uri = f"file:{directory / DATABASE}?mode={mode}"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5)) as connection:
        yield connection


def head(directory: Path, conv: int) -> int:
    """Return the last `seq` of a conversation."""
    with database(directory) as connection:
        return _head(connection, conv)


def stored_log(directory: Path, conv: int) -> StoredLog:
    """Read the log of a conversation, all of it in one snapshot."""
    with database(directory) as connection:
        connection.execute("BEGIN")
        rows = [_said(*row) for row in connection.execute(SAID, (conv,))]
        rows += [_changed(*row) for row in connection.execute(CHANGED, (conv,))]
        (twice,) = connection.execute(TWICE, (conv,)).fetchone()
        return StoredLog(_head(connection, conv), sorted(rows, key=lambda row: row[0]), twice)


def is_sound(directory: Path) -> bool:
    """Whether SQLite finds the file in order."""
    with database(directory) as connection:
        found: str = connection.execute("PRAGMA integrity_check").fetchone()[0]
    return found == "ok"


def _head(connection: sqlite3.Connection, conv: int) -> int:
    (found,) = connection.execute("SELECT head FROM conversations WHERE id = ?", (conv,)).fetchone()
    return int(found)


def _said(
    seq: int, id: int, kind: str, sender: int, at: int, cid: str, body: str, edited: int, deleted: int
) -> tuple[int, Fact]:
    return seq, Fact("message", id, kind, sender, at, cid, None if edited or deleted else text_of(body))


def _changed(seq: int, type: str, message: int | None, kind: str, by: int, at: int) -> tuple[int, Fact]:
    return seq, Fact(type, message, kind, by, at, None, None)
