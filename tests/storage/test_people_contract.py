"""People and their sessions: the same promises of the real storage and of the fake that others test with."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from actors.ports import Accounts, LastAdministrator, NameTaken, PasswordChanged, People, WebSessions
from actors.values import Caller, NewPerson, Person, Who
from storage import open_storage
from tests.fakes.memory_people import MemoryPeople, MemorySessions
from tests.fakes.memory_store import MemoryStore

DAY_MS = 86_400_000


class Town:
    """A storage, its clock, and the people in it."""

    people: People
    sessions: WebSessions
    accounts: Accounts

    def __init__(self) -> None:
        self.now = 1_000
        self.bots = 0

    def now_ms(self) -> int:
        return self.now

    async def settle(self, name: str, email: str | None = None) -> Person:
        """Register somebody."""
        return await self.people.register(NewPerson(name, email or f"{name}@mail.example", f"hash of {name}"))

    async def bot(self, owner: Person, name: str, metadata: str | None = None) -> int:
        """Make a bot."""
        self.bots += 1
        await self.accounts.create_bot(
            self.bots, owner.caller, name=name, webhook_url=None, avatar=None, description=None, metadata=metadata
        )
        return self.bots


@pytest.fixture(params=["memory", "sqlite"])
async def town(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    town = Town()
    if request.param == "memory":
        town.accounts = accounts = MemoryStore().accounts
        town.sessions = sessions = MemorySessions(accounts, town.now_ms)
        town.people = MemoryPeople(accounts, sessions, town.now_ms)
        yield town
        return
    async with open_storage(tmp_path, report=lambda _conv, _notice: None, now_ms=town.now_ms) as storage:
        town.people, town.sessions, town.accounts = storage.people, storage.web_sessions, storage.accounts
        yield town


def names(people: list[Person]) -> list[str]:
    return [person.username for person in people]


# -------------------------------------------------------------------------------------------------------- people


async def test_the_first_user_administers_the_hub(town: Town) -> None:
    assert [(await town.settle(name)).role for name in ("root", "alice")] == ["admin", "user"]


@pytest.mark.parametrize(
    ("username", "email", "field"),
    [("ROOT", "other@mail.example", "username"), ("other", "Root@MAIL.example", "email")],
)
async def test_names_and_addresses_are_unique_whatever_the_case(
    town: Town, username: str, email: str, field: str
) -> None:
    await town.settle("root")
    with pytest.raises(NameTaken) as taken:
        await town.settle(username, email)
    assert taken.value.field == field
    assert names(await town.people.everybody()) == ["root"]


async def test_somebody_is_found_by_name_or_address_and_by_the_name_first(town: Town) -> None:
    root = await town.settle("root", "Root@Mail.example")
    for login in ("root", "ROOT", "root@mail.EXAMPLE"):
        found = await town.people.find(login)
        assert found is not None
        assert (found.person.id, found.password_hash) == (root.id, "hash of root")
    assert await town.people.find("roo") is None
    assert await town.people.find_address("ROOT@mail.example") == root
    assert await town.people.find_address("root") is None


async def test_people_are_listed_and_searched(town: Town) -> None:
    for name in ("root", "alice", "Alfred"):
        await town.settle(name)
    assert names(await town.people.everybody()) == ["root", "alice", "Alfred"]
    assert names(await town.people.like("AL")) == ["alice", "Alfred"]
    assert names(await town.people.like("red@mail")) == ["Alfred"]
    assert names(await town.people.like("a%")) == names(await town.people.like("r_ot")) == []


async def test_a_profile_is_kept_as_it_is_given(town: Town) -> None:
    root = await town.settle("root")
    assert (root.fullname, root.phone, root.last_login, root.caller.name) == (None, None, None, "root")
    changed = await town.people.change_profile(root.id, {"fullname": " Root\n", "phone": "", "gender": "x"})
    assert (changed.fullname, changed.phone, changed.birthday, changed.gender) == (" Root\n", "", None, "x")
    assert await town.accounts.caller(root.who) == Caller("user", root.id, "Root", "admin")
    cleared = await town.people.change_profile(root.id, {"fullname": None, "phone": None})
    assert (cleared.fullname, cleared.phone, cleared.gender, cleared.caller.name) == (None, None, "x", "root")
    assert await town.people.person(root.id) == cleared
    with pytest.raises(LookupError):
        await town.people.change_profile(99, {"phone": "1"})


async def test_bots_have_metadata_and_are_listed_by_owner(town: Town) -> None:
    root, alice = await town.settle("root"), await town.settle("alice")
    first, second = await town.bot(root, "ci", '{"a":[1,"<b>"]}'), await town.bot(alice, "ci")
    bot = await town.people.managed(first)
    assert bot is not None
    assert (bot.name, bot.owner, bot.metadata) == ("ci", root.id, {"a": [1, "<b>"]})
    assert [bot.id for bot in await town.people.managed_by(alice.id)] == [second]
    assert [bot.id for bot in await town.people.managed_by(None)] == [first, second]
    assert await town.people.managed(99) is None


async def test_a_name_is_one_bots_of_an_owner_as_long_as_it_lives(town: Town) -> None:
    root, alice = await town.settle("root"), await town.settle("alice")
    first = await town.bot(root, "ci")
    await town.bot(alice, "ci")
    with pytest.raises(NameTaken):
        await town.bot(root, "ci")
    other = await town.bot(root, "cd")
    with pytest.raises(NameTaken):
        await town.accounts.update_bot(other, {"name": "ci"})
    await town.accounts.update_bot(first, {"name": "ci", "description": "same"})
    await town.accounts.delete_bot(first)
    await town.accounts.update_bot(other, {"name": "ci"})


async def test_a_bots_token_is_shown_again_until_it_is_another(town: Town) -> None:
    bot = await town.bot(await town.settle("root"), "ci")
    token = await town.accounts.bot_token(bot)
    assert token is not None
    login = await town.accounts.by_bot_token(token)
    assert login is not None
    assert login.caller.who == Who("bot", bot)
    rotated = await town.accounts.rotate_bot(bot, "token")
    assert await town.accounts.bot_token(bot) == rotated.token
    assert await town.accounts.by_bot_token(token) is None
    await town.accounts.delete_bot(bot)
    assert await town.accounts.bot_token(bot) is None


async def test_a_deleted_user_is_gone_and_only_the_id_is_never_used_again(town: Town) -> None:
    await town.settle("root")
    alice = await town.settle("alice")
    bot = await town.bot(alice, "ci")
    token = await town.accounts.bot_token(bot)
    session = await town.sessions.open(alice.id, "hash of alice")
    reset = await town.sessions.offer_reset(alice.id)
    gone = await town.people.delete(alice.id)
    assert (gone.user, [bot.id for bot in gone.bots]) == (alice.caller, [bot])
    assert await town.people.person(alice.id) is None
    assert await town.people.find("alice") is None
    assert await town.people.find_address("alice@mail.example") is None
    assert await town.accounts.caller(alice.who) is None
    assert await town.accounts.by_username("alice") is None
    assert await town.people.managed(bot) is None
    assert await town.accounts.by_bot_token(str(token)) is None
    assert await town.sessions.find(session) is None
    assert await town.sessions.reset_of(reset) is None
    with pytest.raises(LookupError):
        await town.people.delete(alice.id)
    again = await town.settle("alice")
    assert again.id > alice.id
    assert names(await town.people.everybody()) == ["root", "alice"]


async def test_the_last_administrator_cannot_be_deleted(town: Town) -> None:
    root = await town.settle("root")
    await town.settle("alice")
    bot = await town.bot(root, "ci")
    with pytest.raises(LastAdministrator):
        await town.people.delete(root.id)
    assert await town.people.managed(bot) is not None


# ------------------------------------------------------------------------------------------------------ sessions


async def test_a_session_is_somebodys_for_seven_days(town: Town) -> None:
    root = await town.settle("root")
    token = await town.sessions.open(root.id, "hash of root")
    found = await town.sessions.find(token)
    assert found is not None
    assert (found.caller, found.expires_at) == (root.caller, town.now + 7 * DAY_MS)
    assert [person.last_login for person in await town.people.everybody()] == [town.now]
    assert await town.sessions.find(f"{token}x") is None
    assert await town.sessions.reset_of(token) is None
    town.now += 7 * DAY_MS - 1
    assert await town.sessions.find(token) is not None
    town.now += 1
    assert await town.sessions.find(token) is None


async def test_a_session_may_begin_in_place_of_another(town: Town) -> None:
    root = await town.settle("root")
    first, other = [await town.sessions.open(root.id, "hash of root") for _ in range(2)]
    second = await town.sessions.open(root.id, "hash of root", instead=first)
    found = [await town.sessions.find(token) is not None for token in (first, other, second)]
    assert found == [False, True, True]
    await town.sessions.close(other)
    await town.sessions.close(other)
    assert await town.sessions.find(other) is None


async def test_no_session_begins_by_a_password_that_is_not_any_more(town: Town) -> None:
    root = await town.settle("root")
    with pytest.raises(PasswordChanged):
        await town.sessions.open(root.id, "hash of another")


async def test_another_password_ends_all_sessions_but_the_new_one(town: Town) -> None:
    root, alice = await town.settle("root"), await town.settle("alice")
    old = await town.sessions.open(root.id, "hash of root")
    others = await town.sessions.open(alice.id, "hash of alice")
    new = await town.sessions.change_password(root.id, "hash 2", instead_of="hash of root")
    found = [await town.sessions.find(token) is not None for token in (old, others, new)]
    assert found == [False, True, True]
    with pytest.raises(PasswordChanged):
        await town.sessions.change_password(root.id, "hash 3", instead_of="hash of root")
    assert await town.accounts.password_hash(root.id) == "hash 2"


async def test_a_reset_token_works_once_within_half_an_hour(town: Town) -> None:
    root = await town.settle("root")
    session = await town.sessions.open(root.id, "hash of root")
    late, first, second = [await town.sessions.offer_reset(root.id) for _ in range(3)]
    assert await town.sessions.reset_of(first) == root.id
    assert await town.sessions.find(first) is None
    assert await town.sessions.reset_password(first, "hash 2") == root.id
    assert await town.accounts.password_hash(root.id) == "hash 2"
    assert await town.sessions.find(session) is None
    for used in (first, second, late, "nonsense"):
        with pytest.raises(PasswordChanged):
            await town.sessions.reset_password(used, "hash 3")
    token = await town.sessions.offer_reset(root.id)
    town.now += 1_800_000
    with pytest.raises(PasswordChanged):
        await town.sessions.reset_password(token, "hash 3")
    with pytest.raises(LookupError):
        await town.sessions.offer_reset(99)
