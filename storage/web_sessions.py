"""Sessions of the web and reset tokens: implements `actors.ports.WebSessions`.

Both are passes: a secret that lets one user in for a while, of which a keyed hash is kept. Every write is durable when
the call returns, and takes the passes away that nobody can use any more. Raises `StoreUnavailable` and LookupError.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from sqlalchemy import ColumnElement, Dialect, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import PasswordChanged
from actors.values import Caller, WebSession, user_role
from storage.bridge import Bridge
from storage.database import Database
from storage.looks import Look
from storage.models import passes, users
from storage.vault import Purpose, Vault

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

LASTS_MS: Final[dict[Purpose, int]] = {"session": 604_800_000, "reset": 1_800_000}
ID_CHARS: Final = 16


class WebSessions:
    """The `WebSessions` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, vault: Vault, now_ms: Callable[[], int]) -> None:
        self._bridge = bridge
        self._database = database
        self._vault = vault
        self._now_ms = now_ms
        self._finding = Finding(database.dialect)

    async def open(self, user: int, password_hash: str, *, instead: str | None = None) -> str:
        """Begin a session of seven days and return its token. `instead`: the token of one that ends with it."""
        now = self._now_ms()

        async def begin(connection: AsyncConnection) -> str:
            await _check_password(connection, user, password_hash)
            await _change_user(connection, user, {"last_login": now})
            if instead is not None:
                await connection.execute(delete(passes).where(self._is("session", instead)))
            return await self._give(connection, user, "session", now)

        return await self._write(begin)

    async def find(self, token: str) -> WebSession | None:
        """Whose session this is."""
        now, hashes = self._now_ms(), self._vault.hashes("session", token)
        return await self._bridge.call(lambda: self._database.look(lambda raw: self._finding.session(raw, hashes, now)))

    async def close(self, token: str) -> None:
        """End the session, if there is one."""

        async def end(connection: AsyncConnection) -> None:
            await connection.execute(delete(passes).where(self._is("session", token)))

        await self._write(end)

    async def change_password(self, user: int, new_hash: str, *, instead_of: str | None) -> str:
        """Set another password, end all sessions of the user, and begin one whose token is returned."""
        now = self._now_ms()

        async def change(connection: AsyncConnection) -> str:
            await _check_password(connection, user, instead_of)
            await self._set_password(connection, user, new_hash)
            return await self._give(connection, user, "session", now)

        return await self._write(change)

    async def offer_reset(self, user: int) -> str:
        """Make a token that sets the user's password anew, once, within half an hour."""
        now = self._now_ms()

        async def offer(connection: AsyncConnection) -> str:
            await _change_user(connection, user, {})
            return await self._give(connection, user, "reset", now)

        return await self._write(offer)

    async def reset_of(self, token: str) -> int | None:
        """Whose password this reset token sets."""
        return await self._bridge.call(
            lambda: self._database.read(lambda connection: self._reset_of(connection, token))
        )

    async def reset_password(self, token: str, new_hash: str) -> int:
        """Use the reset token: set the password and end all sessions and other reset tokens of the user."""

        async def reset(connection: AsyncConnection) -> int:
            user = await self._reset_of(connection, token)
            if user is None:
                raise PasswordChanged
            await self._set_password(connection, user, new_hash)
            return user

        return await self._write(reset)

    async def _reset_of(self, connection: AsyncConnection, token: str) -> int | None:
        query = select(passes.c.user).where(self._is("reset", token), passes.c.expires_at > self._now_ms())
        found: int | None = (await connection.execute(query)).scalar()
        return found

    async def _set_password(self, connection: AsyncConnection, user: int, new_hash: str) -> None:
        await _change_user(connection, user, {"password_hash": new_hash})
        await connection.execute(delete(passes).where(passes.c.user == user))

    async def _give(self, connection: AsyncConnection, user: int, purpose: Purpose, now: int) -> str:
        secret = self._vault.mint_pass()
        await connection.execute(delete(passes).where(passes.c.expires_at <= now))
        row = {
            "hash": self._vault.hashes(purpose, secret)[0],
            "key_id": self._vault.key_id,
            "purpose": purpose,
            "user": user,
            "expires_at": now + LASTS_MS[purpose],
        }
        await connection.execute(insert(passes), row)
        return secret

    def _is(self, purpose: Purpose, token: str) -> ColumnElement[bool]:
        return passes.c.hash.in_(self._vault.hashes(purpose, token)) & (passes.c.purpose == purpose)

    async def _write(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.write(work))


class Finding:
    """The look behind every request with a cookie. Runs in a connection's thread."""

    def __init__(self, dialect: Dialect) -> None:
        row, user = passes.c, users.c
        columns = (user.id, user.name, user.role, row.expires_at)
        living = passes.join(users, (user.id == row.user) & user.deleted_at.is_(None))
        found = (row.hash == bindparam("hashed"), row.purpose == "session", row.expires_at > bindparam("now"))
        self._session = Look(select(*columns).select_from(living).where(*found), dialect)

    def session(self, raw: sqlite3.Connection, hashes: list[bytes], now: int) -> WebSession | None:
        """The session with one of these hashes, unless it has ended by `now`."""
        for hashed in hashes:
            row = self._session.first(raw, hashed=hashed, now=now)
            if row is not None:
                user, name, role, expires_at = row
                caller = Caller("user", user, name, user_role(role))
                return WebSession(hashed.hex()[:ID_CHARS], caller, expires_at)
        return None


async def _check_password(connection: AsyncConnection, user: int, password_hash: str | None) -> None:
    """Raise `PasswordChanged` when the password is not the one that was verified."""
    current = await connection.execute(select(users.c.password_hash).where(users.c.id == user))
    if current.scalar() != password_hash:
        raise PasswordChanged


async def _change_user(connection: AsyncConnection, user: int, changes: dict[str, object]) -> None:
    """Raise LookupError unless the user is there."""
    alive = (users.c.id == user, users.c.deleted_at.is_(None))
    done = await connection.execute(update(users).where(*alive).values({"id": user, **changes}))
    if not done.rowcount:
        raise LookupError(f"no user {user}")
