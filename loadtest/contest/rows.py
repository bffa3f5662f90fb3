"""How many messages a server has put into SQLite."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def count_messages(database: Path) -> int:
    """Return the rows of the table `messages`, of which the hub and all peers here have one."""
    with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        count: int = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
        return count
