"""What the writing connection writes for its own sake: to find out whether the disk takes it, to make the log long."""

import sqlite3

# A row that fits into a free corner of a page would succeed on a full disk.
PULSE_BYTES = 65_536
PULSE_PAGES = PULSE_BYTES // 4_096
STRETCH_PAGES = 8 * PULSE_PAGES


def beat(connection: sqlite3.Connection) -> None:
    """Write some pages durably and give them back. Raises what the storage has to say about it."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute("INSERT OR REPLACE INTO pulse (id, payload) VALUES (1, zeroblob(?))", (PULSE_BYTES,))
    connection.execute("DELETE FROM pulse")


def stretch(connection: sqlite3.Connection) -> None:
    """Make the write-ahead log longer by `STRETCH_PAGES` or a few more. What is in it stays.

    A commit that makes a file longer waits for the file system's own journal too, which doubles its fsync and, now and
    then, takes milliseconds. One that overwrites what an earlier round has left does not. NORMAL: nobody waits for
    these pages to be on disk, and a checkpoint syncs them all the same.
    """
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        for _ in range(STRETCH_PAGES // PULSE_PAGES):
            beat(connection)
    finally:
        connection.execute("PRAGMA synchronous = FULL")


def checkpoint(connection: sqlite3.Connection) -> None:
    """Copy what is in the write-ahead log into the database, as far as no reader is in the way."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
