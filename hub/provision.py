"""Carries a provisioning file out: hashes the passwords that are new, then leaves the rest to storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import trio

from actors.ports import Accounts, Passwords
from hub.provision_file import Draft, UserDraft
from storage import NewUser, ProvisionFile, Storage

SECRETS = frozenset({"token", "key_access", "bot_key", "webhook_secret", "api_keys"})


class Answer(NamedTuple):
    """What is told once: ids of everything in the file, and the secrets that were made for it."""

    content: Mapping[str, Any]

    @property
    def has_secrets(self) -> bool:
        """Whether anything was made that only this answer tells."""
        return any(SECRETS & entry.keys() for section in self.content.values() for entry in section.values())


async def provision(storage: Storage, draft: Draft, passwords: Passwords, *, rotate: bool = False) -> Answer:
    """Make what is not there, all of it or nothing. Raises `ProvisionError` and `StoreUnavailable`.

    A user who exists keeps its password. With `rotate` all users and bots of the file get new secrets.
    """
    users = await _hashed(draft.users, storage.accounts, passwords)
    file = ProvisionFile(users=users, bots=draft.bots, conversations=draft.conversations, accounts=draft.accounts)
    return Answer(await storage.provisioning.provision(file, rotate=rotate))


async def _hashed(drafts: tuple[UserDraft, ...], accounts: Accounts, passwords: Passwords) -> list[NewUser]:
    """Return the users in their order; as many passwords are hashed at a time as `passwords` lets through."""
    users = [draft.user for draft in drafts]

    async def hash_one(index: int, password: str) -> None:
        users[index] = replace(users[index], password_hash=await passwords.hash(password))

    # A hash takes 25 ms: too long to make thousands at every start that are then thrown away.
    new = [
        (index, draft.password)
        for index, draft in enumerate(drafts)
        if draft.password is not None and await accounts.by_username(draft.user.username) is None
    ]
    async with trio.open_nursery() as nursery:
        for index, password in new:
            nursery.start_soon(hash_one, index, password)
    return users
