"""Finds out whether the disk takes writes again, by writing."""

import sqlite3

# A row that fits into a free corner of a page would succeed on a full disk.
PULSE_BYTES = 65_536


def beat(connection: sqlite3.Connection) -> None:
    """Write some pages durably and give them back. Raises what the storage has to say about it."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
    connection.execute("INSERT OR REPLACE INTO pulse (id, payload) VALUES (1, zeroblob(?))", (PULSE_BYTES,))
    connection.execute("DELETE FROM pulse")


def checkpoint(connection: sqlite3.Connection) -> None:
    """Copy what is in the write-ahead log into the database, as far as no reader is in the way."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
