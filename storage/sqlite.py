"""What is said to SQLite in its own words: engines, pragmas, errors, upserts.

Another database would need its own of this module and of those that work inside SQLite's thread: `driver`, `commit`,
`pulse`, `fulltext`. All other statements are SQLAlchemy's.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import cast

from sqlalchemy import BindParameter, Column, ColumnElement, Connection, FromClause, Integer, Table, event, func
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.sql.dml import UpdateBase

from storage import driver

READERS = 4
LOOKERS = 2
READER_WAIT_S = 5.0

# FULL: NORMAL lost acknowledged rows in a simulated power cut. The automatic checkpoint is a backstop: the usual one
# happens when nobody waits. secure_delete: what was deleted is gone from the file too.
LOG_PAGES = 2_000
WRITER_PRAGMAS = f"""
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = {LOG_PAGES};
PRAGMA journal_size_limit = 67108864;
PRAGMA secure_delete = FAST;
PRAGMA cache_size = -16384;
PRAGMA temp_store = MEMORY;
"""
# A reader never checkpoints: a checkpoint beside a write on another connection is what SQLite before 3.51.3 can lose
# pages over.
READER_PRAGMAS = """
PRAGMA query_only = ON;
PRAGMA wal_autocheckpoint = 0;
PRAGMA cache_size = -8192;
PRAGMA temp_store = MEMORY;
"""

_REASONS = {
    sqlite3.SQLITE_BUSY: "the database is locked",
    sqlite3.SQLITE_LOCKED: "the database is locked",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk fails",
    sqlite3.SQLITE_READONLY: "the database is read-only",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened",
    sqlite3.SQLITE_CORRUPT: "the database is damaged",
    sqlite3.SQLITE_NOTADB: "the file is not a database",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_PERM: "the database may not be accessed",
    sqlite3.SQLITE_AUTH: "the database may not be accessed",
    sqlite3.SQLITE_PROTOCOL: "the database is locked",
}
# After these the connection itself is sound.
_HARMLESS = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})


class SqliteWording:
    """SQLite's words for `storage.statements.Wording`."""

    def insert_or_ignore(self, table: Table) -> UpdateBase:
        return insert(table).on_conflict_do_nothing()

    def larger(self, column: Column[int], parameter: BindParameter[int]) -> ColumnElement[int]:
        return func.max(column, parameter)

    def contains(self, column: ColumnElement[str], part: str) -> ColumnElement[bool]:
        return func.instr(column, part) > 0

    def table_of(self, rows: BindParameter[str], width: int) -> tuple[FromClause, list[ColumnElement[int]]]:
        each = func.json_each(rows).table_valued("value")
        return each, [func.json_extract(each.c.value, f"$[{place}]", type_=Integer) for place in range(width)]


def engine(path: Path, pragmas: str, *, size: int, begin: str, busy_timeout_ms: int) -> AsyncEngine:
    """Return an engine with up to `size` connections whose transactions start with the statement `begin`."""
    made = create_async_engine(
        "sqlite+aiosqlite://",
        async_creator=lambda: driver.connect(path, pragmas, busy_timeout_ms=busy_timeout_ms),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=size,
        max_overflow=0,
        pool_timeout=READER_WAIT_S,
        hide_parameters=True,  # they are what people said, and secrets
    )

    @event.listens_for(made.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        cast("driver.Driver", connection.connection.driver_connection).begin(begin)

    return made


def make_private(path: Path) -> None:
    """Create the database file if it is not there, for its owner only; SQLite gives its other files the same mode."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))


def trouble(error: BaseException) -> str | None:
    """Say why the storage cannot serve, in words for an operator; None when the statement itself was at fault."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, OSError):
        return error.strerror or "the disk fails"
    if not isinstance(error, sqlite3.DatabaseError):
        return None
    return _REASONS.get(_primary_code(error))


def breaks_connection(error: BaseException) -> bool:
    """Whether the connection on which the error came should be opened anew."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    return not isinstance(error, sqlite3.DatabaseError) or _primary_code(error) not in _HARMLESS


def _primary_code(error: sqlite3.DatabaseError) -> int:
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
