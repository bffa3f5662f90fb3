"""A new database and one that went through every revision are the same."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from storage import schema
from storage.migrations import upgrade

Description = dict[tuple[str, str], object]

START = """
import sys
from pathlib import Path
import trio
from storage import open_storage

async def main() -> None:
    async with open_storage(Path(sys.argv[1]), report=lambda conv, notice: None):
        print("alembic" in sys.modules)

trio.run(main)
"""


def described(directory: Path, make: Callable[[Connection], None]) -> Description:
    """Everything that stands in the schema of a database, but for the order of columns: revisions append them."""
    engine = create_engine(f"sqlite:///{directory / make.__name__}.db")
    with engine.begin() as connection:
        make(connection)
        found = {}
        for kind, name, sql in connection.execute(text("SELECT type, name, sql FROM sqlite_master")).all():
            columns = connection.execute(text(f'PRAGMA table_info("{name}")')).all()
            has_rowid = "WITHOUT ROWID" not in (sql or "")
            shape = sorted(str(tuple(column)[1:]) for column in columns), has_rowid
            found[kind, name] = shape if kind == "table" and "VIRTUAL" not in sql else sql
        revision = connection.scalar(text("SELECT version_num FROM alembic_version"))
    engine.dispose()
    return {**found, ("", "revision"): revision}


def test_a_new_database_is_what_the_revisions_lead_to(tmp_path: Path) -> None:
    new = described(tmp_path, schema.migrate)
    assert len(new) > 20
    assert new == described(tmp_path, upgrade.run)


def test_files_of_revisions_are_named_after_them() -> None:
    script = ScriptDirectory(str(Path(upgrade.__file__).parent))
    assert schema.revisions() == [each.revision for each in script.walk_revisions()][::-1]


def test_a_database_between_two_versions_is_brought_to_this_one(tmp_path: Path) -> None:
    def in_two_steps(connection: Connection) -> None:
        upgrade.run(connection, schema.revisions()[0])
        schema.migrate(connection)

    assert described(tmp_path, in_two_steps) == described(tmp_path, upgrade.run)


def test_neither_a_new_database_nor_a_current_one_waits_for_alembic(tmp_path: Path) -> None:
    for _ in ("new", "current"):
        done = subprocess.run([sys.executable, "-c", START, tmp_path], capture_output=True, text=True, check=True)
        assert done.stdout == "False\n"
