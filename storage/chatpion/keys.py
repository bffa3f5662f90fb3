"""The keys of accounts: implements `actors.chatpion.ports.Keys`.

A key is `cp_` and 256 random bits, of which a keyed hash is kept. Who presents one that is kept under an older master
key has it kept under today's, for nobody else knows it.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
from sqlalchemy import Column, Dialect, bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.chatpion.ports import KeyLogin, MadeKey
from actors.chatpion.scopes import checked
from actors.chatpion.values import Account, ApiKey
from actors.ports import NameTaken, StoreUnavailable
from storage.bridge import Bridge
from storage.chatpion import tenants
from storage.chatpion.tables import accounts, api_keys
from storage.database import Database
from storage.looks import Look
from storage.memo import Memo
from storage.vault import Vault
from storage.wall import now_ms

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

log = logging.getLogger("hubbub.storage")

PREFIX: Final = "cp_"
ROW: Final = api_keys.c
COLUMNS: Final = (ROW.id, ROW.account, ROW.name, ROW.scopes, ROW.created_at, ROW.revoked_at)
LIVING: Final = ROW.revoked_at.is_(None)


class Keys:
    """The `Keys` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, vault: Vault, logins: Memo[bytes, KeyLogin]) -> None:
        self._bridge = bridge
        self._database = database
        self._vault = vault
        self._logins = logins
        self._by_hash = _by_hash(database.dialect)

    async def login(self, secret: str) -> KeyLogin | None:
        """Whose key this is; None for one that is none or was revoked."""
        hashes = self._vault.hashes("api_key", secret)
        known = self._logins.get(hashes[0])
        if known is not None:
            return known
        now = self._logins.now
        for hashed in hashes:
            found = await self._find(hashed)
            if found is not None:
                # What stays under an older key for now is looked at again the next time, and brought over then.
                if hashed == hashes[0] or await self._bring_over(hashed, hashes[0]):
                    self._logins.keep(hashes[0], found, now)
                return found
        return None

    async def create(self, account: int, *, name: str, scopes: Sequence[str]) -> MadeKey:
        """Make a key. Raises `NameTaken` and, for what is no scope, `UnknownScope`."""
        wanted = checked(scopes)

        async def work(connection: AsyncConnection) -> MadeKey:
            if await key_named(connection, account, name) is not None:
                raise NameTaken("name")
            return await make_key(connection, self._vault, account, name, wanted)

        return await self._bridge.call(lambda: self._database.write(work))

    async def revoke(self, account: int, name: str) -> bool:
        """End the living key of this name; False: there is none."""
        mine = (ROW.account == account, ROW.name == name, LIVING)

        async def work(connection: AsyncConnection) -> bool:
            ended = await connection.execute(update(api_keys).where(*mine), {"revoked_at": now_ms()})
            return bool(ended.rowcount)

        return await self._change(work)

    async def keys(self, account: int) -> list[ApiKey]:
        """All of the account, the revoked too, by id."""
        query = select(*COLUMNS).where(ROW.account == account).order_by(ROW.id)

        async def work(connection: AsyncConnection) -> list[ApiKey]:
            return [_key(row._asdict()) for row in await connection.execute(query)]

        return await self._bridge.call(lambda: self._database.read(work))

    async def _find(self, hashed: bytes) -> KeyLogin | None:
        row = await self._bridge.call(lambda: self._database.look(lambda raw: self._by_hash.first(raw, hashed=hashed)))
        if row is None:
            return None
        key, account = row[: len(COLUMNS)], row[len(COLUMNS) :]
        return KeyLogin(_key(_named(COLUMNS, key)), Account(**_named(tenants.COLUMNS, account)))

    async def _bring_over(self, old: bytes, new: bytes) -> bool:
        change = update(api_keys).where(ROW.hash == old).values(hash=new, key_id=self._vault.key_id)
        try:
            await self._change(lambda connection: connection.execute(change))
        except StoreUnavailable as error:
            log.warning("a key stays under an older master key", extra={"reason": str(error)})
            return False
        return True

    async def _change(self, work: Work[T]) -> T:
        async def change() -> T:
            try:
                return await self._database.write(work)
            finally:
                # Told before the end of the call is: whoever hears of the change finds nothing from before it.
                self._bridge.tell(self._logins.all_changed)

        return await self._bridge.call(change)


async def key_named(connection: AsyncConnection, account: int, name: str) -> ApiKey | None:
    """The living key of this name."""
    mine = (ROW.account == account, ROW.name == name, LIVING)
    row = (await connection.execute(select(*COLUMNS).where(*mine))).first()
    return None if row is None else _key(row._asdict())


async def make_key(
    connection: AsyncConnection, vault: Vault, account: int, name: str, scopes: Sequence[str]
) -> MadeKey:
    """Make a key whose name is free."""
    secret, now = _mint(vault), now_ms()
    row = {"account": account, "name": name, "scopes": msgspec.json.encode(scopes).decode(), "created_at": now}
    await connection.execute(insert(api_keys), row | _kept(vault, secret))
    made = await key_named(connection, account, name)
    if made is None:
        raise LookupError(f"no key {name!r}")
    return MadeKey(made, secret)


async def renew_key(connection: AsyncConnection, vault: Vault, key: int) -> str:
    """Give a key another secret, and return it; the old one is dead."""
    secret = _mint(vault)
    await connection.execute(update(api_keys).where(ROW.id == key), _kept(vault, secret))
    return secret


def _mint(vault: Vault) -> str:
    return PREFIX + vault.mint_pass()


def _kept(vault: Vault, secret: str) -> dict[str, Any]:
    return {"key_id": vault.key_id, "hash": vault.hash("api_key", secret)}


def _by_hash(dialect: Dialect) -> Look:
    owned = api_keys.join(accounts, accounts.c.id == ROW.account)
    query = select(*COLUMNS, *tenants.COLUMNS).select_from(owned)
    return Look(query.where(ROW.hash == bindparam("hashed"), LIVING), dialect)


def _key(values: Mapping[str, Any]) -> ApiKey:
    scopes = msgspec.json.decode(values["scopes"], type=tuple[str, ...])
    return ApiKey(**{**values, "scopes": scopes})


def _named(columns: Sequence[Column[Any]], values: Sequence[Any]) -> dict[str, Any]:
    return dict(zip((column.name for column in columns), values, strict=True))
