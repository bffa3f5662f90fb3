"""Carries a provisioning file out: people, conversations, accounts, companies, all in one transaction or nothing.

Names are the keys: who or what exists under its name is left as it is, and so the same file may be carried out again.
Source: docs/reference/operations.md, "Provisioning".
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.messages.changes import Found
from actors.values import Who, direct_key
from protocol.frames import Actor, Credential, Members
from storage.accounts import BOT_CREDENTIALS
from storage.addresses import Addresses
from storage.batch import Group
from storage.botlive.provisioning import CompanyErrand
from storage.botlive.shop_rows import ShopRows
from storage.bridge import Bridge
from storage.chatpion.provisioning import AccountErrand
from storage.commit import Sql
from storage.credentials import renew
from storage.database import Database
from storage.errors import ProvisionError
from storage.memo import Memo
from storage.models import bots, conversations, users
from storage.names import portions
from storage.numbers import Numbers
from storage.people import KNOWN, ignores, search_key
from storage.plan import plan
from storage.provision_file import NewBot, NewConversation, NewUser, ProvisionFile
from storage.vault import Vault

Known = dict[str, Actor]
Entries = dict[str, dict[str, Any]]
Answer = dict[str, Entries]


class Provisioning:
    """Carries provisioning files out."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        vault: Vault,
        numbers: Numbers,
        sql: Sql,
        addresses: Addresses,
        memos: Sequence[Memo[Any, Any]],
        shops: ShopRows,
    ) -> None:
        self._bridge = bridge
        self._addresses = addresses
        self._memos = memos
        self._shops = shops
        self._database = database
        self._vault = vault
        self._numbers = numbers
        self._sql = sql

    async def provision(self, file: ProvisionFile, *, rotate: bool = False) -> Answer:
        """Make what is not there and return all ids, with the secrets that were made.

        With `rotate` every user and bot of the file gets new secrets. Raises `ProvisionError` for a name that nothing
        has or that stands twice, `StoreUnavailable` when the database cannot take it; then nothing is done.
        """
        _check_unique("users", "username", [new.username for new in file.users], folded=True)
        _check_unique("users", "email", [new.email for new in file.users], folded=True)
        _check_unique("bots", "name", [new.name for new in file.bots])
        _check_unique("conversations", "name", [new.name for new in file.conversations])
        _check_unique("accounts", "name", [new.name for new in file.accounts])
        _check_unique("companies", "company_id", [new.company_id for new in file.companies])

        async def carry_out(connection: AsyncConnection) -> Answer:
            answer = await _Errand(connection, self._vault, self._numbers, self._sql, rotate).carry_out(file)
            companies = CompanyErrand(connection, self._shops, now=time.time_ns() // 1_000_000)
            made = await companies.carry_out(file.companies) if file.companies else {}
            return answer | ({"companies": made} if made else {})

        async def write() -> Answer:
            try:
                answer = await self._database.write(carry_out)
            finally:
                for memo in self._memos:
                    self._bridge.tell(memo.all_changed)
            await self._addresses.refresh()
            return answer

        return await self._bridge.call(write)


class _Errand:
    """One file being carried out inside its transaction."""

    def __init__(self, connection: AsyncConnection, vault: Vault, numbers: Numbers, sql: Sql, rotate: bool) -> None:
        self._connection = connection
        self._vault = vault
        self._numbers = numbers
        self._sql = sql
        self._rotate = rotate
        self._now = time.time_ns() // 1_000_000
        self._users: Known = {}
        self._bots: Known = {}

    async def carry_out(self, file: ProvisionFile) -> Answer:
        self._users = await self._known(_usernames(file))
        new_users = [new for new in file.users if new.username not in self._users]
        await self._check_free(file, "username")
        await self._check_free(file, "email")
        await self._make_users(new_users)
        new_bots = await self._make_bots(file)
        rooms: Entries = {}
        for place, new in enumerate(file.conversations):
            rooms[new.name] = {"id": await self._conversation(new, f"conversations[{place}]")}
        accounts = await self._accounts(file)
        usernames, bot_names = [new.username for new in file.users], [new.name for new in file.bots]
        return {
            "users": await self._entries(self._users, usernames, {new.username for new in new_users}, ("token",)),
            "bots": await self._entries(self._bots, bot_names, new_bots, BOT_CREDENTIALS),
            "conversations": rooms,
        } | accounts

    async def _accounts(self, file: ProvisionFile) -> Answer:
        """The section of accounts, if there is any in the file."""
        owners = {
            new.owner: _found(self._users, new.owner, f"accounts[{place}].owner", "user").id
            for place, new in enumerate(file.accounts)
            if new.owner is not None
        }
        errand = AccountErrand(self._connection, self._vault, self._numbers, rotate=self._rotate, now=self._now)
        made = await errand.carry_out(file.accounts, owners)
        return {"accounts": made} if made else {}

    async def _known(self, names: list[str]) -> Known:
        """Those of the usernames that somebody has already."""
        found: Known = {}
        for portion in portions(names):
            query = select(users.c.id, users.c.username, users.c.name).where(users.c.username.in_(portion))
            for row in await self._connection.execute(query):
                found[row.username] = Actor("user", row.id, row.name)
        return found

    async def _check_free(self, file: ProvisionFile, field: Literal["username", "email"]) -> None:
        """Raise `ProvisionError` when a new user's name is, but for its case, somebody's, or the address is."""
        wanted = {
            getattr(new, field).casefold(): place
            for place, new in enumerate(file.users)
            if new.username not in self._users and getattr(new, field) is not None
        }
        column = users.c[f"{field}_key"]
        for portion in portions(list(wanted)):
            row = (await self._connection.execute(select(column.label("key")).where(column.in_(portion)))).first()
            if row is not None:
                place = wanted[row.key]
                given = getattr(file.users[place], field)
                raise ProvisionError(f"users[{place}].{field}", f"somebody in the hub has {given!r}, whatever the case")

    async def _make_users(self, new_users: list[NewUser]) -> None:
        for new in new_users:
            self._users[new.username] = Actor("user", self._numbers.user(), new.fullname or new.username)
        if new_users:
            await self._connection.execute(insert(users), [self._user_row(new) for new in new_users])

    def _user_row(self, new: NewUser) -> dict[str, object]:
        actor = self._users[new.username]
        return {
            "id": actor.id,
            "username": new.username,
            "name": actor.name,
            "search_key": search_key(actor.name, new.username),
            "role": new.role,
            "password_hash": new.password_hash,
            "email": new.email,
            "username_key": new.username.casefold(),
            "email_key": None if new.email is None else new.email.casefold(),
            "fullname": new.fullname,
            "created_at": self._now,
        }

    async def _make_bots(self, file: ProvisionFile) -> set[str]:
        """Make those that are not there and return their names. A bot is known by its owner and its name."""
        there, by_name = await self._bots_there(_bot_names(file))
        rows = []
        for place, new in enumerate(file.bots):
            owner = _found(self._users, new.owner, f"bots[{place}].owner", "user") if new.owner is not None else None
            known = there.get((None if owner is None else owner.id, new.name))
            self._bots[new.name] = known or Actor("bot", self._numbers.bot(), new.name)
            if known is None:
                rows.append(self._bot_row(new, owner))
        if rows:
            await self._connection.execute(insert(bots), rows)
        self._bots = by_name | self._bots
        return {str(row["name"]) for row in rows}

    async def _bots_there(self, names: list[str]) -> tuple[dict[tuple[int | None, str], Actor], Known]:
        """The living bots of these names, by owner and name and by name alone. Of several the oldest counts."""
        by_owner: dict[tuple[int | None, str], Actor] = {}
        by_name: Known = {}
        for portion in portions(names):
            living = (bots.c.name.in_(portion), bots.c.deleted_at.is_(None))
            query = select(bots.c.id, bots.c.name, bots.c.owner).where(*living).order_by(bots.c.id)
            for row in await self._connection.execute(query):
                actor = Actor("bot", row.id, row.name)
                by_name.setdefault(row.name, actor)
                by_owner.setdefault((row.owner, row.name), actor)
        return by_owner, by_name

    def _bot_row(self, new: NewBot, owner: Actor | None) -> dict[str, object]:
        return {
            "id": self._bots[new.name].id,
            "name": new.name,
            "owner": owner.id if owner else None,
            "webhook_url": new.webhook_url,
            "events_url": new.events_url,
            "avatar": new.avatar,
            "description": new.description,
            "json_reply": ignores(new.json_reply),
            "created_at": self._now,
        }

    async def _conversation(self, new: NewConversation, path: str) -> int:
        """Return the id of the conversation, which is founded unless it is there."""
        actors = _listed(self._users, new.members, f"{path}.members", "user")
        actors += _listed(self._bots, new.bots, f"{path}.bots", "bot")
        key = direct_key(Who(actor.kind, actor.id) for actor in actors) if new.kind == "direct" else None
        there = (await self._connection.execute(_conversation_like(new, key))).scalar()
        if there is not None:
            return int(there)
        by = actors[0] if actors else await self._anybody(f"{path}.members")
        return await self._found(new, key, actors, by)

    async def _found(self, new: NewConversation, key: str | None, actors: list[Actor], by: Actor) -> int:
        conv = self._numbers.conversation()
        change = Found(
            conv=conv,
            term=0,
            kind=new.kind,
            name=None if key else new.name,  # who is in it names a direct conversation
            epoch=self._now,
            direct_key=key,
            event=Members(conv=conv, seq=1, at=self._now, added=actors, removed=[], by=by),
            admins=[0] if actors and not key else [],
        )
        for do, rows in plan([Group(conv, change.term, [change])]):
            await self._connection.exec_driver_sql(self._sql[do], rows)
        return conv

    async def _anybody(self, path: str) -> Actor:
        """Who founds a conversation that nobody is in yet: the first administrator of the hub, or the first user."""
        query = select(users.c.id, users.c.name).where(*KNOWN)
        query = query.order_by(users.c.role != "admin", users.c.id)
        row = (await self._connection.execute(query.limit(1))).first()
        if row is None:
            raise ProvisionError(path, "there is no user at all who could found the conversation")
        return Actor("user", row.id, row.name)

    async def _entries(
        self, known: Known, names: list[str], made: set[str], credentials: tuple[Credential, ...]
    ) -> Entries:
        """The ids, and the secrets of those that were made, or of all to rotate."""
        owners = {name: Who(known[name].kind, known[name].id) for name in names}
        renewed = [owner for name, owner in owners.items() if self._rotate or name in made]
        secrets = await renew(self._connection, self._vault, renewed, credentials)
        return {name: {"id": owner.id} | dict(secrets.get(owner, {})) for name, owner in owners.items()}


def _check_unique(section: str, key: str, names: Iterable[str | None], *, folded: bool = False) -> None:
    seen: dict[str, int] = {}
    for place, name in enumerate(names):
        if name is None:
            continue
        first = seen.setdefault(name.casefold() if folded else name, place)
        if first != place:
            raise ProvisionError(f"{section}[{place}].{key}", f"{name!r} stands at {section}[{first}] already")


def _usernames(file: ProvisionFile) -> list[str]:
    names = [new.username for new in file.users]
    names += [new.owner for new in file.bots if new.owner is not None]
    names += [new.owner for new in file.accounts if new.owner is not None]
    names += [name for new in file.conversations for name in new.members]
    return sorted(set(names))


def _bot_names(file: ProvisionFile) -> list[str]:
    names = [new.name for new in file.bots]
    return sorted({*names, *(name for new in file.conversations for name in new.bots)})


def _conversation_like(new: NewConversation, key: str | None) -> Select[Any]:
    table = conversations.c
    if key is not None:
        return select(table.id).where(table.direct_key == key)
    # Of conversations with one name the oldest counts.
    return select(table.id).where(table.name == new.name, table.kind != "direct").order_by(table.id).limit(1)


def _listed(known: Known, names: Sequence[str], path: str, what: str) -> list[Actor]:
    found = [_found(known, name, f"{path}[{place}]", what) for place, name in enumerate(names)]
    return list(dict.fromkeys(found))


def _found(known: Known, name: str, path: str, what: str) -> Actor:
    actor = known.get(name)
    if actor is None:
        raise ProvisionError(path, f"there is no {what} {name!r}, neither in the file nor in the hub")
    return actor
