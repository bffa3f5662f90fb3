"""Short reads and writes: compiled to text once, run on a plain connection in one hop to its thread.

SQLAlchemy builds, caches and fetches in 200–500 µs what SQLite finds in 10; a sign-in is a handful of such reads. So
what every session, request and conversation needs to begin is a `Look`; all else (pages, lists, search) stays with
SQLAlchemy's connections. Statements that belong together run in one `Database.look`, on one snapshot.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import CompoundSelect, Dialect, Select
from sqlalchemy.sql.dml import UpdateBase

Row = tuple[Any, ...]


class Compiled:
    """One statement for one dialect. Its parameters are named as the statement's `bindparam`s are."""

    def __init__(self, statement: Select[Any] | CompoundSelect[Any] | UpdateBase, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self._text = str(compiled)
        self._fixed = compiled.params  # literals of the statement; parameters stand in it as None
        self._order = compiled.positiontup or []

    def _placed(self, values: Mapping[str, object]) -> list[object]:
        known = {**self._fixed, **values}
        return [known[name] for name in self._order]


class Look(Compiled):
    """One SELECT."""

    def all(self, connection: sqlite3.Connection, **values: object) -> list[Row]:
        """Return every row, in the connection's thread."""
        return connection.execute(self._text, self._placed(values)).fetchall()

    def first(self, connection: sqlite3.Connection, **values: object) -> Row | None:
        """Return the first row, None when there is none."""
        row: Row | None = connection.execute(self._text, self._placed(values)).fetchone()
        return row

    def each(self, connection: sqlite3.Connection, **values: object) -> sqlite3.Cursor:
        """Return the rows one by one: those that nobody asks for are not read. Close it."""
        return connection.execute(self._text, self._placed(values))


class Change(Compiled):
    """One INSERT, UPDATE or DELETE."""

    def run(self, connection: sqlite3.Connection, **values: object) -> int:
        """Run it in the connection's thread and return how many rows it concerned."""
        return connection.execute(self._text, self._placed(values)).rowcount

    def run_each(self, connection: sqlite3.Connection, rows: Iterable[Mapping[str, object]]) -> int:
        """Run it for each of these values and return how many rows that concerned."""
        return connection.executemany(self._text, [self._placed(values) for values in rows]).rowcount
