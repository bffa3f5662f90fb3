"""Reads of what is committed: implements `actors.ports.Library`. Each call is one snapshot.

Raises `StoreUnavailable`. Cancelling a call abandons its answer; the read goes on and disturbs nothing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from actors.ports import Listing, Page
from actors.values import CidKey, ConversationRecord, Counts, MessageRecord, Posted, Put, Who
from protocol.frames import Actor, AnyEvent, StoredMessage, UserView
from storage import events, history, people
from storage.bridge import Bridge
from storage.database import Database
from storage.memo import Memo
from storage.rooms import Rooms, open_conversations
from storage.search import Quest, search
from storage.sqlite import READERS
from storage.statements import Wording
from storage.text import words

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]


class Library:
    """The `Library` port on a database."""

    def __init__(
        self, bridge: Bridge, database: Database, wording: Wording, rooms_of_bots: Memo[Who, Sequence[int]]
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._wording = wording
        self._rooms_of_bots = rooms_of_bots
        self._rooms = Rooms(database.dialect, wording)
        # A search may take long: one reader is always left for what sessions need to begin and to resume.
        self._searches = asyncio.Semaphore(READERS - 1)

    async def conversation(self, conv: int) -> ConversationRecord | None:
        """The conversation with all its members."""
        return await self._look(lambda raw: self._rooms.conversation(raw, conv))

    async def events(self, conv: int, after: int, limit: int) -> list[AnyEvent]:
        """The events after `seq` `after`, at most `limit`, in order, with today's content and names."""
        return await self._read(lambda connection: events.events(connection, conv, after, limit))

    async def message(self, conv: int, message_id: int) -> MessageRecord | None:
        """The message as it is today, deleted ones too."""
        return await self._read(lambda connection: history.message(connection, conv, message_id))

    async def shown(self, viewer: Who, conv: int, message_id: int) -> StoredMessage | None:
        """The message as `history` shows it to a member; None: not there, or the viewer is not in the conversation."""
        return await self._read(lambda connection: history.shown(connection, viewer, conv, message_id))

    async def cids(self, conv: int, keys: Sequence[CidKey]) -> dict[CidKey, Posted]:
        """Those of the keys that are in the log, and where."""
        return await self._look(lambda raw: self._rooms.cids(raw, conv, keys))

    async def direct(self, direct_key: str) -> int | None:
        """The direct conversation with this key."""
        return await self._look(lambda raw: self._rooms.direct(raw, direct_key))

    async def counts(self, who: Who, upto: Sequence[tuple[int, int, int]]) -> dict[int, Counts]:
        """For each `(conv, read, head)`: what others said, and mentions of `who`, with `read < seq <= head`.

        What was deleted since counts: it keeps its place.
        """
        return await self._look(lambda raw: self._rooms.counts(raw, who, upto))

    async def person_spoke(self, conv: int) -> int:
        """The `seq` of the last message of a user, 0 if there is none."""
        return await self._look(lambda raw: self._rooms.person_spoke(raw, conv))

    async def memberships(self, who: Who) -> list[int]:
        """The conversations that the user or bot is in, ascending."""
        known = self._rooms_of_bots.get(who)
        if known is not None:
            return list(known)
        now = self._rooms_of_bots.now
        convs = await self._look(lambda raw: self._rooms.memberships(raw, who))
        if who.kind == "bot":
            self._rooms_of_bots.keep(who, tuple(convs), now)
        return convs

    async def history(
        self, viewer: Who, conv: int, *, before: int | None, after: int | None, limit: int
    ) -> Page | None:
        """The nearest messages before, or after, a message id, ascending; None: not visible."""
        return await self._read(lambda connection: history.history(connection, viewer, conv, before, after, limit))

    async def listing(
        self, viewer: Who, conv: int, *, before: int | None, after: int | None, limit: int
    ) -> Listing | None:
        """As `history`, without what was deleted, and with the number of messages that were not."""
        return await self._read(lambda connection: history.listing(connection, viewer, conv, before, after, limit))

    async def put_on(self, who: Who, conv: int, message_id: int) -> list[Put]:
        """What somebody put on the message of this conversation, in order."""
        return await self._read(lambda connection: history.put_on(connection, who, conv, message_id))

    async def search(self, viewer: Who, q: str, *, conv: int | None, before: int | None, limit: int) -> Page | None:
        """The nearest matches before the message id `before` (or the newest), ascending; None: not visible."""
        quest = Quest(viewer, words(q), conv, before, limit)

        async def one_of_few() -> Page | None:
            async with self._searches:
                return await self._database.read(lambda connection: search(connection, self._wording, quest))

        return await self._bridge.call(one_of_few)

    async def open_conversations(self, q: str, limit: int) -> list[ConversationRecord]:
        """Open conversations whose name contains `q`, by id; `members` is left empty."""
        return await self._read(lambda connection: open_conversations(connection, q, limit))

    async def actors(self, whos: Iterable[Who]) -> dict[Who, Actor]:
        """Those who exist and have not been deleted, with their names; guests are not among them."""
        wanted = list(whos)
        return await self._read(lambda connection: people.living(connection, wanted))

    async def users(self, q: str, limit: int) -> list[UserView]:
        """Users whose name or username contains `q`, by id."""
        return await self._read(lambda connection: people.users_like(connection, q, limit))

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _read(self, work: Work[T]) -> T:
        return await self._bridge.call(lambda: self._database.read(work))
