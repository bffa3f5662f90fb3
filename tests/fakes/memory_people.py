"""The in-memory `People` and `WebSessions`, over the users and bots of the in-memory accounts."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from actors.ports import Departed, LastAdministrator, Login, NameTaken, PasswordChanged
from actors.values import Caller, NewPerson, Person, WebSession, Who
from tests.fakes.managers import FakeManagers
from tests.fakes.memory_accounts import MemoryAccounts, User

SESSION_MS, RESET_MS = 604_800_000, 1_800_000


class MemoryPeople(FakeManagers):
    """The `People` port."""

    def __init__(self, accounts: MemoryAccounts, sessions: "MemorySessions", now_ms: Callable[[], int]) -> None:
        super().__init__(accounts)
        self._sessions = sessions
        self._now_ms = now_ms

    async def register(self, new: NewPerson) -> Person:
        await self._accounts.visit()
        for field in ("username", "email"):
            taken = [(getattr(user, field) or "").casefold() for user in self._accounts.users()]
            if getattr(new, field).casefold() in taken:
                raise NameTaken(field)
        role = "user" if self._accounts.users() else "admin"
        caller = self._accounts.add_user(new.username, name="", role=role, password_hash=new.password_hash)
        user = self._accounts.user(caller.id)
        user.email, user.fullname, user.created_at = new.email, new.fullname, self._now_ms()
        user.name = person_of(user).caller.name
        return person_of(user)

    async def find(self, login: str) -> Login | None:
        await self._accounts.visit()
        for field in ("username", "email"):
            for user in self._accounts.users():
                if (getattr(user, field) or "").casefold() == login.casefold():
                    return Login(person_of(user), user.password_hash)
        return None

    async def find_address(self, email: str) -> Person | None:
        await self._accounts.visit()
        found = [user for user in self._accounts.users() if (user.email or "").casefold() == email.casefold()]
        return person_of(found[0]) if found else None

    async def person(self, user: int) -> Person | None:
        await self._accounts.visit()
        return next((person_of(found) for found in self._accounts.users() if found.id == user), None)

    async def everybody(self) -> list[Person]:
        await self._accounts.visit()
        return [person_of(user) for user in self._accounts.users()]

    async def like(self, part: str) -> list[Person]:
        everybody = await self.everybody()
        return [one for one in everybody if part.casefold() in f"{one.username}\n{one.email or ''}".casefold()]

    async def change_profile(self, user: int, changes: Mapping[str, str | None]) -> Person:
        await self._accounts.visit()
        found = self._accounts.user(user)
        for name, value in changes.items():
            setattr(found, name, value)
        found.name = person_of(found).caller.name
        return person_of(found)

    async def delete(self, user: int) -> Departed:
        await self._accounts.visit()
        found = self._accounts.user(user)
        if found.role == "admin" and sum(one.role == "admin" for one in self._accounts.users()) == 1:
            raise LastAdministrator
        bots = [Caller("bot", bot.id, bot.name, "bot") for bot in await self._accounts.bots(user)]
        for bot in bots:
            await self._accounts.delete_bot(bot.id)
        found.deleted = True
        self._sessions.end_all(user)
        return Departed(person_of(found).caller, bots)


@dataclass
class Pass:
    purpose: str
    user: int
    ends_at: int


class MemorySessions:
    """The `WebSessions` port. Tokens are `session-1`, `reset-2` and so on, in the order in which they are made."""

    def __init__(self, accounts: MemoryAccounts, now_ms: Callable[[], int]) -> None:
        self._accounts = accounts
        self._now_ms = now_ms
        self._numbers = itertools.count(1)
        self._passes: dict[str, Pass] = {}

    def end_all(self, user: int) -> None:
        self._passes = {token: kept for token, kept in self._passes.items() if kept.user != user}

    async def open(self, user: int, password_hash: str, *, instead: str | None = None) -> str:
        found = await self._user(user, password_hash)
        found.last_login = self._now_ms()
        self._passes.pop(instead or "", None)
        return self._give("session", user, SESSION_MS)

    async def find(self, token: str) -> WebSession | None:
        await self._accounts.visit()
        kept = self._current("session", token)
        caller = None if kept is None else self._accounts.living(Who("user", kept.user))
        return None if kept is None or caller is None else WebSession(f"id of {token}", caller, kept.ends_at)

    async def close(self, token: str) -> None:
        await self._accounts.visit()
        self._passes.pop(token, None)

    async def change_password(self, user: int, new_hash: str, *, instead_of: str | None) -> str:
        found = await self._user(user, instead_of)
        found.password_hash = new_hash
        self.end_all(user)
        return self._give("session", user, SESSION_MS)

    async def offer_reset(self, user: int) -> str:
        await self._accounts.visit()
        self._accounts.user(user)
        return self._give("reset", user, RESET_MS)

    async def reset_of(self, token: str) -> int | None:
        await self._accounts.visit()
        kept = self._current("reset", token)
        return None if kept is None else kept.user

    async def reset_password(self, token: str, new_hash: str) -> int:
        user = await self.reset_of(token)
        if user is None:
            raise PasswordChanged
        self._accounts.user(user).password_hash = new_hash
        self.end_all(user)
        return user

    async def _user(self, user: int, password_hash: str | None) -> User:
        await self._accounts.visit()
        found = self._accounts.user(user)
        if found.password_hash != password_hash:
            raise PasswordChanged
        return found

    def _give(self, purpose: str, user: int, lasts_ms: int) -> str:
        token = f"{purpose}-{next(self._numbers)}"
        self._passes[token] = Pass(purpose, user, self._now_ms() + lasts_ms)
        return token

    def _current(self, purpose: str, token: str) -> Pass | None:
        kept = self._passes.get(token)
        return kept if kept is not None and kept.purpose == purpose and kept.ends_at > self._now_ms() else None


def person_of(user: User) -> Person:
    return Person(
        id=user.id,
        username=user.username,
        role="admin" if user.role == "admin" else "user",
        created_at=user.created_at,
        email=user.email,
        fullname=user.fullname,
        phone=user.phone,
        birthday=user.birthday,
        gender=user.gender,
        last_login=user.last_login,
    )
