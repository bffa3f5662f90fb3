"""Those whom accounts write to: implements `actors.chatpion.ports.Subscribers`.

Writes of many share their transactions, see `storage.together`. Raises `StoreUnavailable`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TypeVar

from actors.chatpion.merging import changed, merged
from actors.chatpion.ports import NewSubscriber, Saved, SubscriberChanges, SubscriberPage
from actors.chatpion.values import Account, Subscriber
from actors.values import Who
from storage.bridge import Bridge
from storage.chatpion.guests import Guests
from storage.chatpion.subscriber_pages import SubscriberPages
from storage.chatpion.subscriber_rows import SubscriberRows
from storage.chatpion.subscriber_writes import SubscriberWrites
from storage.database import Database
from storage.memo import Memo
from storage.together import Together

T = TypeVar("T")


class Subscribers:
    """The `Subscribers` port on a database."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        together: Together,
        rooms: Memo[Who, Sequence[int]],
        rows: SubscriberRows,
        writes: SubscriberWrites,
        guests: Guests,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._rooms = rooms
        self._rows = rows
        self._writes = writes
        self._guests = guests
        self._pages = SubscriberPages(database.dialect)

    async def upsert(self, account: Account, new: NewSubscriber, now: int) -> Saved:
        """Have a subscriber."""

        def work(raw: sqlite3.Connection) -> Saved:
            before = self._rows.known(raw, account.id, new.platform, new.platform_id)
            if before is None:
                return Saved(self._writes.found(raw, account, new, now), "created")
            return self._save(raw, before, merged(before, new), now)

        return await self._bridge.call(lambda: self._upsert(Who("bot", account.bot), work))

    async def subscriber(self, account: int, id: int) -> Subscriber | None:
        """The account's subscriber with this id."""
        return await self._look(lambda raw: self._rows.living(raw, account, id))

    async def known(self, account: int, platform: str, platform_id: str) -> Subscriber | None:
        """The account's subscriber who is this on that platform."""
        return await self._look(lambda raw: self._rows.known(raw, account, platform, platform_id))

    async def by_conversation(self, conv: int) -> Subscriber | None:
        """Whose conversation this is, of whatever account, deleted or not."""
        return await self._look(lambda raw: self._rows.by_conv(raw, conv))

    async def page(
        self, account: int, *, page: int, limit: int, platform: str | None = None, tag: str | None = None
    ) -> SubscriberPage:
        """A page of those on the platform that have the tag."""
        return await self._look(lambda raw: self._pages.page(raw, account, page, limit, platform, tag))

    async def update(self, account: int, id: int, changes: SubscriberChanges, now: int) -> Saved | None:
        """Change what is given; None: there is no such subscriber."""

        def work(raw: sqlite3.Connection) -> Saved | None:
            before = self._rows.living(raw, account, id)
            return None if before is None else self._save(raw, before, changed(before, changes), now)

        return await self._write(work)

    async def delete(self, account: int, id: int, now: int) -> Subscriber | None:
        """End it, and what its guest user signs in with; None: there is none."""

        def work(raw: sqlite3.Connection) -> Subscriber | None:
            subscriber = self._rows.living(raw, account, id)
            return None if subscriber is None else self._writes.remove(raw, subscriber, now)

        return await self._write(work)

    async def issue_token(self, account: int, id: int) -> str | None:
        """Make a further native token of its guest user; None: there is no such subscriber."""

        def work(raw: sqlite3.Connection) -> str | None:
            subscriber = self._rows.living(raw, account, id)
            return None if subscriber is None else self._guests.issue_token(raw, subscriber.user)

        return await self._write(work)

    def _save(self, raw: sqlite3.Connection, before: Subscriber, after: Subscriber, now: int) -> Saved:
        return Saved(after, "updated" if self._writes.change(raw, before, after, now) else "unchanged")

    async def _upsert(self, bot: Who, work: Callable[[sqlite3.Connection], Saved]) -> Saved:
        try:
            return await self._together.write(work)
        finally:
            # Told before the end of the call is: the bot may have come to a conversation.
            self._bridge.tell(self._rooms.changed, [bot])

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._together.write(work))
