"""Master keys come and go, and nobody's credential dies of it unless the operator says so."""

from __future__ import annotations

import base64
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from sqlalchemy import create_engine

from actors.ports import Accounts
from actors.values import BotSecrets, Who
from storage import (
    KeyFileError,
    NewBot,
    NewUser,
    ProvisionFile,
    StorageError,
    begin_epochs,
    open_storage,
    rotate_master_key,
)
from storage.keyfile import new_key, read_keys, write_keys
from storage.migrations import upgrade
from storage.store import DATABASE_FILE, KEY_FILE
from storage.vault import Vault, key_id_of
from tests.storage.subject import real_subject

FILE = ProvisionFile(users=[NewUser(username="alice")], bots=[NewBot(name="ci", owner="alice")])
BOT = 1
PATIENCE_S = 5.0


class Secrets:
    """What `FILE` was answered: every way to come in, and what webhooks carry."""

    def __init__(self, answer: Any) -> None:
        bot = answer["bots"]["ci"]
        self.alice: str = answer["users"]["alice"]["token"]
        self.token: str = bot["token"]
        self.key_access: str = bot["key_access"]
        self.bot_key: str = bot["bot_key"]
        self.shown = BotSecrets(bot["bot_key"], bot["webhook_secret"])

    async def opened(self, accounts: Accounts) -> list[bool]:
        """Which of alice's token and the bot's token, key_access and bot_key open their door."""
        found = [
            await accounts.by_token(self.alice),
            await accounts.by_token(self.token),
            await accounts.by_key_access(self.key_access),
            await accounts.by_bot_key(self.bot_key),
        ]
        return [bearer is not None for bearer in found]


async def make(directory: Path, key_file: Path | None = None) -> Secrets:
    async with open_storage(directory, report=lambda _conv, _notice: None, key_file=key_file) as storage:
        return Secrets(await storage.provisioning.provision(FILE))


def rows(directory: Path, sql: str, *parameters: object) -> list[Any]:
    connection = sqlite3.connect(directory / DATABASE_FILE)
    try:
        with connection:
            return connection.execute(sql, parameters).fetchall()
    finally:
        connection.close()


def kept_under(directory: Path, key: bytes) -> set[str]:
    found = rows(directory, "SELECT owner_kind, credential FROM credentials WHERE key_id = ?", key_id_of(key))
    return {f"{kind} {credential}" for kind, credential in found}


async def eventually(true: Callable[[], bool]) -> None:
    with trio.fail_after(PATIENCE_S):
        while not true():  # noqa: ASYNC110 — a commit of another process, as far as this test knows
            await trio.sleep(0.01)


async def test_after_a_rotation_everything_still_opens(tmp_path: Path) -> None:
    secrets = await make(tmp_path)
    (old,) = read_keys(tmp_path / KEY_FILE)
    rotation = await rotate_master_key(tmp_path)
    new, still = read_keys(tmp_path / KEY_FILE)
    assert still == old
    assert rotation == (key_id_of(new), [key_id_of(old)], 2, 0)
    assert kept_under(tmp_path, new) == {"bot token", "bot bot_key", "bot webhook_secret"}
    assert kept_under(tmp_path, old) == {"user token", "bot key_access"}
    async with real_subject(tmp_path) as real:
        assert await secrets.opened(real.accounts) == [True] * 4
        assert await real.accounts.bot_secrets(BOT) == secrets.shown


async def test_a_credential_moves_under_the_new_key_when_it_is_used_and_the_old_key_can_go(tmp_path: Path) -> None:
    secrets = await make(tmp_path)
    await rotate_master_key(tmp_path)
    new, old = read_keys(tmp_path / KEY_FILE)
    async with real_subject(tmp_path) as real:
        login = await real.accounts.by_key_access(secrets.key_access)
        assert login is not None
        await eventually(lambda: kept_under(tmp_path, old) == {"user token"})
        assert await real.accounts.credential_current(login.credential_id)
        assert await real.accounts.by_key_access(secrets.key_access) == login
        await secrets.opened(real.accounts)
        await eventually(lambda: not kept_under(tmp_path, old))
    rotation = await rotate_master_key(tmp_path)
    assert read_keys(tmp_path / KEY_FILE)[1:] == [new]
    assert rotation.older == [key_id_of(new)]
    async with real_subject(tmp_path) as real:
        assert await secrets.opened(real.accounts) == [True] * 4
        assert await real.accounts.bot_secrets(BOT) == secrets.shown


async def test_forgetting_ends_what_was_not_used_and_nothing_else(tmp_path: Path) -> None:
    secrets = await make(tmp_path)
    await rotate_master_key(tmp_path)
    new, old = read_keys(tmp_path / KEY_FILE)
    async with real_subject(tmp_path) as real:
        assert await real.accounts.by_token(secrets.alice) is not None
        await eventually(lambda: "user token" not in kept_under(tmp_path, old))
    assert await rotate_master_key(tmp_path, forget=True) == (key_id_of(new), [], 0, 1)
    assert read_keys(tmp_path / KEY_FILE) == [new]
    async with real_subject(tmp_path) as real:
        assert await secrets.opened(real.accounts) == [True, True, False, True]
        assert await real.accounts.bot_secrets(BOT) == secrets.shown


async def test_a_rotation_that_was_cut_off_after_the_file_goes_on_at_the_next_start(tmp_path: Path) -> None:
    secrets = await make(tmp_path)
    (old,) = read_keys(tmp_path / KEY_FILE)
    new = new_key()
    write_keys(tmp_path / KEY_FILE, [new, old])
    async with real_subject(tmp_path) as real:
        assert await real.accounts.bot_secrets(BOT) == secrets.shown
        assert kept_under(tmp_path, new) == {"bot token", "bot bot_key", "bot webhook_secret"}
        assert await secrets.opened(real.accounts) == [True] * 4


async def test_a_secret_that_is_rotated_while_it_moves_stays_rotated(tmp_path: Path) -> None:
    secrets = await make(tmp_path)
    await rotate_master_key(tmp_path)
    _, old = read_keys(tmp_path / KEY_FILE)
    async with real_subject(tmp_path) as real:
        assert await real.accounts.by_key_access(secrets.key_access) is not None
        rotated = await real.accounts.rotate_bot(BOT, "key_access")
        assert await real.accounts.by_token(secrets.token) is not None
        await eventually(lambda: kept_under(tmp_path, old) == {"user token"})
        assert await real.accounts.by_key_access(secrets.key_access) is None
        assert await real.accounts.by_key_access(str(rotated.key_access)) is not None


async def test_who_signs_in_while_the_database_is_locked_signs_in_all_the_same(tmp_path: Path) -> None:
    secrets = await make(tmp_path)
    await rotate_master_key(tmp_path)
    new, old = read_keys(tmp_path / KEY_FILE)
    async with real_subject(tmp_path, busy_timeout_ms=10) as real:
        other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert await real.accounts.by_token(secrets.alice) is not None
        await trio.sleep(0.1)
        other.close()
        assert "user token" in kept_under(tmp_path, old)
        assert await real.accounts.by_token(secrets.alice) is not None
        await eventually(lambda: "user token" in kept_under(tmp_path, new))


async def test_a_database_is_not_opened_without_a_key_that_it_needs(tmp_path: Path) -> None:
    secrets = await make(tmp_path)
    await rotate_master_key(tmp_path)
    new, _ = read_keys(tmp_path / KEY_FILE)
    write_keys(tmp_path / KEY_FILE, [new])
    with pytest.raises(KeyFileError, match=r"lacks a master key .* --forget"):
        await make(tmp_path)
    with pytest.raises(KeyFileError, match="lacks a master key"):
        await rotate_master_key(tmp_path)
    assert read_keys(tmp_path / KEY_FILE) == [new]
    assert (await rotate_master_key(tmp_path, forget=True)).ended == 2
    async with real_subject(tmp_path) as real:
        assert await secrets.opened(real.accounts) == [False, True, False, True]


async def test_when_all_keys_are_lost_a_new_one_may_begin_with_nobodys_credentials(tmp_path: Path) -> None:
    await make(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(KeyFileError, match="missing: there is no master key"):
        await rotate_master_key(tmp_path, forget=True)
    write_keys(tmp_path / KEY_FILE, [new_key()])
    assert (await rotate_master_key(tmp_path, forget=True)).ended == 5
    async with real_subject(tmp_path) as real:
        assert await real.accounts.bot_secrets(BOT) is None
        rotated = await real.accounts.rotate_bot(BOT, "webhook_secret")
        assert await real.accounts.bot_secrets(BOT) == BotSecrets(None, str(rotated.webhook_secret))


async def test_the_keys_may_lie_elsewhere_and_are_not_made_there(tmp_path: Path) -> None:
    data, keys = tmp_path / "data", tmp_path / "keys"
    data.mkdir()
    with pytest.raises(KeyFileError, match="keys: missing: make it"):
        await make(data, keys)
    keys.write_bytes(base64.b64encode(new_key()))
    keys.chmod(0o600)
    secrets = await make(data, keys)
    assert not (data / KEY_FILE).exists()
    await rotate_master_key(data, keys)
    assert len(read_keys(keys)) == 2
    async with open_storage(data, report=lambda _conv, _notice: None, key_file=keys) as storage:
        assert await secrets.opened(storage.accounts) == [True] * 4


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_keys_that_others_may_access_are_refused(tmp_path: Path, mode: int) -> None:
    write_keys(tmp_path / KEY_FILE, [new_key()])
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    (tmp_path / KEY_FILE).chmod(mode)
    with pytest.raises(KeyFileError, match=r"master\.key: others may access it: chmod 600"):
        read_keys(tmp_path / KEY_FILE)


@pytest.mark.parametrize("wrong", [b"", b"\n", b"QUJD\n", b"{good}\n*\n", b"{good}\n{good}\n", b"\xff\xfe"])
def test_a_file_of_keys_is_taken_as_a_whole_or_not_at_all(tmp_path: Path, wrong: bytes) -> None:
    good = base64.b64encode(new_key())
    path = tmp_path / KEY_FILE
    path.touch(0o600)
    path.write_bytes(wrong.replace(b"{good}", good))
    with pytest.raises(KeyFileError, match=r"holds? a master key"):
        read_keys(path)
    path.write_bytes(b"\n" + good + b"\r\n\n")
    assert read_keys(path) == [base64.b64decode(good)]


async def test_nothing_is_rotated_where_there_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="there is no database"):
        await rotate_master_key(tmp_path)
    with pytest.raises(StorageError, match="there is no database"):
        await begin_epochs(tmp_path)
    assert not (tmp_path / DATABASE_FILE).exists()
    assert not (tmp_path / KEY_FILE).exists()


async def test_every_restore_begins_epochs_that_no_earlier_one_had(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        alice = await real.user("alice")
        convs = [await real.room(alice), await real.room(alice)]
    backup = (tmp_path / DATABASE_FILE).read_bytes()
    epochs = set(rows(tmp_path, "SELECT epoch FROM conversations"))
    for restores in (1, 2):
        (tmp_path / DATABASE_FILE).write_bytes(backup)
        assert await begin_epochs(tmp_path) == 2
        epochs |= set(rows(tmp_path, "SELECT epoch FROM conversations"))
        assert len(epochs) == 1 + restores
        await trio.sleep(0.002)
    ahead = 10**14
    rows(tmp_path, "UPDATE conversations SET epoch = ? WHERE id = ?", ahead, convs[0])
    await begin_epochs(tmp_path)
    assert rows(tmp_path, "SELECT epoch FROM conversations WHERE id = ?", convs[0]) == [(ahead + 1,)]


def make_first_schema(directory: Path, key: bytes) -> Secrets:
    """A database as the first version wrote it, with alice and her bot."""
    write_keys(directory / KEY_FILE, [key])
    (directory / DATABASE_FILE).touch(0o600)
    engine = create_engine(f"sqlite:///{directory / DATABASE_FILE}")
    with engine.begin() as connection:
        upgrade.run(connection, "0001")
    engine.dispose()
    answer = {
        "users": {"alice": {"token": "t" * 43}},
        "bots": {"ci": {"token": "b" * 43, "key_access": "k" * 43, "bot_key": "1-kk", "webhook_secret": "whsec_x"}},
    }
    vault, secrets = Vault([key]), Secrets(answer)
    database = sqlite3.connect(directory / DATABASE_FILE)
    with database:
        database.execute("INSERT INTO users VALUES (1, 'alice', 'alice', 'alice', 'user', NULL, NULL, 1)")
        database.execute("INSERT INTO bots VALUES (1, 'ci', 1, NULL, NULL, NULL, 0, 1, NULL)")
        credentials: list[tuple[Who, Any, str]] = [
            (Who("user", 1), "token", secrets.alice),
            *((Who("bot", 1), credential, secret) for credential, secret in answer["bots"]["ci"].items()),
        ]
        for owner, credential, secret in credentials:
            kept = vault.keep(owner, credential, secret)
            value = kept.sealed if credential == "webhook_secret" else kept.hash
            database.execute("INSERT INTO credentials VALUES (?, ?, ?, ?, ?)", (*owner, credential, kept[0], value))
    database.close()
    return secrets


async def test_credentials_of_the_first_schema_live_on_and_what_is_shown_again_is_sealed_when_it_is_used(
    tmp_path: Path,
) -> None:
    secrets = make_first_schema(tmp_path, new_key())
    async with real_subject(tmp_path) as real:
        assert await real.accounts.bot_secrets(BOT) == BotSecrets(None, "whsec_x")
        assert await real.accounts.bot_token(BOT) is None
        assert await secrets.opened(real.accounts) == [True] * 4
        await eventually(lambda: len(rows(tmp_path, "SELECT 1 FROM credentials WHERE sealed NOTNULL")) == 3)
        assert await real.accounts.bot_secrets(BOT) == secrets.shown
        assert await real.accounts.bot_token(BOT) == secrets.token
