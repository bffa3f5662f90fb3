"""What is said to subscribers and by them: implements `actors.chatpion.ports.Letters`. The steps are in `steps`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Literal, TypeVar

from actors.chatpion.ports import LetterPage, NewLetter, NewReply, Standing, Unfinished
from actors.chatpion.values import Direction, Letter, LetterState
from storage.bridge import Bridge
from storage.chatpion.letter_rows import LetterReads
from storage.chatpion.steps import Steps
from storage.database import Database
from storage.together import Together

T = TypeVar("T")


class Letters:
    """The `Letters` port on a database. `steps` is for others' transactions, which queue and hear as well."""

    def __init__(
        self, bridge: Bridge, database: Database, together: Together, reads: LetterReads, steps: Steps
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._reads = reads
        self.steps = steps

    async def queue(self, new: NewLetter) -> Letter:
        """Have it said, or failed."""
        return await self._write(lambda raw: self.steps.queue(raw, new))

    async def queue_once(self, new: NewLetter, broadcast: int) -> Letter | None:
        """The same of a broadcast, once, and while it is being sent."""
        return await self._write(lambda raw: self.steps.queue_once(raw, new, broadcast))

    async def standing(self, subscriber: int) -> Standing:
        """What is left to be done for a subscriber."""
        return await self._look(lambda raw: self._reads.standing(raw, subscriber))

    async def attached(self, letter: int, file: int) -> None:
        """Its attachment was fetched."""
        await self._write(lambda raw: self.steps.attached(raw, letter, file))

    async def sent(self, letter: int, *, seq: int, message: int, at: int) -> Letter:
        """It is in its conversation."""
        return await self._write(lambda raw: self.steps.sent(raw, letter, seq=seq, message=message, at=at))

    async def fail(self, letter: int, error: str, at: int) -> Letter:
        """It will not reach anybody."""
        return await self._write(lambda raw: self.steps.fail(raw, letter, error, at))

    async def mark(self, subscriber: int, *, received: int, read: int, at: int) -> list[Letter]:
        """Up to these places all of the subscriber's is delivered or read."""
        return await self._write(lambda raw: self.steps.mark(raw, subscriber, received=received, read=read, at=at))

    async def told(self, letter: int, state: Literal["delivered", "read"], at: int) -> Letter | None:
        """It is delivered, or read."""
        return await self._write(lambda raw: self.steps.told(raw, letter, state, at))

    async def hear(self, new: NewReply) -> Letter | None:
        """Note a reply, once."""
        return await self._write(lambda raw: self.steps.hear(raw, new))

    async def letter(self, account: int, id: int) -> Letter | None:
        """One that was said, or failed."""
        found = await self._look(lambda raw: self._reads.one(raw, id))
        return found if found is not None and found.account == account and found.state != "queued" else None

    async def page(
        self,
        account: int,
        *,
        page: int,
        limit: int,
        subscriber: int | None = None,
        state: LetterState | None = None,
        direction: Direction | None = "out",
    ) -> LetterPage:
        """Those that were said or failed, by ascending id."""
        wanted = {"of": subscriber, "now": state, "way": direction}
        return await self._look(lambda raw: self._reads.page(raw, account, (page - 1) * limit, limit, wanted))

    async def unfinished(self, after: int, limit: int) -> list[Unfinished]:
        """Where something is left to be done from an earlier run."""
        return await self._look(lambda raw: self._reads.unfinished(raw, after, limit))

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._together.write(work))
