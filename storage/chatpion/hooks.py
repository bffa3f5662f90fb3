"""Where events of accounts go: implements `actors.chatpion.ports.Hooks`, and lets others' transactions tell events.

`HookRows.post` runs in a connection's thread, inside a transaction: the event is in the outbox with what it tells of,
or neither is there. Whoever delivers is woken once that is on disk, if it was written by `Together`, see `wakes`.
"""

from __future__ import annotations

import base64
import secrets
import sqlite3
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec
from sqlalchemy import Dialect, Select, bindparam, func, insert, select, update

from actors.chatpion.lanes import HOOK
from actors.chatpion.ports import MadeHook, Target
from actors.chatpion.shown import Shown, time
from actors.chatpion.values import Event, EventHook
from actors.values import Lane
from storage.bridge import Bridge
from storage.chatpion.tables import event_hooks
from storage.chatpion.wakes import Wakes
from storage.database import Database
from storage.errors import KeyFileError
from storage.looks import Change, Look
from storage.models import outbox
from storage.together import Together
from storage.vault import Vault, place

OBJECTS: Final = {"subscriber": 1, "message": 2, "broadcast": 3}
"""What events are about, as it stands in the outbox: those about one object keep their order."""
SECRET_BYTES: Final = 32


class HookRows:
    """The statements, compiled for one dialect."""

    def __init__(self, dialect: Dialect, wakes: Wakes) -> None:
        row = event_hooks.c
        living = (row.account == bindparam("whose"), row.deleted_at.is_(None))
        self._wakes = wakes
        self._of_account = Look(select(row.id, row.events).where(*living).order_by(row.id), dialect)
        self._all = Look(_shown().where(*living).order_by(row.id), dialect)
        self._target = Look(
            select(row.url, row.key_id, row.secret).where(row.id == bindparam("which"), row.deleted_at.is_(None)),
            dialect,
        )
        self._insert = Change(insert(event_hooks), dialect)
        self._last = Look(select(func.max(row.id)), dialect)
        self._seal = Change(
            update(event_hooks).where(row.id == bindparam("which")).values(secret=bindparam("seal")), dialect
        )
        self._end = Change(
            update(event_hooks).where(*living, row.id == bindparam("which")).values(deleted_at=bindparam("now")),
            dialect,
        )
        self._wait = Change(insert(outbox), dialect)

    def post(self, raw: sqlite3.Connection, account: int, event: Event, at: int, data: Shown) -> None:
        """Tell the account's endpoints of an event at `at`; `data` is the object as it is shown, see `shown`."""
        body: str | None = None
        for hook, events in self._of_account.all(raw, whose=account):
            wanted = msgspec.json.decode(events)
            if event in wanted or "*" in wanted:
                body = body or msgspec.json.encode({"event": event, "timestamp": time(at), "data": data}).decode()
                about = OBJECTS[event.partition(".")[0]], int(data["id"])
                # Drawn, and stored: each endpoint has its own id for the event, the same in every attempt.
                self.wait(raw, Lane(HOOK, hook), f"evt_{secrets.token_hex(16)}", about, at, body)

    def wait(self, raw: sqlite3.Connection, lane: Lane, id: str, about: tuple[int, int], at: int, body: str) -> None:
        """Put a call into the outbox. Calls of a lane that are `about` the same keep their order."""
        self._wait.run(raw, **_waiting(lane, id, about, at, body))
        self._wakes.wait(lane)

    def create(self, raw: sqlite3.Connection, row: dict[str, Any]) -> int:
        """Have a new endpoint, whose secret is still to be sealed, and return its id."""
        self._insert.run(raw, **row)
        found = self._last.first(raw)
        return 0 if found is None else int(found[0])

    def seal(self, raw: sqlite3.Connection, hook: int, sealed: bytes) -> None:
        """Keep its secret."""
        self._seal.run(raw, which=hook, seal=sealed)

    def all(self, raw: sqlite3.Connection, account: int) -> list[EventHook]:
        """The account's endpoints, by id."""
        return [_hook(*row) for row in self._all.all(raw, whose=account)]

    def end(self, raw: sqlite3.Connection, account: int, hook: int, now: int) -> bool:
        """Send nothing there any more; False: there is none."""
        return self._end.run(raw, whose=account, which=hook, now=now) > 0

    def target(self, raw: sqlite3.Connection, hook: int) -> tuple[str, str, bytes] | None:
        """Its URL, and under which master key its secret is sealed how."""
        return self._target.first(raw, which=hook)


class EventHooks:
    """The `Hooks` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together, vault: Vault, rows: HookRows) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._vault = vault
        self._rows = rows

    async def create(self, account: int, *, url: str, events: Sequence[Event | Literal["*"]], now: int) -> MadeHook:
        """Make an endpoint. The secret is shown this once."""
        secret = f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"
        wanted = msgspec.json.encode(list(dict.fromkeys(events))).decode()
        row = {"id": None, "account": account, "url": url, "events": wanted, "key_id": self._vault.key_id}

        def work(raw: sqlite3.Connection) -> EventHook:
            hook = self._rows.create(raw, row | {"secret": b"", "created_at": now, "deleted_at": None})
            self._rows.seal(raw, hook, self._vault.seal_for(_place(hook), secret))
            return _hook(hook, account, url, wanted, now)

        return MadeHook(await self._bridge.call(lambda: self._together.write(work)), secret)

    async def hooks(self, account: int) -> list[EventHook]:
        """Those of the account, by id."""
        return await self._bridge.call(lambda: self._database.look(lambda raw: self._rows.all(raw, account)))

    async def delete(self, account: int, id: int, now: int) -> bool:
        """End it. What waits for it finds no target, and ends too."""
        return await self._bridge.call(lambda: self._together.write(lambda raw: self._rows.end(raw, account, id, now)))

    async def target(self, id: int) -> Target | None:
        """Where its events go today; None: nowhere any more, or its secret went with its master key."""
        found = await self._bridge.call(lambda: self._database.look(lambda raw: self._rows.target(raw, id)))
        if found is None:
            return None
        url, key_id, sealed = found
        try:
            return Target(url, self._vault.unseal_for(_place(id), key_id, sealed))
        except KeyFileError:
            return None


def _shown() -> Select[Any]:
    row = event_hooks.c
    return select(row.id, row.account, row.url, row.events, row.created_at)


def _hook(id: int, account: int, url: str, events: str, created_at: int) -> EventHook:
    wanted = tuple(msgspec.json.decode(events))
    return EventHook(id=id, account=account, url=url, events=wanted, created_at=created_at)


def _place(hook: int) -> str:
    return place("event_hooks", hook, "secret")


def _waiting(lane: Lane, id: str, about: tuple[int, int], at: int, body: str) -> dict[str, object]:
    kind, number = about
    return {
        "position": None,
        "id": id,
        "kind": lane.kind,
        "receiver": lane.receiver,
        "conv": kind,
        "message": number,
        "seq": 0,
        "by_bot": 0,
        "state": "pending",
        "attempts": 0,
        "next_at": at,
        "outcome": None,
        "created_at": at,
        "body": body,
    }
