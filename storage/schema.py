"""Brings a database to the schema of this version, or refuses one that a later version has written."""

from __future__ import annotations

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.errors import SchemaTooNew


def migrate(connection: Connection) -> None:
    """Run the revisions that are missing, all of them or none, in the connection's transaction. Raises `SchemaTooNew`.

    From an empty database this makes every table.
    """
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    _check_known(script, current)
    if current == script.get_current_head():
        return
    with EnvironmentContext(config, script, fn=lambda revision, _: script._upgrade_revs("head", revision)):
        script.run_env()


def _check_known(script: ScriptDirectory, revision: str | None) -> None:
    known = {None, *(entry.revision for entry in script.walk_revisions())}
    if revision not in known:
        raise SchemaTooNew(
            f"the database has schema {revision}, this version of hubbub knows {script.get_current_head()} at most: "
            "start the version that wrote it, or a later one"
        )
