"""Carries a provisioning file out: hashes the passwords that are new, then leaves the rest to storage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import trio

from actors.order.company import Company
from actors.ports import Accounts, Passwords
from hub.provision_file import Draft, UserDraft
from storage import NewUser, ProvisionError, ProvisionFile, Storage

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
    companies = [await _photographed(place, each, draft.folder, storage) for place, each in enumerate(draft.companies)]
    file = ProvisionFile(
        users=users,
        bots=draft.bots,
        conversations=draft.conversations,
        accounts=draft.accounts,
        companies=companies,
    )
    return Answer(await storage.provisioning.provision(file, rotate=rotate))


async def _photographed(place: int, company: Company, folder: Path, storage: Storage) -> Company:
    """Return it with photos that the hub has, copied from where the file says that they are."""
    catalogue = []
    for number, product in enumerate(company.catalogue):
        where = f"companies[{place}].catalogue[{number}].photos"
        photos = [
            await _copied(f"{where}[{index}]", folder / each, storage) for index, each in enumerate(product.photos)
        ]
        catalogue.append(msgspec.structs.replace(product, photos=tuple(photos)))
    return msgspec.structs.replace(company, catalogue=tuple(catalogue))


async def _copied(where: str, path: Path, storage: Storage) -> str:
    try:
        return await storage.botlive.photos.copy(path)
    except OSError as error:
        raise ProvisionError(where, f"{str(path)!r} cannot be read: {error.strerror or error}") from error


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
