"""Accounts and keys from a provisioning file: made once, told once."""

import pytest

from storage import NewAccount, NewBot, NewKey, NewUser, ProvisionError, ProvisionFile, Storage

FILE = ProvisionFile(
    users=[NewUser(username="alice")],
    accounts=[
        NewAccount(
            name="Example",
            email="example@mail.example",
            plan="premium",
            owner="alice",
            api_keys=[NewKey(name="main"), NewKey(name="reader", scopes=["messages:read"])],
        ),
        NewAccount(name="Bare"),
    ],
)


async def test_the_answer_has_ids_and_the_keys_that_were_made(storage: Storage) -> None:
    answer = await storage.provisioning.provision(FILE)
    example, bare = answer["accounts"]["Example"], answer["accounts"]["Bare"]
    assert (example["id"], bare) == (1, {"id": 2})
    assert list(example["api_keys"]) == ["main", "reader"]
    kept = storage.chatpion
    login = await kept.keys.login(example["api_keys"]["reader"])
    assert login is not None
    assert (login.key.scopes, login.account.name, login.account.plan) == (("messages:read",), "Example", "premium")
    assert login.account.email == "example@mail.example"
    bot = await storage.accounts.bot(login.account.bot)
    assert bot is not None
    assert bot.owner is not None
    assert bot.owner.name == "alice"


async def test_what_exists_is_left_and_its_keys_are_not_told_again(storage: Storage) -> None:
    first = await storage.provisioning.provision(FILE)
    again = await storage.provisioning.provision(FILE)
    assert again["accounts"] == {"Example": {"id": 1}, "Bare": {"id": 2}}
    login = await storage.chatpion.keys.login(first["accounts"]["Example"]["api_keys"]["main"])
    assert login is not None
    more = ProvisionFile(accounts=[NewAccount(name="Bare", plan="other", api_keys=[NewKey(name="late")])])
    assert list((await storage.provisioning.provision(more))["accounts"]["Bare"]["api_keys"]) == ["late"]
    bare = await storage.chatpion.tenants.by_name("Bare")
    assert bare is not None
    assert bare.plan == "free"


async def test_keys_are_renewed_on_demand_at_once(storage: Storage) -> None:
    keys = storage.chatpion.keys
    first = (await storage.provisioning.provision(FILE))["accounts"]["Example"]["api_keys"]
    before = await keys.login(first["main"])
    second = (await storage.provisioning.provision(FILE, rotate=True))["accounts"]["Example"]["api_keys"]
    assert await keys.login(first["main"]) is None
    assert await keys.login(second["main"]) == before


async def test_a_key_that_was_revoked_comes_back_on_demand_only(storage: Storage) -> None:
    keys = storage.chatpion.keys
    first = (await storage.provisioning.provision(FILE))["accounts"]["Example"]["api_keys"]
    await keys.revoke(1, "main")
    assert (await storage.provisioning.provision(FILE))["accounts"]["Example"] == {"id": 1}
    rotated = (await storage.provisioning.provision(FILE, rotate=True))["accounts"]["Example"]["api_keys"]
    assert await keys.login(rotated["main"]) is not None
    assert await keys.login(first["main"]) is None


async def test_an_owner_that_nobody_is_stops_everything(storage: Storage) -> None:
    wrong = ProvisionFile(bots=[NewBot(name="ci")], accounts=[NewAccount(name="A"), NewAccount(name="B", owner="bob")])
    with pytest.raises(ProvisionError, match=r"accounts\[1\]\.owner: there is no user 'bob'"):
        await storage.provisioning.provision(wrong)
    assert await storage.chatpion.tenants.accounts() == []
    twice = ProvisionFile(accounts=[NewAccount(name="A"), NewAccount(name="A")])
    with pytest.raises(ProvisionError, match=r"accounts\[1\]\.name: 'A' stands at accounts\[0\]"):
        await storage.provisioning.provision(twice)
