"""Connections to platforms: implements `actors.chatpion.ports.SocialAccounts`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from sqlalchemy import Select, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.chatpion.values import SocialAccount, SocialSecrets, SocialStatus
from storage.bridge import Bridge
from storage.chatpion.tables import social_accounts
from storage.database import Database
from storage.errors import KeyFileError
from storage.rows import DbRow
from storage.vault import Vault, place

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

ROW: Final = social_accounts.c
COLUMNS: Final = (ROW.id, ROW.account, ROW.platform, ROW.name, ROW.url, ROW.status, ROW.connected_at)
SECRETS: Final = ("access_token", "app_secret", "verify_token")


class SocialAccounts:
    """The `SocialAccounts` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, vault: Vault) -> None:
        self._bridge = bridge
        self._database = database
        self._vault = vault

    async def list(
        self, account: int, *, platform: str | None = None, status: SocialStatus | None = None
    ) -> list[SocialAccount]:
        """Those of the account, by id."""
        query = select(*COLUMNS).where(ROW.account == account).order_by(ROW.id)
        if platform is not None:
            query = query.where(ROW.platform == platform)
        if status is not None:
            query = query.where(ROW.status == status)
        return await self._read(lambda connection: _all(connection, query))

    async def connect(
        self, account: int, *, platform: str, name: str | None, url: str | None, secrets: SocialSecrets, now: int
    ) -> SocialAccount:
        """Keep a connection, with its secrets sealed."""

        async def work(connection: AsyncConnection) -> SocialAccount:
            # Before the row is there: a seal is for one row only. Exact, for writes take turns.
            last = (await connection.execute(select(func.max(ROW.id)))).scalar() or 0
            made = SocialAccount(
                id=last + 1, account=account, platform=platform, name=name, url=url, status="active", connected_at=now
            )
            await connection.execute(insert(social_accounts), self._row(made, secrets))
            return made

        return await self._bridge.call(lambda: self._database.write(work))

    async def social_account(self, id: int) -> SocialAccount | None:
        """One of whatever account."""
        return await self._first(select(*COLUMNS).where(ROW.id == id))

    async def active(self, account: int, platform: str) -> SocialAccount | None:
        """The active one of this platform with the highest id."""
        mine = (ROW.account == account, ROW.platform == platform, ROW.status == "active")
        return await self._first(select(*COLUMNS).where(*mine).order_by(ROW.id.desc()).limit(1))

    async def secrets(self, id: int) -> SocialSecrets | None:
        """What the connection signs and checks with; None: there is none, or it went with its master key."""
        query = select(ROW.key_id, *(ROW[name] for name in SECRETS)).where(ROW.id == id)

        async def work(connection: AsyncConnection) -> Any:
            return (await connection.execute(query)).first()

        row = await self._read(work)
        if row is None:
            return None
        sealed = {name: row._mapping[name] for name in SECRETS if row._mapping[name] is not None}
        try:
            return SocialSecrets(**{name: self._opened(id, row.key_id, name, sealed[name]) for name in sealed})
        except KeyFileError:
            return None

    def _row(self, made: SocialAccount, secrets: SocialSecrets) -> dict[str, Any]:
        row = {each.name: getattr(made, each.name) for each in COLUMNS}
        sealed = {name: self._sealed(made.id, name, getattr(secrets, name)) for name in SECRETS}
        return row | sealed | {"key_id": self._vault.key_id}

    def _sealed(self, id: int, name: str, secret: str | None) -> bytes | None:
        return None if secret is None else self._vault.seal_for(_place(id, name), secret)

    def _opened(self, id: int, key_id: str, name: str, sealed: bytes) -> str:
        return self._vault.unseal_for(_place(id, name), key_id, sealed)

    async def _first(self, query: Select[Any]) -> SocialAccount | None:
        found = await self._read(lambda connection: _all(connection, query))
        return found[0] if found else None

    async def _read(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.read(work))


def _place(id: int, name: str) -> str:
    return place("social_accounts", id, name)


async def _all(connection: AsyncConnection, query: Select[Any]) -> list[SocialAccount]:
    return [_social_account(row) for row in await connection.execute(query)]


def _social_account(row: DbRow) -> SocialAccount:
    return SocialAccount(**row._mapping)
