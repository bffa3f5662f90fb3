"""Master keys come and go, and nobody's API key or connection dies of it unless the operator says so."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

import pytest

from actors.chatpion.ports import NewSubscriber
from actors.chatpion.values import SocialSecrets
from storage import KeyFileError, Storage, open_storage, rotate_master_key
from storage.keyfile import new_key, read_keys, write_keys
from storage.store import DATABASE_FILE, KEY_FILE
from storage.vault import key_id_of
from tests.storage.chatpion.conftest import Rows

SECRETS = SocialSecrets(access_token="a", app_secret="b", verify_token="c")


class Made(NamedTuple):
    """What must go on to work."""

    key: str
    token: str
    hook: str

    async def works(self, storage: Storage) -> list[bool]:
        """Whether the key and the token open, and whether connection and endpoint have their secrets."""
        kept = storage.chatpion
        target = await kept.hooks.target(1)
        return [
            await kept.keys.login(self.key) is not None,
            await storage.accounts.by_token(self.token) is not None,
            await kept.social.secrets(1) == SECRETS,
            target is not None and target.secret == self.hook,
        ]


async def make(directory: Path) -> Made:
    async with open_storage(directory, report=lambda _conv, _notice: None) as storage:
        kept = storage.chatpion
        account = await kept.tenants.create(name="Example")
        key = await kept.keys.create(account.id, name="main", scopes=["*"])
        await kept.social.connect(account.id, platform="facebook", name=None, url=None, secrets=SECRETS, now=1)
        hook = await kept.hooks.create(account.id, url="http://x.example", events=["*"], now=1)
        new = NewSubscriber(platform="hub", platform_id="p1")
        saved = await kept.subscribers.upsert(account, new, 1)
        token = await kept.subscribers.issue_token(account.id, saved.subscriber.id)
        return Made(key.secret, str(token), hook.secret)


async def test_after_a_rotation_everything_still_works_and_what_is_sealed_has_moved(tmp_path: Path, rows: Rows) -> None:
    made = await make(tmp_path)
    rotation = await rotate_master_key(tmp_path)
    new, old = read_keys(tmp_path / KEY_FILE)
    assert rotation == (key_id_of(new), [key_id_of(old)], 2, 0)
    assert (
        rows("SELECT key_id FROM social_accounts UNION ALL SELECT key_id FROM event_hooks") == [(key_id_of(new),)] * 2
    )
    assert rows("SELECT key_id FROM api_keys") == [(key_id_of(old),)]
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        assert await made.works(storage) == [True] * 4


async def test_a_key_moves_when_it_is_used_and_the_old_master_key_can_go(tmp_path: Path, rows: Rows) -> None:
    made = await make(tmp_path)
    await rotate_master_key(tmp_path)
    new, _ = read_keys(tmp_path / KEY_FILE)
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        await made.works(storage)
        assert rows("SELECT key_id FROM api_keys") == [(key_id_of(new),)]
        assert await made.works(storage) == [True] * 4
    rotation = await rotate_master_key(tmp_path)
    assert rotation.older == [key_id_of(new)]
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        assert await made.works(storage) == [True] * 4


async def test_a_key_works_while_the_database_is_locked_and_moves_later(tmp_path: Path, rows: Rows) -> None:
    made = await make(tmp_path)
    await rotate_master_key(tmp_path)
    new, old = read_keys(tmp_path / KEY_FILE)
    async with open_storage(tmp_path, report=lambda _conv, _notice: None, busy_timeout_ms=10) as storage:
        other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert await storage.chatpion.keys.login(made.key) is not None
        other.close()
        assert rows("SELECT key_id FROM api_keys") == [(key_id_of(old),)]
        assert await storage.chatpion.keys.login(made.key) is not None
        assert rows("SELECT key_id FROM api_keys") == [(key_id_of(new),)]


async def test_forgetting_ends_what_was_not_used_and_keeps_its_row(tmp_path: Path, rows: Rows) -> None:
    made = await make(tmp_path)
    await rotate_master_key(tmp_path)
    assert (await rotate_master_key(tmp_path, forget=True)).ended == 2
    assert len(read_keys(tmp_path / KEY_FILE)) == 1
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        assert await made.works(storage) == [False, False, True, True]
        (key,) = await storage.chatpion.keys.keys(1)
        assert key.revoked_at is not None


async def test_when_the_master_keys_are_lost_connections_end_and_can_be_made_again(tmp_path: Path) -> None:
    made = await make(tmp_path)
    write_keys(tmp_path / KEY_FILE, [new_key()])
    with pytest.raises(KeyFileError, match="lacks a master key"):
        await rotate_master_key(tmp_path)
    assert (await rotate_master_key(tmp_path, forget=True)).ended == 4
    async with open_storage(tmp_path, report=lambda _conv, _notice: None) as storage:
        assert await made.works(storage) == [False] * 4
        kept = storage.chatpion
        assert [page.status for page in await kept.social.list(1)] == ["inactive"]
        assert await kept.hooks.hooks(1) == []
        page = await kept.social.connect(1, platform="facebook", name=None, url=None, secrets=SECRETS, now=2)
        assert await kept.social.secrets(page.id) == SECRETS
        assert await kept.keys.login((await kept.keys.create(1, name="main", scopes=["*"])).secret) is not None
