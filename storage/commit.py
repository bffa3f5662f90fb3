"""One commit, as the writing connection's thread runs it: one transaction for the whole batch, or, when a row of it is
refused, one transaction in which every conversation stands or falls by itself.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping

from storage.batch import Fate, Group
from storage.plan import EXACT, Do, Hole, Step, plan
from storage.sqlite import trouble

log = logging.getLogger("hubbub.storage")

Sql = Mapping[Do, str]


class Stale(Exception):
    """A row that had to be there was not: the events do not follow what is stored."""


def commit(connection: sqlite3.Connection, sql: Sql, groups: list[Group]) -> list[Fate]:
    """Store the groups and return the fate of each, in order.

    Raises what `storage.sqlite.trouble` has words for: then nothing at all was stored.
    """
    try:
        _whole(connection, sql, groups)
    except Exception as error:
        _rollback(connection)
        if trouble(error) is not None:
            raise
        if len(groups) == 1:
            return [_fate(error, groups[0])]
    else:
        return [Fate.STORED] * len(groups)
    return _apart(connection, sql, groups)


def _whole(connection: sqlite3.Connection, sql: Sql, groups: list[Group]) -> None:
    steps = plan(groups)
    connection.execute("BEGIN IMMEDIATE")
    _run(connection, sql, steps)
    connection.execute("COMMIT")


def _apart(connection: sqlite3.Connection, sql: Sql, groups: list[Group]) -> list[Fate]:
    try:
        connection.execute("BEGIN IMMEDIATE")
        fates = [_alone(connection, sql, group) for group in groups]
        connection.execute("COMMIT")
    except Exception:
        _rollback(connection)
        raise
    return fates


def _alone(connection: sqlite3.Connection, sql: Sql, group: Group) -> Fate:
    connection.execute("SAVEPOINT one")
    try:
        _run(connection, sql, plan([group]))
    except Exception as error:
        if trouble(error) is not None:
            raise
        connection.execute("ROLLBACK TO one")
        fate = _fate(error, group)
    else:
        fate = Fate.STORED
    connection.execute("RELEASE one")
    return fate


def _run(connection: sqlite3.Connection, sql: Sql, steps: list[Step]) -> None:
    for do, rows in steps:
        cursor = connection.executemany(sql[do], rows)
        if do in EXACT and cursor.rowcount != len(rows):
            raise Stale(f"{do.name}: {cursor.rowcount} of {len(rows)} rows")


def _fate(error: Exception, group: Group) -> Fate:
    if isinstance(error, (sqlite3.IntegrityError, Stale, Hole)):
        return Fate.CONFLICT
    # A value that no column takes: a bug above, which must cost its own conversation only.
    log.error("changes were refused", extra={"conversation": group.conv, "error": type(error).__name__}, exc_info=error)
    return Fate.REJECTED


def _rollback(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:  # SQLite has rolled back by itself after some errors
        connection.execute("ROLLBACK")
