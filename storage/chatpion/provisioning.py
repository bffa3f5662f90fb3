"""The section `accounts` of a provisioning file, inside its transaction. Accounts and their keys are known by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.chatpion.scopes import checked
from actors.chatpion.values import Account
from storage.chatpion.keys import key_named, make_key, renew_key
from storage.chatpion.tables import api_keys
from storage.chatpion.tenants import NewTenant, account_named, make_account
from storage.numbers import Numbers
from storage.provision_file import NewAccount, NewKey
from storage.vault import Vault


class AccountErrand:
    """Makes what is not there. With `rotate` every key of the file has a new secret, those that were revoked too."""

    def __init__(self, connection: AsyncConnection, vault: Vault, numbers: Numbers, *, rotate: bool, now: int) -> None:
        self._connection = connection
        self._vault = vault
        self._numbers = numbers
        self._rotate = rotate
        self._now = now

    async def carry_out(self, wanted: Sequence[NewAccount], owners: Mapping[str, int]) -> dict[str, dict[str, Any]]:
        """Return the ids, and the secrets that were made. `owners` are the ids of the users who are named."""
        answer: dict[str, dict[str, Any]] = {}
        for new in wanted:
            account = await self._account(new, None if new.owner is None else owners[new.owner])
            secrets = {key.name: await self._key(account, key) for key in new.api_keys}
            made = {name: secret for name, secret in secrets.items() if secret is not None}
            answer[new.name] = {"id": account.id} | ({"api_keys": made} if made else {})
        return answer

    async def _account(self, new: NewAccount, owner: int | None) -> Account:
        known = await account_named(self._connection, new.name)
        if known is not None:
            return known
        tenant = NewTenant(new.name, new.email, new.plan, owner)
        return await make_account(self._connection, self._numbers, tenant, self._now)

    async def _key(self, account: Account, new: NewKey) -> str | None:
        """Return the key's secret, if one was made. What somebody revoked is not made again by the next start."""
        known = await key_named(self._connection, account.id, new.name)
        if known is not None:
            return await renew_key(self._connection, self._vault, known.id) if self._rotate else None
        if not self._rotate and await self._was_there(account, new):
            return None
        return (await make_key(self._connection, self._vault, account.id, new.name, checked(new.scopes))).secret

    async def _was_there(self, account: Account, new: NewKey) -> bool:
        mine = (api_keys.c.account == account.id, api_keys.c.name == new.name)
        return (await self._connection.execute(select(api_keys.c.id).where(*mine).limit(1))).first() is not None
