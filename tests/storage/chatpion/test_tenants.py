"""Accounts, and the bots that speak for them."""

import pytest

from actors.chatpion.values import Account
from actors.ports import BotNeeded, NameTaken
from actors.values import Caller, NewPerson, Who
from storage import Storage
from storage.chatpion.assembly import ChatPion


async def test_an_account_has_a_bot_of_its_name(storage: Storage, kept: ChatPion, account: Account) -> None:
    assert (account.id, account.name, account.email, account.plan) == (1, "Example", "example@mail.example", "premium")
    assert account.created_at == account.updated_at > 0
    assert await storage.accounts.caller(Who("bot", account.bot)) == Caller("bot", account.bot, "Example", "bot")
    bot = await storage.accounts.bot(account.bot)
    assert bot is not None
    assert bot.owner is None


async def test_conversations_know_its_bot_at_once(storage: Storage, account: Account) -> None:
    assert account.bot in storage.addresses.speakers


async def test_accounts_are_found_by_id_and_by_name(kept: ChatPion, account: Account, other: Account) -> None:
    assert other.plan == "free"
    assert await kept.tenants.account(account.id) == account
    assert await kept.tenants.by_name("Other") == other
    assert await kept.tenants.accounts() == [account, other]
    assert await kept.tenants.account(99) is None
    assert await kept.tenants.by_name("example") is None


async def test_a_name_is_taken_once(storage: Storage, kept: ChatPion, account: Account) -> None:
    with pytest.raises(NameTaken):
        await kept.tenants.create(name="Example")
    assert await kept.tenants.accounts() == [account]
    assert len(await storage.accounts.bots(None)) == 1


async def test_the_bot_that_an_account_speaks_by_is_not_deleted(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    with pytest.raises(BotNeeded):
        await storage.accounts.delete_bot(account.bot)
    assert await storage.accounts.bot(account.bot) is not None


async def test_it_outlives_its_owner(storage: Storage, kept: ChatPion) -> None:
    await storage.people.register(NewPerson("root", "root@mail.example", "hash"))
    owner = await storage.people.register(NewPerson("alice", "alice@mail.example", "hash"))
    account = await kept.tenants.create(name="Example", owner=owner.id)
    await storage.accounts.create_bot(7, owner.caller, name="own", webhook_url=None, avatar=None, description=None)
    gone = await storage.people.delete(owner.id)
    assert [bot.id for bot in gone.bots] == [7]
    bot = await storage.accounts.bot(account.bot)
    assert bot is not None
    assert bot.owner is None
