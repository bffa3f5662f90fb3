"""Whose credential is presented, and what is sealed of it: the looks behind every request."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import ColumnElement, Dialect, and_, bindparam, func, select

from actors.values import Caller, Who, user_role
from protocol.frames import Credential
from storage.looks import Look
from storage.models import bots, credentials, users


class Bearer(NamedTuple):
    """Who presents a credential, which one, and how it is kept."""

    caller: Caller
    credential_id: int
    key_id: str
    is_sealed: bool


class Sealed(NamedTuple):
    """A sealed secret of somebody."""

    credential: Credential
    key_id: str
    value: bytes


class Bearers:
    """Finds those who present credentials. Deleted bots have none."""

    def __init__(self, dialect: Dialect) -> None:
        table = credentials.c
        people = credentials.outerjoin(users, _owned_by("user", users.c.id)).outerjoin(
            bots, and_(_owned_by("bot", bots.c.id), bots.c.deleted_at.is_(None))
        )
        self._by_hash = Look(
            select(
                table.owner_kind,
                table.owner_id,
                func.coalesce(users.c.name, bots.c.name),
                users.c.role,
                table.id,
                table.key_id,
                table.sealed.is_not(None),
            )
            .select_from(people)
            # The hash is of the kind too. One may have several of a kind, under names of their own.
            .where(table.hash == bindparam("hashed")),
            dialect,
        )
        self._by_id = Look(select(table.id).where(table.id == bindparam("credential_id")), dialect)
        self._sealed = Look(
            select(table.credential, table.key_id, table.sealed).where(
                table.owner_kind == bindparam("kind"), table.owner_id == bindparam("owner"), table.sealed.is_not(None)
            ),
            dialect,
        )

    def find(self, raw: sqlite3.Connection, hashes: Iterable[bytes]) -> Bearer | None:
        """Who presents the credential that has one of these hashes."""
        for hashed in hashes:
            row = self._by_hash.first(raw, hashed=hashed)
            if row is not None and row[2] is not None:
                return _bearer(*row)
        return None

    def holds(self, raw: sqlite3.Connection, credential_id: int) -> bool:
        """Whether the credential with this id is still there."""
        return self._by_id.first(raw, credential_id=credential_id) is not None

    def sealed(self, raw: sqlite3.Connection, owner: Who) -> list[Sealed]:
        """What is sealed of this owner's secrets."""
        return [Sealed(*row) for row in self._sealed.all(raw, kind=owner.kind, owner=owner.id)]


def _owned_by(kind: str, id: ColumnElement[int]) -> ColumnElement[bool]:
    return and_(credentials.c.owner_kind == kind, credentials.c.owner_id == id)


def _bearer(
    kind: str, owner: int, name: str, role: str | None, credential_id: int, key_id: str, is_sealed: int
) -> Bearer:
    caller = Caller("bot", owner, name, "bot") if kind == "bot" else Caller("user", owner, name, user_role(role))
    return Bearer(caller, credential_id, key_id, bool(is_sealed))
