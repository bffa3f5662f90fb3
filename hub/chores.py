"""What operators do with ChatPion's accounts and keys, by the hub that runs or without one."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from actors.chatpion.ports import Keys
from actors.chatpion.shown import time
from actors.chatpion.values import Account, ApiKey
from actors.ports import NameTaken, PortError
from storage import Storage


class Chore(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every chore. What is done is told as an object for JSON."""


class AddAccount(Chore, frozen=True, kw_only=True):
    """Make an account. `owner` is the username of who owns its bot."""

    name: str
    email: str | None = None
    plan: str = "free"
    owner: str | None = None


class ListAccounts(Chore, frozen=True, kw_only=True):
    """Tell of all accounts."""


class AddKey(Chore, frozen=True, kw_only=True):
    """Make a key, whose secret is told this once."""

    account: str
    name: str
    scopes: tuple[str, ...]


class ListKeys(Chore, frozen=True, kw_only=True):
    """Tell of the keys of an account, the revoked too."""

    account: str


class RevokeKey(Chore, frozen=True, kw_only=True):
    """End a key, at once."""

    account: str
    name: str


AnyChore = AddAccount | ListAccounts | AddKey | ListKeys | RevokeKey


class NotDone(Exception):
    """It cannot be done; the message is the one line to print."""


class Told(Struct, frozen=True, tag=True):
    """It is done, and this is to be told."""

    answer: dict[str, Any]


class Complaint(Struct, frozen=True, tag=True):
    """It was not done."""

    problem: str


def line_of(chore: AnyChore) -> bytes:
    """A chore as a hub reads it."""
    return msgspec.json.encode(chore)


def answer_in(line: bytes) -> dict[str, Any]:
    """What a hub has answered. Raises `NotDone`."""
    told = msgspec.json.decode(line, type=Told | Complaint)
    if isinstance(told, Complaint):
        raise NotDone(told.problem)
    return told.answer


async def carry_out_line(storage: Storage, line: bytes) -> bytes:
    """Carry out what stands in the line, and return the line that tells of it. Never raises."""
    told: Told | Complaint
    try:
        told = Told(await carry_out(storage, msgspec.json.decode(line, type=AnyChore)))
    except (NotDone, PortError) as error:
        told = Complaint(str(error))
    except msgspec.MsgspecError:
        told = Complaint("the hub that runs is of another version: stop it first")
    return msgspec.json.encode(told)


async def carry_out(storage: Storage, chore: AnyChore) -> dict[str, Any]:
    """Do it, and return what is to be told. Raises `NotDone` and `StoreUnavailable`: then nothing was done."""
    tenants, keys = storage.chatpion.tenants, storage.chatpion.keys
    match chore:
        case AddAccount():
            return await _add_account(storage, chore)
        case ListAccounts():
            return {"accounts": [_account(account) for account in await tenants.accounts()]}
        case AddKey():
            return await _add_key(keys, await _known(storage, chore.account), chore)
        case ListKeys():
            account = await _known(storage, chore.account)
            return {"keys": [_key(key) for key in await keys.keys(account.id)]}
        case RevokeKey():
            account = await _known(storage, chore.account)
            if not await keys.revoke(account.id, chore.name):
                raise NotDone(f"{chore.account!r} has no key {chore.name!r}")
            return {"account": chore.account, "name": chore.name, "revoked": True}


async def _add_account(storage: Storage, chore: AddAccount) -> dict[str, Any]:
    owner = None if chore.owner is None else await _user(storage, chore.owner)
    try:
        made = await storage.chatpion.tenants.create(name=chore.name, email=chore.email, plan=chore.plan, owner=owner)
    except NameTaken:
        raise NotDone(f"there is an account {chore.name!r} already") from None
    return _account(made)


async def _add_key(keys: Keys, account: Account, chore: AddKey) -> dict[str, Any]:
    try:
        made = await keys.create(account.id, name=chore.name, scopes=chore.scopes)
    except NameTaken:
        raise NotDone(f"{chore.account!r} has a key {chore.name!r} already: revoke it first") from None
    return {"account": account.name} | _key(made.key) | {"key": made.secret}


async def _known(storage: Storage, name: str) -> Account:
    account = await storage.chatpion.tenants.by_name(name)
    if account is None:
        raise NotDone(f"there is no account {name!r}")
    return account


async def _user(storage: Storage, username: str) -> int:
    found = await storage.people.find(username)
    if found is None:
        raise NotDone(f"there is no user {username!r}")
    return found.person.id


def _account(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "plan": account.plan,
        "bot": account.bot,
        "created_at": time(account.created_at),
    }


def _key(key: ApiKey) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": time(key.created_at),
        "revoked_at": None if key.revoked_at is None else time(key.revoked_at),
    }
