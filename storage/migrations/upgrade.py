"""Alembic's part: the one module that loads it, and so only imported when there is something to migrate."""

from __future__ import annotations

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def run(connection: Connection, to: str = "head") -> None:
    """Run the revisions that the database lacks up to `to`, in the connection's transaction."""
    config = Config()
    config.set_main_option("script_location", "storage:migrations")
    config.attributes["connection"] = connection
    script = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, script, fn=lambda revision, _: script._upgrade_revs(to, revision)):
        script.run_env()
