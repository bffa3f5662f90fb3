"""Users as they manage themselves, and bots as they are managed: implements `actors.ports.People`.

Every write is one transaction and durable when the call returns. Raises `StoreUnavailable` (then nothing was written)
and LookupError for a user who is not there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Select, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import Census, Departed, LastAdministrator, Login, NameTaken
from actors.values import Caller, ManagedBot, NewPerson, Person, Who, display_name
from storage.accounts import end_bot
from storage.bot_writes import BotWrites
from storage.bridge import Bridge
from storage.chatpion import tenants
from storage.database import Database
from storage.models import bots, credentials, passes, users
from storage.numbers import Numbers
from storage.people import KNOWN, caller, search_key
from storage.rows import DbRow
from storage.text import like_pattern
from storage.wall import now_ms

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

PROFILE = frozenset({"fullname", "phone", "birthday", "gender"})
ALIVE = and_(*KNOWN)


class People:
    """The `People` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, numbers: Numbers, writes: BotWrites) -> None:
        self._bridge = bridge
        self._database = database
        self._numbers = numbers
        self._writes = writes

    async def register(self, new: NewPerson) -> Person:
        """Make a user: an administrator exactly when there is no user at all. Raises `NameTaken`."""
        number = self._numbers.user()
        return await self._write(lambda connection: _register(connection, number, new))

    async def find(self, login: str) -> Login | None:
        """Who has this username or, if nobody has, this e-mail address; case does not matter."""
        return await self._read(lambda connection: _find(connection, login))

    async def find_address(self, email: str) -> Person | None:
        """Who has this e-mail address; case does not matter."""
        return await self._read(lambda connection: _first(connection, users.c.email_key == email.casefold()))

    async def person(self, user: int) -> Person | None:
        """The user, unless the account was deleted."""
        return await self._read(lambda connection: _first(connection, users.c.id == user))

    async def everybody(self) -> list[Person]:
        """All users, by id."""
        return await self._read(lambda connection: _all(connection, ALIVE))

    async def like(self, part: str) -> list[Person]:
        """The users whose username or e-mail address contains this, by id; case does not matter."""
        pattern = like_pattern(part.casefold())
        names = (func.coalesce(users.c.username_key, users.c.username), users.c.email_key)
        found = or_(*(name.like(pattern, escape="\\") for name in names))
        return await self._read(lambda connection: _all(connection, found))

    async def change_profile(self, user: int, changes: Mapping[str, str | None]) -> Person:
        """Change some of fullname, phone, birthday and gender; None clears."""
        unknown = set(changes) - PROFILE
        if unknown:
            raise ValueError(f"a profile has no {', '.join(sorted(unknown))} to change")
        return await self._write(lambda connection: _change_profile(connection, user, changes))

    async def delete(self, user: int) -> Departed:
        """End the account and its bots, with all their credentials and sessions. Raises `LastAdministrator`."""
        return await self._writes.run(lambda connection: _delete(connection, user))

    async def managed(self, bot: int) -> ManagedBot | None:
        """The bot, unless it was deleted."""
        found = await self._read(lambda connection: _managed(connection, bots.c.id == bot))
        return found[0] if found else None

    async def managed_by(self, owner: int | None) -> list[ManagedBot]:
        """The owner's bots, or all for None, by id."""
        wanted = bots.c.deleted_at.is_(None) if owner is None else bots.c.owner == owner
        return await self._read(lambda connection: _managed(connection, wanted))

    async def census(self) -> Census:
        """How many users and bots there are."""
        return await self._read(_census)

    async def _read(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.read(work))

    async def _write(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.write(work))


async def set_role(connection: AsyncConnection, username: str, role: str) -> str | None:
    """Give a user another role, and return the username as it is written; None: there is no such user."""
    found = await _find(connection, username)
    if found is None:
        return None
    await connection.execute(update(users).where(users.c.id == found.person.id), {"role": role})
    return found.person.username


async def _register(connection: AsyncConnection, number: int, new: NewPerson) -> Person:
    keys = {"username": new.username.casefold(), "email": new.email.casefold()}
    for field, key in keys.items():
        if (await connection.execute(select(users.c.id).where(users.c[f"{field}_key"] == key))).first() is not None:
            raise NameTaken(field)
    is_first = (await connection.execute(select(users.c.id).where(ALIVE).limit(1))).first() is None
    name = display_name(new.fullname, new.username)
    row = {
        "id": number,
        "username": new.username,
        "name": name,
        "search_key": search_key(name, new.username),
        "role": "admin" if is_first else "user",
        "password_hash": new.password_hash,
        "email": new.email,
        "fullname": new.fullname,
        "created_at": now_ms(),
        **{f"{field}_key": key for field, key in keys.items()},
    }
    await connection.execute(insert(users), row)
    return await _known(connection, number)


async def _find(connection: AsyncConnection, login: str) -> Login | None:
    # An exact name comes first: there may be two that differ only by case, from before that was looked at.
    key = login.casefold()
    for found in (users.c.username == login, users.c.username_key == key, users.c.email_key == key):
        row = (await connection.execute(select(users).where(found, ALIVE))).first()
        if row is not None:
            return Login(_person(row), row.password_hash)
    return None


async def _change_profile(connection: AsyncConnection, user: int, changes: Mapping[str, str | None]) -> Person:
    before = await _known(connection, user)
    row: dict[str, str | None] = dict(changes)
    if "fullname" in changes:
        row["name"] = display_name(changes["fullname"], before.username)
        row["search_key"] = search_key(str(row["name"]), before.username)
    if row:
        await connection.execute(update(users).where(users.c.id == user), row)
    return await _known(connection, user)


async def _delete(connection: AsyncConnection, user: int) -> Departed:
    gone = await caller(connection, Who("user", user))
    if gone is None:
        raise LookupError(f"no user {user}")
    if gone.rules_hub:
        others = select(users.c.id).where(users.c.role == "admin", users.c.id != user, ALIVE).limit(1)
        if (await connection.execute(others)).first() is None:
            raise LastAdministrator
    await tenants.keep_bots(connection, user)
    mine = [Caller("bot", bot.id, bot.name, "bot") for bot in await _managed(connection, bots.c.owner == user)]
    for bot in mine:
        await end_bot(connection, bot.id)
    await connection.execute(delete(passes).where(passes.c.user == user))
    keys = (credentials.c.owner_kind == "user", credentials.c.owner_id == user)
    await connection.execute(delete(credentials).where(*keys))
    await connection.execute(update(users).where(users.c.id == user), _nobody(user))
    return Departed(gone, mine)


def _nobody(user: int) -> dict[str, Any]:
    """What is left of a user: id and name, under a username that nobody can take, for it has a space."""
    private = (*PROFILE, "email", "password_hash", "username_key", "email_key", "last_login")
    gone = {"username": f"deleted {user}", "search_key": "", "role": "user", "deleted_at": now_ms()}
    return gone | dict.fromkeys(private)


async def _known(connection: AsyncConnection, user: int) -> Person:
    found = await _first(connection, users.c.id == user)
    if found is None:
        raise LookupError(f"no user {user}")
    return found


async def _first(connection: AsyncConnection, wanted: ColumnElement[bool]) -> Person | None:
    row = (await connection.execute(select(users).where(wanted, ALIVE))).first()
    return None if row is None else _person(row)


async def _all(connection: AsyncConnection, wanted: ColumnElement[bool]) -> list[Person]:
    query = select(users).where(wanted, ALIVE).order_by(users.c.id)
    return [_person(row) for row in await connection.execute(query)]


def _person(row: DbRow) -> Person:
    return Person(
        id=row.id,
        username=row.username,
        role="admin" if row.role == "admin" else "user",
        created_at=row.created_at,
        email=row.email,
        fullname=row.fullname,
        phone=row.phone,
        birthday=row.birthday,
        gender=row.gender,
        last_login=row.last_login,
    )


async def _managed(connection: AsyncConnection, wanted: ColumnElement[bool]) -> list[ManagedBot]:
    rows = await connection.execute(_bots().where(wanted, bots.c.deleted_at.is_(None)).order_by(bots.c.id))
    return [
        ManagedBot(row.id, row.name, row.owner, row.created_at, msgspec.json.decode(row.metadata or "{}"))
        for row in rows
    ]


async def _census(connection: AsyncConnection) -> Census:
    count = select(func.count())
    living = count.select_from(users).where(ALIVE), count.select_from(bots).where(bots.c.deleted_at.is_(None))
    users_there, bots_there = [await connection.scalar(each) for each in living]
    return Census(users_there or 0, bots_there or 0)


def _bots() -> Select[Any]:
    return select(bots.c.id, bots.c.name, bots.c.owner, bots.c.created_at, bots.c["metadata"])
