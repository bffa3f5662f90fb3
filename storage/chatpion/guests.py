"""Who subscribers are in the hub: users who see one conversation only, and that conversation.

Every method runs in a connection's thread, inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from sqlalchemy import Dialect, bindparam, delete, insert, update

from actors.chatpion.values import Account
from actors.messages.changes import Found
from actors.values import Who
from protocol.codes import MAX_NAME_CHARS
from protocol.frames import Actor, Members
from storage.batch import Group
from storage.commit import Sql
from storage.credentials import further
from storage.looks import Change
from storage.models import credentials, users
from storage.numbers import Numbers
from storage.plan import plan
from storage.vault import Vault


class Guests:
    """Makes them, and ends them."""

    def __init__(self, dialect: Dialect, numbers: Numbers, vault: Vault, sql: Sql) -> None:
        self._numbers = numbers
        self._vault = vault
        self._sql = sql
        which = users.c.id == bindparam("which")
        keys = (credentials.c.owner_kind == "user", credentials.c.owner_id == bindparam("which"))
        self._insert = Change(insert(users), dialect)
        self._rename = Change(update(users).where(which).values(name=bindparam("new_name")), dialect)
        self._end = Change(update(users).where(which).values(deleted_at=bindparam("at")), dialect)
        self._key = Change(insert(credentials), dialect)
        self._end_keys = Change(delete(credentials).where(*keys), dialect)

    def make(self, raw: sqlite3.Connection, name: str, at: int) -> Actor:
        """Make a guest, who signs in with tokens only."""
        number = self._numbers.user()
        # A username that nobody can take, for it has a space; and nothing that a search would find.
        row = {"id": number, "username": f"guest {number}", "name": name, "search_key": "", "role": "guest"}
        self._insert.run(raw, **row, created_at=at)
        return Actor("user", number, name)

    def found_room(self, raw: sqlite3.Connection, account: Account, guest: Actor, at: int) -> int:
        """Found the guest's conversation with the account's bot, which administers it."""
        bot = Actor("bot", account.bot, account.name)
        return self.found(raw, f"{account.name}: {guest.name}", bot, [guest], at)

    def found(self, raw: sqlite3.Connection, name: str, bot: Actor, others: Sequence[Actor], at: int) -> int:
        """Found a conversation of a bot, which administers it, with these."""
        conv = self._numbers.conversation()
        change = Found(
            conv=conv,
            term=0,
            kind="closed",
            name=name[:MAX_NAME_CHARS],
            epoch=at,
            direct_key=None,
            event=Members(conv=conv, seq=1, at=at, added=[bot, *others], removed=[], by=bot),
            admins=[0],
        )
        for do, rows in plan([Group(conv, change.term, [change])]):
            raw.executemany(self._sql[do], rows)
        return conv

    def rename(self, raw: sqlite3.Connection, user: int, name: str) -> None:
        """Have others see another name."""
        self._rename.run(raw, which=user, new_name=name)

    def issue_token(self, raw: sqlite3.Connection, user: int) -> str:
        """Make a further token; those that were made before hold as well."""
        secret, row = further(self._vault, Who("user", user), "token")
        self._key.run(raw, **row)
        return secret

    def end(self, raw: sqlite3.Connection, user: int, at: int) -> None:
        """End a guest, with its tokens; what it said keeps its name."""
        self._end.run(raw, which=user, at=at)
        self._end_keys.run(raw, which=user)
