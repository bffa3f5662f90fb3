"""What every implementation of the `Accounts` port keeps."""

from typing import get_args

import pytest
from msgspec import UNSET

from actors.values import BotLogin, BotSecrets, Caller, Who
from protocol.frames import Actor, BotView, Credential
from tests.storage.subject import Subject

SECRETS = get_args(Credential)


def secrets_in(view: BotView) -> dict[str, str]:
    return {name: getattr(view, name) for name in SECRETS if getattr(view, name) is not UNSET}


async def test_a_user_is_found_by_username_and_id_and_nothing_else(subject: Subject) -> None:
    alice = await subject.user("alice", name="Alice A.", role="admin")
    assert alice == Caller("user", alice.id, "Alice A.", "admin")
    assert await subject.accounts.by_username("alice") == (alice, None)
    assert await subject.accounts.by_username("Alice A.") is None
    assert await subject.accounts.caller(alice.who) == alice
    assert await subject.accounts.caller(Who("bot", alice.id)) is None
    assert await subject.accounts.caller(Who("user", 99)) is None
    assert await subject.accounts.by_token("") is None
    assert await subject.accounts.by_token("guess") is None


async def test_a_new_bot_shows_all_its_secrets_this_once(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = subject.numbers.bot()
    made = await subject.accounts.create_bot(
        bot, alice, name="ci", webhook_url="http://127.0.0.1:9/hook", avatar="a.png", description="builds"
    )
    assert (made.id, made.name, made.owner) == (bot, "ci", Actor("user", alice.id, "alice"))
    assert (made.webhook_url, made.avatar, made.description) == ("http://127.0.0.1:9/hook", "a.png", "builds")
    assert made.created_at > 0
    assert set(secrets_in(made)) == set(SECRETS)
    assert made.bot_key is not UNSET
    assert made.bot_key.startswith(f"{bot}-")
    assert made.webhook_secret is not UNSET
    assert made.webhook_secret.startswith("whsec_")

    seen = await subject.accounts.bot(bot)
    assert seen is not None
    assert secrets_in(seen) == {}
    assert await subject.accounts.by_token(str(made.token)) == Caller("bot", bot, "ci", "bot")
    assert await subject.accounts.by_token(str(made.key_access)) is None
    assert await subject.accounts.caller(Who("bot", bot)) == Caller("bot", bot, "ci", "bot")


async def test_bots_are_listed_by_owner(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    first, second, third = [await subject.bot(name, owner) for name, owner in (("a", alice), ("b", bob), ("c", alice))]
    await subject.accounts.delete_bot(third.id)
    assert [bot.id for bot in await subject.accounts.bots(alice.id)] == [first.id]
    assert [bot.id for bot in await subject.accounts.bots(None)] == [first.id, second.id]
    assert await subject.accounts.bots(99) == []


async def test_a_bot_changes_only_in_what_is_given(subject: Subject) -> None:
    alice = await subject.user("alice")
    ci = await subject.bot("ci", alice)
    await subject.accounts.update_bot(ci.id, {"webhook_url": "http://h/", "description": "old"})
    view = await subject.accounts.update_bot(ci.id, {"name": "builder", "description": None})
    assert (view.name, view.webhook_url, view.description) == ("builder", "http://h/", None)
    assert await subject.accounts.bot(ci.id) == view
    assert await subject.accounts.update_bot(ci.id, {}) == view


async def test_a_bot_has_an_address_for_events_and_a_mind_about_json(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = subject.numbers.bot()
    made = await subject.accounts.create_bot(
        bot,
        alice,
        name="ci",
        webhook_url=None,
        avatar=None,
        description=None,
        events_url="http://h/events",
        json_reply="ignore",
    )
    assert (made.events_url, made.json_reply) == ("http://h/events", "ignore")
    view = await subject.accounts.update_bot(bot, {"events_url": None, "json_reply": "attach"})
    assert (view.events_url, view.json_reply) == (None, "attach")
    assert await subject.accounts.bot(bot) == view


async def test_rotating_one_credential_kills_the_old_one_and_leaves_the_others(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = subject.numbers.bot()
    made = await subject.accounts.create_bot(bot, alice, name="ci", webhook_url=None, avatar=None, description=None)
    again = await subject.accounts.rotate_bot(bot, "key_access")
    assert set(secrets_in(again)) == {"key_access"}
    assert again.key_access != made.key_access
    assert await subject.accounts.by_token(str(made.token)) is not None

    fresh = await subject.accounts.rotate_bot(bot, "token")
    assert await subject.accounts.by_token(str(made.token)) is None
    assert await subject.accounts.by_token(str(fresh.token)) == Caller("bot", bot, "ci", "bot")


async def test_a_deleted_bot_is_gone_with_its_credentials(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = subject.numbers.bot()
    made = await subject.accounts.create_bot(bot, alice, name="ci", webhook_url=None, avatar=None, description=None)
    await subject.accounts.delete_bot(bot)
    assert await subject.accounts.bot(bot) is None
    assert await subject.accounts.by_token(str(made.token)) is None
    assert await subject.accounts.caller(Who("bot", bot)) is None
    with pytest.raises(LookupError):
        await subject.accounts.delete_bot(bot)
    with pytest.raises(LookupError):
        await subject.accounts.update_bot(bot, {"name": "x"})
    with pytest.raises(LookupError):
        await subject.accounts.rotate_bot(bot, "token")


async def test_a_user_changes_name_and_password(subject: Subject) -> None:
    alice = await subject.user("alice")
    assert await subject.accounts.password_hash(alice.id) is None
    view = await subject.accounts.rename_user(alice.id, "Alice B.")
    assert (view.id, view.name, view.username) == (alice.id, "Alice B.", "alice")
    await subject.accounts.set_password(alice.id, "$argon2id$x")
    assert await subject.accounts.password_hash(alice.id) == "$argon2id$x"
    assert await subject.accounts.by_username("alice") == (Caller("user", alice.id, "Alice B.", "user"), "$argon2id$x")
    assert await subject.accounts.password_hash(99) is None
    with pytest.raises(LookupError):
        await subject.accounts.rename_user(99, "x")
    with pytest.raises(LookupError):
        await subject.accounts.set_password(99, "x")
    assert [user.username for user in await subject.library.users("alice b", 10)] == ["alice"]


async def make_bot(subject: Subject) -> BotView:
    owner = await subject.user("alice")
    bot = subject.numbers.bot()
    return await subject.accounts.create_bot(bot, owner, name="ci", webhook_url=None, avatar=None, description=None)


async def test_each_key_of_a_bot_opens_its_own_door_only(subject: Subject) -> None:
    made = await make_bot(subject)
    ci = Caller("bot", made.id, "ci", "bot")
    accounts = subject.accounts
    doors = {"token": accounts.by_token, "key_access": accounts.by_key_access, "bot_key": accounts.by_bot_key}
    opened = {
        (door, secret)
        for door, open_with in doors.items()
        for secret in SECRETS
        if await open_with(str(getattr(made, secret)))
    }
    assert opened == {("token", "token"), ("key_access", "key_access"), ("bot_key", "bot_key")}
    for login in (await accounts.by_key_access(str(made.key_access)), await accounts.by_bot_key(str(made.bot_key))):
        assert isinstance(login, BotLogin)
        assert login.caller == ci


@pytest.mark.parametrize("guess", ["", "7-", "-", "guess", "\ud800", "x" * 10_000, " ", "\0"])
async def test_a_guess_opens_nothing(subject: Subject, guess: str) -> None:
    await make_bot(subject)
    assert await subject.accounts.by_token(guess) is None
    assert await subject.accounts.by_key_access(guess) is None
    assert await subject.accounts.by_bot_key(guess) is None


async def test_a_login_is_current_until_its_own_credential_is_rotated(subject: Subject) -> None:
    made = await make_bot(subject)
    accounts = subject.accounts
    access, key = await accounts.by_key_access(str(made.key_access)), await accounts.by_bot_key(str(made.bot_key))
    assert access is not None
    assert key is not None
    assert access == await accounts.by_key_access(str(made.key_access))
    rotated = await accounts.rotate_bot(made.id, "key_access")
    assert not await accounts.credential_current(access.credential_id)
    assert await accounts.credential_current(key.credential_id)
    assert await accounts.by_key_access(str(made.key_access)) is None
    again = await accounts.by_key_access(str(rotated.key_access))
    assert again is not None
    assert again.credential_id != access.credential_id
    assert await accounts.credential_current(again.credential_id)

    await accounts.delete_bot(made.id)
    assert not await accounts.credential_current(key.credential_id)
    assert not await accounts.credential_current(again.credential_id)
    assert await accounts.by_bot_key(str(made.bot_key)) is None


async def test_a_login_has_todays_name(subject: Subject) -> None:
    made = await make_bot(subject)
    accounts = subject.accounts
    for name in ("ci", "CI", "build"):
        await accounts.update_bot(made.id, {"name": name})
        for login in (await accounts.by_key_access(str(made.key_access)), await accounts.by_bot_key(str(made.bot_key))):
            assert login is not None
            assert login.caller.name == name


async def test_the_hub_knows_the_secrets_that_webhooks_carry(subject: Subject) -> None:
    made = await make_bot(subject)
    assert await subject.accounts.bot_secrets(made.id) == BotSecrets(str(made.bot_key), str(made.webhook_secret))
    rotated = await subject.accounts.rotate_bot(made.id, "bot_key")
    assert await subject.accounts.bot_secrets(made.id) == BotSecrets(str(rotated.bot_key), str(made.webhook_secret))
    rotated_secret = str((await subject.accounts.rotate_bot(made.id, "webhook_secret")).webhook_secret)
    assert await subject.accounts.bot_secrets(made.id) == BotSecrets(str(rotated.bot_key), rotated_secret)
    await subject.accounts.delete_bot(made.id)
    assert await subject.accounts.bot_secrets(made.id) is None
    assert await subject.accounts.bot_secrets(99) is None
