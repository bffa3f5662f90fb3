"""Brings a database to the schema of this version, or refuses one that a later version has written.

Alembic takes a quarter of a second to load and another one to run every revision, a third of a whole start. So it comes
in only when there is something to migrate: a new database gets its tables as the models have them, which is what all
revisions together amount to. tests/storage/test_schema.py holds the two to the same.
"""

from __future__ import annotations

from importlib.resources import files

from sqlalchemy import Column, Connection, MetaData, String, Table, insert, inspect, select, text

from storage import fulltext
from storage.botlive import tables as _botlive  # noqa: F401 — its tables are among the metadata
from storage.chatpion import tables as _chatpion  # noqa: F401 — its tables are among the metadata
from storage.errors import SchemaTooNew
from storage.models import metadata

# Alembic's own, with the name that it gives to its key.
_alembic = MetaData(naming_convention={"pk": "%(table_name)s_pkc"})
_version = Table("alembic_version", _alembic, Column("version_num", String(32), primary_key=True))


def migrate(connection: Connection) -> None:
    """Run the revisions that are missing, all of them or none, in the connection's transaction. Raises `SchemaTooNew`.

    From an empty database this makes every table.
    """
    known = revisions()
    tables = inspect(connection).get_table_names()
    if not tables:
        _create(connection, known[-1])
        return
    current = connection.scalar(select(_version.c.version_num)) if _version.name in tables else None
    if current not in {None, *known}:
        raise SchemaTooNew(
            f"the database has schema {current}, this version of hubbub knows {known[-1]} at most: "
            "start the version that wrote it, or a later one"
        )
    if current != known[-1]:
        from storage.migrations import upgrade

        upgrade.run(connection)


def revisions() -> list[str]:
    """Return the revisions that this version knows, oldest first: a file is named after its own."""
    names = (entry.name.partition("_")[0] for entry in files("storage.migrations.versions").iterdir())
    return sorted(name for name in names if name.isdecimal())


def _create(connection: Connection, revision: str) -> None:
    metadata.create_all(connection)
    connection.execute(text(fulltext.CREATE))
    _alembic.create_all(connection)
    connection.execute(insert(_version).values(version_num=revision))
