"""Users, bots and their credentials: implements `actors.ports.Accounts`.

Every write is one transaction and durable when the call returns. Raises `StoreUnavailable` (then nothing was written)
and LookupError for a user or bot that is not there.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec.structs import replace
from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import BotNeeded, NameTaken
from actors.values import BotLogin, BotSecrets, Caller, Who, user_role
from protocol.frames import BotView, Credential, JsonReply, UserView
from storage import people
from storage.bearers import Bearer, Bearers
from storage.bot_writes import BotWrites
from storage.botlive import shops
from storage.bridge import Bridge
from storage.chatpion import tenants
from storage.credentials import renew
from storage.database import Database
from storage.erasing import erase_bot
from storage.memo import Memo
from storage.models import bots, credentials, passes, users
from storage.rekeying import Rekeying
from storage.vault import Vault
from storage.wall import now_ms

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

BOT_CREDENTIALS: tuple[Credential, ...] = ("token", "key_access", "bot_key", "webhook_secret")
BOT_COLUMNS = frozenset({"name", "webhook_url", "events_url", "json_reply", "avatar", "description", "metadata"})


class Accounts:
    """The `Accounts` port on a database."""

    def __init__(
        self, bridge: Bridge, database: Database, vault: Vault, logins: Memo[bytes, BotLogin], writes: BotWrites
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._vault = vault
        self._logins = logins
        self._writes = writes
        self._bearers = Bearers(database.dialect)
        self._rekeying = Rekeying(bridge, database, vault)

    async def by_token(self, token: str) -> Caller | None:
        """Who signs in with this native token."""
        bearer = await self._bearer("token", token)
        return None if bearer is None else bearer.caller

    async def by_key_access(self, key: str) -> BotLogin | None:
        """The bot whose AuroriaLink key this is, character for character."""
        return await self._login("key_access", key)

    async def by_bot_key(self, key: str) -> BotLogin | None:
        """The bot whose Cordless key, `{bot id}-{token}`, this is."""
        return await self._login("bot_key", key)

    async def by_bot_token(self, token: str) -> BotLogin | None:
        """The bot whose native token this is; None for a user's."""
        return await self._login("token", token)

    async def bot_token(self, bot: int) -> str | None:
        """The bot's native token, to be shown again; None for one that was not used since schema 0005."""
        return (await self._unsealed(Who("bot", bot))).get("token")

    async def credential_current(self, credential_id: int) -> bool:
        """Whether the credential of a `BotLogin` still holds: neither rotated nor its bot deleted."""
        return await self._look(lambda raw: self._bearers.holds(raw, credential_id))

    async def by_username(self, username: str) -> tuple[Caller, str | None] | None:
        """The user, and the argon2id hash of the password if there is one."""
        return await self._read(lambda connection: _by_username(connection, username))

    async def caller(self, who: Who) -> Caller | None:
        """The user or bot, unless it was deleted."""
        return await self._read(lambda connection: people.caller(connection, who))

    async def password_hash(self, user: int) -> str | None:
        """The argon2id hash of the user's password, if there is one."""
        return await self._read(lambda connection: _password_hash(connection, user))

    async def create_bot(
        self,
        bot: int,
        owner: Caller,
        *,
        name: str,
        webhook_url: str | None,
        avatar: str | None,
        description: str | None,
        events_url: str | None = None,
        json_reply: JsonReply = "attach",
        metadata: str | None = None,
    ) -> BotView:
        """Make a bot with all its credentials, which stand in the answer this once. Raises `NameTaken`."""
        row = {
            "id": bot,
            "name": name,
            "owner": owner.id,
            "webhook_url": webhook_url,
            "events_url": events_url,
            "json_reply": people.ignores(json_reply),
            "avatar": avatar,
            "description": description,
            "metadata": metadata,
            "created_at": now_ms(),
        }

        async def create(connection: AsyncConnection) -> BotView:
            await _check_free(connection, owner.id, name)
            await connection.execute(insert(bots), row)
            secrets = await renew(connection, self._vault, [Who("bot", bot)], BOT_CREDENTIALS)
            return replace(await _bot(connection, bot), **secrets[Who("bot", bot)])

        return await self._writes.run(create)

    async def bot(self, bot: int) -> BotView | None:
        """The bot, unless it was deleted."""
        return await self._read(lambda connection: people.bot_view(connection, bot))

    async def bots(self, owner: int | None) -> list[BotView]:
        """The owner's bots, or all for None, by id."""
        return await self._read(lambda connection: people.bot_views(connection, owner))

    async def update_bot(self, bot: int, changes: dict[str, str | None]) -> BotView:
        """Change some of `BOT_COLUMNS`. Raises `NameTaken`."""
        unknown = set(changes) - BOT_COLUMNS
        if unknown:
            raise ValueError(f"a bot has no {', '.join(sorted(unknown))} to change")
        row: dict[str, object] = {**changes}
        if "json_reply" in changes:
            row["json_reply"] = people.ignores(changes["json_reply"])

        async def change(connection: AsyncConnection) -> BotView:
            before = await _bot(connection, bot)
            if row.get("name", before.name) != before.name and before.owner is not None:
                await _check_free(connection, before.owner.id, str(row["name"]))
            if row:
                await connection.execute(update(bots).where(bots.c.id == bot), row)
            return await _bot(connection, bot)

        return await self._writes.run(change)

    async def delete_bot(self, bot: int) -> None:
        """End the bot: its credentials are gone, its name stays on what it said. Raises `BotNeeded`."""

        async def end(connection: AsyncConnection) -> None:
            await _bot(connection, bot)
            if await tenants.speaks(connection, bot) or await shops.speaks(connection, bot):
                raise BotNeeded
            await end_bot(connection, bot)

        await self._writes.run(end)

    async def rotate_bot(self, bot: int, credential: Credential) -> BotView:
        """Replace one credential; the new one stands in the answer, the old one is dead."""

        async def rotate(connection: AsyncConnection) -> BotView:
            view = await _bot(connection, bot)
            secrets = await renew(connection, self._vault, [Who("bot", bot)], [credential])
            return replace(view, **secrets[Who("bot", bot)])

        return await self._writes.run(rotate, moves=False)

    async def bot_secrets(self, bot: int) -> BotSecrets | None:
        """What calls to the bot's webhook carry; None for a bot that has no secrets (any more)."""
        plain = await self._unsealed(Who("bot", bot))
        return BotSecrets(plain.get("bot_key"), plain.get("webhook_secret")) if plain else None

    async def rename_user(self, user: int, name: str) -> UserView:
        """Give the user another display name."""

        async def rename(connection: AsyncConnection) -> UserView:
            view = await _user(connection, user)
            key = people.search_key(name, view.username)
            await connection.execute(
                update(users).where(users.c.id == user), {"name": name, "fullname": name, "search_key": key}
            )
            return replace(view, name=name)

        return await self._write(rename)

    async def set_password(self, user: int, password_hash: str) -> UserView:
        """Give the user another password, and end the sessions of the web."""

        async def change(connection: AsyncConnection) -> UserView:
            view = await _user(connection, user)
            await connection.execute(update(users).where(users.c.id == user), {"password_hash": password_hash})
            await connection.execute(delete(passes).where(passes.c.user == user))
            return view

        return await self._write(change)

    async def _unsealed(self, who: Who) -> dict[Credential, str]:
        found = await self._look(lambda raw: self._bearers.sealed(raw, who))
        return {kept.credential: self._vault.unseal(who, *kept) for kept in found}

    async def _login(self, credential: Credential, secret: str) -> BotLogin | None:
        hashed = self._vault.hashes(credential, secret)[0]
        login = self._logins.get(hashed)
        if login is not None:
            return login
        now = self._logins.now
        bearer = await self._bearer(credential, secret)
        if bearer is None or bearer.caller.kind != "bot":
            return None
        login = BotLogin(bearer.caller, bearer.credential_id)
        # One that is being brought under today's key is looked at again, lest that failed.
        if self._rekeying.is_current(bearer, credential):
            self._logins.keep(hashed, login, now)
        return login

    async def _bearer(self, credential: Credential, secret: str) -> Bearer | None:
        hashes = self._vault.hashes(credential, secret)
        bearer = await self._look(lambda raw: self._bearers.find(raw, hashes))
        if bearer is not None and not self._rekeying.is_current(bearer, credential):
            self._rekeying.note(bearer, credential, secret)
        return bearer

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _read(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.read(work))

    async def _write(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.write(work))


async def end_bot(connection: AsyncConnection, bot: int) -> None:
    """Take a bot's credentials and all that is kept of it, but for its name."""
    await connection.execute(update(bots).where(bots.c.id == bot), {"deleted_at": now_ms()})
    mine = (credentials.c.owner_kind == "bot", credentials.c.owner_id == bot)
    await connection.execute(delete(credentials).where(*mine))
    await erase_bot(connection, bot)


async def _by_username(connection: AsyncConnection, username: str) -> tuple[Caller, str | None] | None:
    query = select(users.c.id, users.c.name, users.c.role, users.c.password_hash).where(
        users.c.username == username, users.c.deleted_at.is_(None)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else (Caller("user", row.id, row.name, user_role(row.role)), row.password_hash)


async def _password_hash(connection: AsyncConnection, user: int) -> str | None:
    found: str | None = (await connection.execute(select(users.c.password_hash).where(users.c.id == user))).scalar()
    return found


async def _bot(connection: AsyncConnection, bot: int) -> BotView:
    view = await people.bot_view(connection, bot)
    if view is None:
        raise LookupError(f"no bot {bot}")
    return view


async def _check_free(connection: AsyncConnection, owner: int, name: str) -> None:
    """Raise `NameTaken` when the owner has a living bot of this name. Exact: writes take turns."""
    mine = (bots.c.owner == owner, bots.c.name == name, bots.c.deleted_at.is_(None))
    if (await connection.execute(select(bots.c.id).where(*mine).limit(1))).first() is not None:
        raise NameTaken("name")


async def _user(connection: AsyncConnection, user: int) -> UserView:
    row = (
        await connection.execute(select(*people.USER).where(users.c.id == user, users.c.deleted_at.is_(None)))
    ).first()
    if row is None:
        raise LookupError(f"no user {user}")
    return people.user_view(row)
