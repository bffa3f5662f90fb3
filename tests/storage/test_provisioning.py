"""A provisioning file is carried out whole or not at all, again and again."""

import time

import pytest

from actors.values import Caller, Who
from protocol.frames import Actor, Members
from storage import NewBot, NewConversation, NewUser, ProvisionError, ProvisionFile
from tests.storage.subject import RealSubject

FILE = ProvisionFile(
    users=[
        NewUser(username="alice", role="admin", password_hash="$argon2id$x"),
        NewUser(username="bob", fullname="Bob B."),
    ],
    bots=[NewBot(name="ci", owner="alice", webhook_url="http://127.0.0.1:9000/hook", json_reply="ignore")],
    conversations=[
        NewConversation(name="ops", kind="closed", members=["alice", "bob"], bots=["ci"]),
        NewConversation(name="lobby", kind="open", members=["bob"]),
        NewConversation(name="us", kind="direct", members=["bob", "alice"]),
    ],
)


async def test_the_answer_has_ids_and_the_secrets_that_were_made(real: RealSubject) -> None:
    answer = await real.storage.provisioning.provision(FILE)
    assert {section: list(entries) for section, entries in answer.items()} == {
        "users": ["alice", "bob"],
        "bots": ["ci"],
        "conversations": ["ops", "lobby", "us"],
    }
    assert set(answer["users"]["alice"]) == {"id", "token"}
    assert set(answer["bots"]["ci"]) == {"id", "token", "key_access", "bot_key", "webhook_secret"}
    assert set(answer["conversations"]["ops"]) == {"id"}
    alice, bob = answer["users"]["alice"]["id"], answer["users"]["bob"]["id"]
    assert await real.accounts.by_token(str(answer["users"]["alice"]["token"])) == Caller(
        "user", int(alice), "alice", "admin"
    )
    assert await real.accounts.by_username("bob") == (Caller("user", int(bob), "Bob B.", "user"), None)
    assert await real.accounts.password_hash(int(alice)) == "$argon2id$x"
    bot = await real.accounts.by_token(str(answer["bots"]["ci"]["token"]))
    assert bot == Caller("bot", int(answer["bots"]["ci"]["id"]), "ci", "bot")


async def test_conversations_are_founded_as_anybody_founds_them(real: RealSubject) -> None:
    answer = await real.storage.provisioning.provision(FILE)
    ops = await real.library.conversation(int(answer["conversations"]["ops"]["id"]))
    assert ops is not None
    assert (ops.kind, ops.name, ops.head) == ("closed", "ops", 1)
    assert {member.actor.name: member.role for member in ops.members} == {
        "alice": "admin",
        "Bob B.": "member",
        "ci": "member",
    }
    (first,) = await real.library.events(ops.id, 0, 10)
    assert isinstance(first, Members)
    assert (first.seq, first.by.name) == (1, "alice")
    us = await real.library.conversation(int(answer["conversations"]["us"]["id"]))
    assert us is not None
    assert (us.kind, us.name, {member.role for member in us.members}) == ("direct", None, {"member"})


async def test_a_second_time_changes_nothing_and_shows_no_secret(real: RealSubject) -> None:
    first = await real.storage.provisioning.provision(FILE)
    again = await real.storage.provisioning.provision(FILE)
    assert again == {
        section: {name: {"id": entry["id"]} for name, entry in entries.items()} for section, entries in first.items()
    }
    assert await real.accounts.by_token(str(first["users"]["bob"]["token"])) is not None
    assert len(await real.library.users("", 10)) == 2


async def test_rotating_makes_new_secrets_and_kills_the_old_ones(real: RealSubject) -> None:
    first = await real.storage.provisioning.provision(FILE)
    again = await real.storage.provisioning.provision(FILE, rotate=True)
    for section, name in (("users", "bob"), ("bots", "ci")):
        old, new = first[section][name], again[section][name]
        assert old["id"] == new["id"]
        assert set(old) == set(new)
        assert not set(old.values()) & set(new.values()) - {old["id"]}
        assert await real.accounts.by_token(str(old["token"])) is None
        assert await real.accounts.by_token(str(new["token"])) is not None


async def test_a_file_may_name_who_exists_already(real: RealSubject) -> None:
    await real.storage.provisioning.provision(FILE)
    more = ProvisionFile(
        bots=[NewBot(name="new", owner="bob")],
        conversations=[NewConversation(name="more", members=["alice"], bots=["ci", "new"])],
    )
    answer = await real.storage.provisioning.provision(more)
    assert set(answer["bots"]) == {"new"}
    record = await real.library.conversation(int(answer["conversations"]["more"]["id"]))
    assert record is not None
    assert {member.actor.name for member in record.members} == {"alice", "ci", "new"}


@pytest.mark.parametrize(
    ("file", "path"),
    [
        (ProvisionFile(bots=[NewBot(name="ci", owner="nobody")]), "bots[0].owner"),
        (ProvisionFile(users=[NewUser(username="a"), NewUser(username="a")]), "users[1].username"),
        (ProvisionFile(bots=[NewBot(name="a"), NewBot(name="a")]), "bots[1].name"),
        (
            ProvisionFile(
                users=[NewUser(username="zoe")],
                conversations=[NewConversation(name="x", members=["zoe", "nobody"])],
            ),
            "conversations[0].members[1]",
        ),
        (
            ProvisionFile(
                users=[NewUser(username="zoe")],
                conversations=[NewConversation(name="x"), NewConversation(name="y", bots=["none"])],
            ),
            "conversations[1].bots[0]",
        ),
        (ProvisionFile(conversations=[NewConversation(name="x", kind="open")]), "conversations[0].members"),
    ],
)
async def test_what_cannot_be_carried_out_names_the_place_and_leaves_nothing(
    real: RealSubject, file: ProvisionFile, path: str
) -> None:
    with pytest.raises(ProvisionError) as caught:
        await real.storage.provisioning.provision(file)
    assert caught.value.path == path
    assert str(caught.value).startswith(path)
    assert await real.library.users("", 10) == []
    assert await real.library.open_conversations("", 10) == []
    assert await real.accounts.bots(None) == []


async def test_a_conversation_of_nobody_is_founded_by_an_administrator(real: RealSubject) -> None:
    file = ProvisionFile(
        users=[NewUser(username="bob"), NewUser(username="root", role="admin")],
        conversations=[NewConversation(name="lobby", kind="open")],
    )
    answer = await real.storage.provisioning.provision(file)
    (first,) = await real.library.events(int(answer["conversations"]["lobby"]["id"]), 0, 10)
    assert isinstance(first, Members)
    assert first.by == Actor("user", int(answer["users"]["root"]["id"]), "root")


async def test_ids_that_provisioning_takes_are_not_given_out_again(real: RealSubject) -> None:
    answer = await real.storage.provisioning.provision(FILE)
    assert real.numbers.conversation() > max(int(entry["id"]) for entry in answer["conversations"].values())
    assert real.numbers.bot() > int(answer["bots"]["ci"]["id"])


async def test_a_crowd_is_provisioned_in_seconds(real: RealSubject) -> None:
    crowd = [NewUser(username=f"user-{number}") for number in range(3_000)]
    room = NewConversation(name="all", members=[user.username for user in crowd])
    started = time.perf_counter()
    answer = await real.storage.provisioning.provision(ProvisionFile(users=crowd, conversations=[room]))
    assert time.perf_counter() - started < 9  # 20,000 in a minute
    assert len({entry["token"] for entry in answer["users"].values()}) == 3_000
    record = await real.library.conversation(int(answer["conversations"]["all"]["id"]))
    assert record is not None
    assert len(record.members) == 3_000
    assert await real.library.memberships(Who("user", int(answer["users"]["user-7"]["id"]))) == [record.id]
