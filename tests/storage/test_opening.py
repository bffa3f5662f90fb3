"""What `open_storage` makes, accepts and refuses, and what it never writes down."""

import base64
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import StoreUnavailable
from storage import KeyFileError, NewBot, NewUser, ProvisionFile, SchemaTooNew, StorageError, open_storage
from storage.models import metadata
from storage.schema import revisions
from storage.store import DATABASE_FILE, FILES_FOLDER, KEY_FILE
from tests.storage.subject import real_subject

FILE = ProvisionFile(users=[NewUser(username="alice")], bots=[NewBot(name="ci", owner="alice")])


async def refuse(directory: Path, error: type[StorageError], match: str) -> None:
    with pytest.raises(error, match=match):
        async with real_subject(directory):
            pytest.fail("it opened")


def names_in(directory: Path) -> set[str]:
    return {path.name for path in directory.iterdir()}


def modes_in(directory: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}


def bytes_in(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def run(directory: Path, sql: str) -> None:
    with closing(sqlite3.connect(directory / DATABASE_FILE)) as connection, connection:
        connection.execute(sql)
    connection.close()


async def test_an_empty_directory_gets_the_schema_of_the_models(tmp_path: Path) -> None:
    async with real_subject(tmp_path):
        pass
    engine = create_engine(f"sqlite:///{tmp_path / DATABASE_FILE}")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, type_, _: type_ != "table" or not name.startswith("search_index")},
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()


async def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        await real.user("alice")
        modes = modes_in(tmp_path)
    assert modes == {
        DATABASE_FILE: 0o600,
        f"{DATABASE_FILE}-wal": 0o600,
        f"{DATABASE_FILE}-shm": 0o600,
        KEY_FILE: 0o600,
        FILES_FOLDER: 0o700,
    }


async def test_closing_folds_the_log_into_the_one_file(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        await real.user("alice")
    assert names_in(tmp_path) == {DATABASE_FILE, KEY_FILE, FILES_FOLDER}


async def test_no_secret_stands_in_any_file(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        answer = await real.storage.provisioning.provision(FILE)
        bot = int(answer["bots"]["ci"]["id"])
        rotated = await real.accounts.rotate_bot(bot, "token")
        secrets = [str(rotated.token)]
        secrets += [str(value) for section in answer.values() for entry in section.values() for value in entry.values()]
        stored = bytes_in(tmp_path)
    secrets = [secret.removeprefix("whsec_").removeprefix(f"{bot}-") for secret in secrets if len(secret) > 20]
    assert len(secrets) == 6
    assert [secret for secret in secrets if secret.encode() in stored] == []


async def test_a_schema_of_a_later_version_is_refused_untouched(tmp_path: Path) -> None:
    async with real_subject(tmp_path):
        pass
    run(tmp_path, "UPDATE alembic_version SET version_num = '9999'")
    before = (tmp_path / DATABASE_FILE).read_bytes()
    await refuse(tmp_path, SchemaTooNew, f"schema 9999, this version of hubbub knows {revisions()[-1]} at most")
    assert (tmp_path / DATABASE_FILE).read_bytes() == before


async def test_what_is_no_database_is_refused_and_gets_no_key(tmp_path: Path) -> None:
    (tmp_path / DATABASE_FILE).write_bytes(b"a letter to my mother" * 100)
    await refuse(tmp_path, StorageError, "not a database")
    assert not (tmp_path / KEY_FILE).exists()


async def test_a_directory_that_is_not_there_is_refused(tmp_path: Path) -> None:
    await refuse(tmp_path / "none", StorageError, "No such file")


async def test_a_database_that_is_locked_at_start_is_refused(tmp_path: Path) -> None:
    async with real_subject(tmp_path):
        pass
    run(tmp_path, "DELETE FROM alembic_version")
    other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    await refuse(tmp_path, StorageError, "locked")
    other.close()


async def test_a_master_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    async with real_subject(tmp_path):
        pass
    (tmp_path / KEY_FILE).chmod(0o640)
    await refuse(tmp_path, KeyFileError, "chmod 600")


@pytest.mark.parametrize("content", [b"", b"short", b"*" * 44, b"QUJD"])
async def test_a_file_that_holds_no_key_is_refused(tmp_path: Path, content: bytes) -> None:
    async with real_subject(tmp_path):
        pass
    (tmp_path / KEY_FILE).write_bytes(content)
    await refuse(tmp_path, KeyFileError, "does not hold a master key")


async def test_a_master_key_is_not_made_again_for_credentials_that_exist(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        await real.user("alice")
    key = (tmp_path / KEY_FILE).read_bytes()
    (tmp_path / KEY_FILE).unlink()
    await refuse(tmp_path, KeyFileError, "missing")
    assert not (tmp_path / KEY_FILE).exists()

    (tmp_path / KEY_FILE).write_bytes(base64.b64encode(bytes(32)))
    (tmp_path / KEY_FILE).chmod(0o600)
    await refuse(tmp_path, KeyFileError, "lacks a master key that this database was used with")

    (tmp_path / KEY_FILE).write_bytes(key)
    async with real_subject(tmp_path):
        pass


async def test_a_half_written_key_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "master.new").write_bytes(b"half")
    async with real_subject(tmp_path):
        pass
    assert not (tmp_path / "master.new").exists()


async def test_two_runs_of_trio_may_follow_each_other_in_one_process(tmp_path: Path) -> None:
    for _ in range(2):
        async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
            assert storage.health() is None


async def test_commits_are_synced_and_readers_cannot_write(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        database = real.storage.log._database
        settings = await real.storage.log._bridge.call(
            lambda: database.hop(
                lambda raw: [raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
            )
        )
        assert settings == ["wal", 2]

        async def write(connection: AsyncConnection) -> None:
            await connection.execute(text("DELETE FROM users"))

        with pytest.raises(StoreUnavailable, match="read-only"):
            await real.storage.log._bridge.call(lambda: database.read(write))
