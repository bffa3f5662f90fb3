"""What only a database can do wrong about people: old ones, keys, and what is written down."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from actors.values import NewPerson
from storage import NewBot, NewUser, ProvisionError, ProvisionFile, StorageError, rotate_master_key, set_role
from storage.migrations import upgrade
from storage.store import DATABASE_FILE
from tests.storage.subject import real_subject


def rows(directory: Path, sql: str, *values: object) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(directory / DATABASE_FILE)) as connection, connection:
        return connection.execute(sql, values).fetchall()


async def test_people_of_older_databases_keep_their_names_and_the_oldest_of_two_is_found_by_any_case(
    tmp_path: Path,
) -> None:
    (tmp_path / DATABASE_FILE).touch(0o600)
    engine = create_engine(f"sqlite:///{tmp_path / DATABASE_FILE}")
    with engine.begin() as connection:
        upgrade.run(connection, "0005")
    engine.dispose()
    for person in ((1, "Bob", "Bobby", "", "b@x"), (2, "bob", "bob", "", "B@X"), (3, "eve", "eve", "", None)):
        rows(tmp_path, "INSERT INTO users VALUES (?, ?, ?, ?, 'user', NULL, ?, 1)", *person)
    async with real_subject(tmp_path) as real:
        people = real.storage.people
        found = {login: await people.find(login) for login in ("Bob", "bob", "BOB", "b@x", "B@X", "EVE")}
        assert {login: who and who.person.id for login, who in found.items()} == {
            "Bob": 1,
            "bob": 2,
            "BOB": 1,
            "b@x": 1,
            "B@X": 1,
            "EVE": 3,
        }
        fullnames = [person.fullname for person in await people.everybody()]
        assert fullnames == ["Bobby", None, None]


async def test_sessions_outlive_a_rotation_of_the_master_key_unless_the_old_one_is_forgotten(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        person = await real.storage.people.register(NewPerson("alice", "a@x", "hash"))
        token = await real.storage.web_sessions.open(person.id, "hash")
    rotation = await rotate_master_key(tmp_path)
    assert len(rotation.older) == 1
    async with real_subject(tmp_path) as real:
        assert await real.storage.web_sessions.find(token) is not None
    await rotate_master_key(tmp_path, forget=True)
    async with real_subject(tmp_path) as real:
        assert await real.storage.web_sessions.find(token) is None


async def test_neither_tokens_nor_what_is_private_of_the_deleted_is_in_the_database(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        people, sessions = real.storage.people, real.storage.web_sessions
        await people.register(NewPerson("root", "root@x", "hash"))
        alice = await people.register(NewPerson("alice-canary", "canary@mail.example", "canary-hash", "Alice"))
        await people.change_profile(alice.id, {"phone": "canary-phone", "birthday": "canary-day", "gender": "canary"})
        tokens = [await sessions.open(alice.id, "canary-hash"), await sessions.offer_reset(alice.id)]
        dump = str(rows(tmp_path, "SELECT * FROM passes")) + str(rows(tmp_path, "SELECT * FROM users"))
        assert all(token not in dump for token in tokens)
        await people.delete(alice.id)
        assert "canary" not in str(rows(tmp_path, "SELECT * FROM users"))
        assert rows(tmp_path, "SELECT name FROM users WHERE id = 2") == [("Alice",)]
        assert rows(tmp_path, "SELECT * FROM passes") == []


async def test_a_deleted_user_is_not_found_natively(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        await real.storage.people.register(NewPerson("root", "root@x", "hash"))
        alice = await real.storage.people.register(NewPerson("alice", "a@x", "hash"))
        await real.storage.people.delete(alice.id)
        assert [user.username for user in await real.library.users("", 10)] == ["root"]
        assert list(await real.library.actors([alice.who])) == []


async def test_passes_that_nobody_can_use_any_more_go(tmp_path: Path) -> None:
    now = [1_000]
    async with real_subject(tmp_path, now_ms=lambda: now[0]) as real:
        person = await real.storage.people.register(NewPerson("alice", "a@x", "hash"))
        for _ in range(3):
            await real.storage.web_sessions.offer_reset(person.id)
        now[0] += 1_800_000
        await real.storage.web_sessions.open(person.id, "hash")
        assert rows(tmp_path, "SELECT purpose FROM passes") == [("session",)]


# -------------------------------------------------------------------------------------------- provisioning, admin


@pytest.mark.parametrize(
    ("new", "path"),
    [
        (NewUser(username="Alice"), r"users\[1\]\.username"),
        (NewUser(username="bob", email="A@X"), r"users\[1\]\.email"),
    ],
)
async def test_a_file_makes_nobody_whom_another_has_the_name_or_address_of(
    tmp_path: Path, new: NewUser, path: str
) -> None:
    async with real_subject(tmp_path) as real:
        await real.storage.people.register(NewPerson("alice", "a@x", "hash"))
        with pytest.raises(ProvisionError, match=path):
            await real.storage.provisioning.provision(ProvisionFile(users=[NewUser(username="eve"), new]))
        double = ProvisionFile(users=[NewUser(username="eve", email="e@x"), NewUser(username="EVE", email="E@X")])
        with pytest.raises(ProvisionError, match=r"users\[1\]"):
            await real.storage.provisioning.provision(double)
        assert [person.username for person in await real.storage.people.everybody()] == ["alice"]


async def test_who_is_provisioned_is_found_like_anybody(tmp_path: Path) -> None:
    new = NewUser(username="Émile", email="É@x", fullname="Émile Z.", password_hash="hash")
    async with real_subject(tmp_path) as real:
        await real.storage.provisioning.provision(ProvisionFile(users=[new]))
        for login in ("Émile", "émile", "é@X"):
            found = await real.storage.people.find(login)
            assert found is not None
            assert (found.person.fullname, found.password_hash) == ("Émile Z.", "hash")


async def test_a_file_knows_bots_by_owner_and_name(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        alice = await real.storage.people.register(NewPerson("alice", "a@x", "hash"))
        await real.storage.people.register(NewPerson("bob", "b@x", "hash"))
        bot = real.numbers.bot()
        await real.accounts.create_bot(bot, alice.caller, name="ci", webhook_url=None, avatar=None, description=None)
        found = []
        for owner in ("alice", "bob", None, "bob"):
            answer = await real.storage.provisioning.provision(ProvisionFile(bots=[NewBot(name="ci", owner=owner)]))
            found.append((answer["bots"]["ci"]["id"], "token" in answer["bots"]["ci"]))
        assert found == [(1, False), (2, True), (3, True), (2, False)]
        assert await real.accounts.bot_token(2) is not None


async def test_administrators_are_made_offline(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as real:
        for name in ("root", "alice"):
            await real.storage.people.register(NewPerson(name, f"{name}@x", "hash"))
    assert await set_role(tmp_path, "ALICE", "admin") == "alice"
    assert await set_role(tmp_path, "root", "user") == "root"
    with pytest.raises(StorageError, match="there is no user 'nobody'"):
        await set_role(tmp_path, "nobody", "admin")
    async with real_subject(tmp_path) as real:
        assert [person.role for person in await real.storage.people.everybody()] == ["user", "admin"]
