"""People as Bot Manager shows them. Pure. What was never given is null; what was given comes back as it was."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from actors.times import iso
from actors.values import HubRole, Person


class Signed(Struct, frozen=True):
    """Who has signed in."""

    id: int
    username: str
    email: str | None
    fullname: str | None
    role: HubRole


class Listed(Struct, frozen=True):
    """A user in a list."""

    id: int
    username: str
    email: str | None
    fullname: str | None
    created_at: str
    role: HubRole


class Profile(Struct, frozen=True):
    """All that is known of a user."""

    id: int
    username: str
    email: str | None
    fullname: str | None
    phone: str | None
    birthday: str | None
    gender: str | None
    created_at: str
    last_login: str | None
    is_active: bool
    role: HubRole


class Users(Struct, frozen=True):
    """Users, and how many these are."""

    users: list[Listed]
    count: int


def signed(person: Person) -> Signed:
    """Whom `login` shows."""
    return Signed(person.id, person.username, person.email, person.fullname, person.role)


def listed(person: Person) -> Listed:
    """A user as lists and `me` show one."""
    created_at = iso(person.created_at)
    return Listed(person.id, person.username, person.email, person.fullname, created_at, person.role)


def users(persons: Iterable[Person]) -> Users:
    """A list of users."""
    shown = [listed(person) for person in persons]
    return Users(shown, len(shown))


def profile(person: Person) -> Profile:
    """All that is known of a user. An account that is not active is deleted, and shown to nobody."""
    return Profile(
        id=person.id,
        username=person.username,
        email=person.email,
        fullname=person.fullname,
        phone=person.phone,
        birthday=person.birthday,
        gender=person.gender,
        created_at=iso(person.created_at),
        last_login=None if person.last_login is None else iso(person.last_login),
        is_active=True,
        role=person.role,
    )
