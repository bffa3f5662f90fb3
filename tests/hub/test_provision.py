"""What provisioning adds to storage: passwords, hashed when and only when they are new."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from hub.provision import Answer, provision
from hub.provision_file import Draft, parse
from storage import ProvisionError, Storage, open_storage

PEOPLE = [{"username": "alice", "password": "correct horse"}, {"username": "bob"}]


class Passwords:
    """Hashes nothing and remembers what it was asked for."""

    def __init__(self) -> None:
        self.hashed: list[str] = []

    async def hash(self, password: str) -> str:
        self.hashed.append(password)
        return f"hash of {password}"

    async def verify(self, password_hash: str | None, password: str) -> bool:
        return password_hash == f"hash of {password}"


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    async with open_storage(tmp_path, report=lambda conv, report: None) as storage:
        yield storage


def draft(**sections: Any) -> Draft:
    return parse(json.dumps(sections).encode())


async def test_a_password_is_stored_as_its_hash(storage: Storage) -> None:
    answer = await provision(storage, draft(users=PEOPLE), Passwords())
    assert answer.has_secrets
    alice, bob = await storage.accounts.by_username("alice"), await storage.accounts.by_username("bob")
    assert alice is not None
    assert bob is not None
    assert (alice[1], bob[1]) == ("hash of correct horse", None)
    caller = await storage.accounts.by_token(answer.content["users"]["alice"]["token"])
    assert caller == alice[0]


async def test_who_exists_costs_no_hash_and_keeps_the_password(storage: Storage) -> None:
    await provision(storage, draft(users=PEOPLE), Passwords())
    passwords = Passwords()
    changed = [{"username": "alice", "password": "another"}, {"username": "carol", "password": "third"}]
    await provision(storage, draft(users=changed), passwords)
    assert passwords.hashed == ["third"]
    alice = await storage.accounts.by_username("alice")
    assert alice is not None
    assert alice[1] == "hash of correct horse"


async def test_a_second_run_tells_ids_only(storage: Storage) -> None:
    first = await provision(storage, draft(users=PEOPLE), Passwords())
    second = await provision(storage, draft(users=PEOPLE), Passwords())
    assert not second.has_secrets
    assert second.content["users"] == {name: {"id": user["id"]} for name, user in first.content["users"].items()}


async def test_what_refers_to_nothing_leaves_nothing_behind(storage: Storage) -> None:
    with pytest.raises(ProvisionError, match=r"bots\[0\]\.owner"):
        await provision(storage, draft(users=PEOPLE, bots=[{"name": "ci", "owner": "nobody"}]), Passwords())
    assert await storage.accounts.by_username("alice") is None


@pytest.mark.parametrize("secret", ["token", "key_access", "bot_key", "webhook_secret"])
def test_any_secret_makes_an_answer_worth_keeping(secret: str) -> None:
    assert Answer({"users": {}, "bots": {"ci": {"id": 1, secret: "s"}}}).has_secrets
    assert not Answer({"users": {"alice": {"id": 1}}, "bots": {}, "conversations": {}}).has_secrets


async def test_a_key_of_an_account_is_a_secret_that_only_this_answer_tells(storage: Storage) -> None:
    accounts = [{"name": "Example", "api_keys": [{"name": "main", "scopes": ["messages:read"]}]}]
    answer = await provision(storage, draft(accounts=accounts), Passwords())
    assert answer.has_secrets
    login = await storage.chatpion.keys.login(answer.content["accounts"]["Example"]["api_keys"]["main"])
    assert login is not None
    assert login.key.scopes == ("messages:read",)
    assert not (await provision(storage, draft(accounts=accounts), Passwords())).has_secrets


async def test_photos_of_companies_are_copied_from_beside_the_file(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    photo = tmp_path / "photos" / "l.jpg"
    photo.write_bytes(b"photo")
    company = {"company_id": "C", "catalogue": [{"name": "lingettes", "photos": ["photos/l.jpg"]}]}
    file = parse(json.dumps({"companies": [company]}).encode(), tmp_path)
    answer = await provision(storage, file, Passwords())
    assert answer.content["companies"] == {"C": {"id": 1}}
    assert not answer.has_secrets
    photo.unlink()
    shop = await storage.botlive.shops.shop("C")
    assert shop is not None
    assert await trio.Path(shop.company.catalogue[0].photos[0]).read_bytes() == b"photo"


async def test_a_photo_that_is_not_there_is_named_and_nothing_is_made(storage: Storage, tmp_path: Path) -> None:
    company = {"company_id": "C", "catalogue": [{"name": "a"}, {"name": "b", "photos": ["b.jpg"]}]}
    file = parse(json.dumps({"users": PEOPLE, "companies": [company]}).encode(), tmp_path)
    with pytest.raises(
        ProvisionError, match=r"^companies\[0\]\.catalogue\[1\]\.photos\[0\]: .*b\.jpg.* cannot be read"
    ):
        await provision(storage, file, Passwords())
    assert await storage.accounts.by_username("alice") is None
