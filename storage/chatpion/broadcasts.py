"""Messages to many: implements `actors.chatpion.ports.Broadcasts`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final, TypeVar

from msgspec.structs import replace
from sqlalchemy import Dialect

from actors.chatpion.broadcasting import Wish, wished
from actors.chatpion.ports import Addressee, BroadcastPage, NewBroadcast, NewLetter
from actors.chatpion.shown import broadcast as shown
from actors.chatpion.values import Broadcast, Event
from storage.bridge import Bridge
from storage.chatpion.agenda import AgendaRows
from storage.chatpion.broadcast_rows import BroadcastRows
from storage.chatpion.hooks import HookRows
from storage.chatpion.steps import Steps
from storage.chatpion.subscriber_rows import SubscriberRows
from storage.database import Database
from storage.together import Together

T = TypeVar("T")

KIND: Final = "broadcast"
"""Who is told when one is due."""


class BroadcastSteps:
    """The steps, each within a transaction, in a connection's thread.

    A started one stays in the agenda: its actor is told now and then, and at once after a crash, until it has ended.
    """

    def __init__(self, dialect: Dialect, hooks: HookRows, steps: Steps, people: SubscriberRows) -> None:
        self.rows = BroadcastRows(dialect)
        self._agenda = AgendaRows(dialect)
        self._hooks = hooks
        self._steps = steps
        self._people = people

    def create(self, raw: sqlite3.Connection, new: NewBroadcast, now: int) -> Broadcast:
        """Have one, and have it looked at when it is due."""
        made = self.rows.create(raw, new, now)
        self._agenda.put(raw, KIND, made.id, made.due_at)
        return made

    def begin(self, raw: sqlite3.Connection, id: int, now: int) -> Broadcast:
        """Start it, if its time has come."""
        row = self._known(raw, id)
        if row.status != "scheduled" or row.due_at > now:
            return row
        begun = replace(row, status="started", started_at=now, total=self.rows.gather(raw, row))
        return self._tell(raw, begun, "broadcast.started", now)

    def move(self, raw: sqlite3.Connection, id: int, wish: Wish) -> Broadcast | None:
        """Pause, resume or cancel it, if that can be."""
        row = self._known(raw, id)
        status = wished(row, wish)
        if status is None or status == row.status:
            return None if status is None else row
        moved = replace(row, status=status)
        self.rows.save(raw, moved)
        if wish == "resume":
            self._agenda.put(raw, KIND, id, row.due_at)
        else:
            self._agenda.drop(raw, KIND, id)
        if wish == "cancel":
            self.rows.dismiss(raw, id)
        return moved

    def attached(self, raw: sqlite3.Connection, id: int, file: int) -> Broadcast:
        """Its attachment was fetched."""
        attached = replace(self._known(raw, id), file=file)
        self.rows.save(raw, attached)
        return attached

    def fail(self, raw: sqlite3.Connection, id: int, error: str, now: int, limit: int) -> int:
        """Let it fail for the next ones."""
        row = self._known(raw, id)
        next_ones = self.rows.ahead(raw, id, 0, limit)
        for each in next_ones:
            self._steps.queue_once(raw, self._failed(raw, row, each.subscriber, error, now), id)
        return len(next_ones)

    def complete(self, raw: sqlite3.Connection, id: int, now: int) -> Broadcast:
        """End it, if nobody is left."""
        row = self._known(raw, id)
        if row.status != "started" or self.rows.ahead(raw, id, 0, 1) or self.rows.outcomes(raw, id).queued:
            return row
        self._agenda.drop(raw, KIND, id)
        return self._tell(raw, replace(row, status="completed", completed_at=now), "broadcast.completed", now)

    def _tell(self, raw: sqlite3.Connection, row: Broadcast, event: Event, now: int) -> Broadcast:
        self.rows.save(raw, row)
        self._hooks.post(raw, row.account, event, now, shown(row))
        return row

    def _failed(self, raw: sqlite3.Connection, row: Broadcast, subscriber: int, error: str, now: int) -> NewLetter:
        person = self._people.one(raw, subscriber)
        if person is None:
            raise LookupError(f"there is no subscriber {subscriber}")
        return NewLetter(
            account=row.account,
            subscriber=subscriber,
            platform=person.platform,
            at=now,
            text=row.text,
            body=row.text,
            type=row.type,
            attachment=row.attachment,
            error=error,
            broadcast=row.id,
        )

    def _known(self, raw: sqlite3.Connection, id: int) -> Broadcast:
        row = self.rows.one(raw, id)
        if row is None:
            raise LookupError(f"there is no broadcast {id}")
        return row


class Broadcasts:
    """The `Broadcasts` port on a database."""

    def __init__(self, bridge: Bridge, database: Database, together: Together, steps: BroadcastSteps) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._steps = steps
        self._rows = steps.rows

    async def create(self, new: NewBroadcast, now: int) -> Broadcast:
        """Have one, and have it looked at when it is due."""
        return await self._write(lambda raw: self._steps.create(raw, new, now))

    async def broadcast(self, account: int, id: int) -> Broadcast | None:
        """The account's, and what became of it so far."""
        found = await self.known(id)
        return found if found is not None and found.account == account else None

    async def page(self, account: int, *, page: int, limit: int) -> BroadcastPage:
        """By ascending id."""
        return await self._look(lambda raw: self._rows.page(raw, account, page, limit))

    async def known(self, id: int) -> Broadcast | None:
        """One of whatever account."""
        return await self._look(lambda raw: self._rows.one(raw, id))

    async def begin(self, id: int, now: int) -> Broadcast:
        """Start it, if its time has come."""
        return await self._write(lambda raw: self._steps.begin(raw, id, now))

    async def move(self, id: int, wish: Wish, now: int) -> Broadcast | None:
        """Pause, resume or cancel it, if that can be; one that is due by now starts in the same transaction."""

        def work(raw: sqlite3.Connection) -> Broadcast | None:
            moved = self._steps.move(raw, id, wish)
            return moved if moved is None or wish != "resume" else self._steps.begin(raw, id, now)

        return await self._write(work)

    async def attached(self, id: int, file: int) -> Broadcast:
        """Its attachment was fetched."""
        return await self._write(lambda raw: self._steps.attached(raw, id, file))

    async def audience(self, id: int, after: int, limit: int) -> list[Addressee]:
        """Who is still to get it, behind `after`."""
        return await self._look(lambda raw: self._rows.ahead(raw, id, after, limit))

    async def fail(self, id: int, error: str, now: int, limit: int) -> int:
        """Let it fail for the next ones."""
        return await self._write(lambda raw: self._steps.fail(raw, id, error, now, limit))

    async def complete(self, id: int, now: int) -> Broadcast:
        """End it, if nobody is left."""
        return await self._write(lambda raw: self._steps.complete(raw, id, now))

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._together.write(work))
