"""The `Broadcasts` port in memory, over the letters and subscribers of a `MemoryChatPion`."""

from __future__ import annotations

from msgspec.structs import asdict, replace

from actors.chatpion.broadcasting import Wish, wished
from actors.chatpion.ports import Addressee, BroadcastPage, NewBroadcast, NewLetter
from actors.chatpion.values import Broadcast, Letter
from tests.fakes.memory_agenda import MemoryAgenda
from tests.fakes.memory_chatpion import MemoryChatPion

KIND = "broadcast"


class MemoryBroadcasts:
    """`events` is what accounts were told, as pairs of event and broadcast. Whom it reaches is everybody there."""

    def __init__(self, chatpion: MemoryChatPion, agenda: MemoryAgenda) -> None:
        self._chatpion = chatpion
        self._agenda = agenda
        self.rows: dict[int, Broadcast] = {}
        self.events: list[tuple[str, int]] = []
        self._audiences: dict[int, list[int]] = {}

    def letters(self, id: int) -> list[Letter]:
        """The messages that there are of it, in the order in which they were made."""
        return [row for row in self._chatpion.letters.rows.values() if row.broadcast == id]

    async def create(self, new: NewBroadcast, now: int) -> Broadcast:
        await self._chatpion.visit()
        made = Broadcast(id=len(self.rows) + 1, status="scheduled", created_at=now, **asdict(new))
        self.rows[made.id] = made
        self._agenda.put(KIND, made.id, made.due_at)
        return made

    async def broadcast(self, account: int, id: int) -> Broadcast | None:
        found = await self.known(id)
        return found if found is not None and found.account == account else None

    async def page(self, account: int, *, page: int, limit: int) -> BroadcastPage:
        await self._chatpion.visit()
        mine = [self._counted(row) for row in self.rows.values() if row.account == account]
        return BroadcastPage(len(mine), mine[(page - 1) * limit : page * limit])

    async def known(self, id: int) -> Broadcast | None:
        await self._chatpion.visit()
        row = self.rows.get(id)
        return None if row is None else self._counted(row)

    async def begin(self, id: int, now: int) -> Broadcast:
        await self._chatpion.visit()
        row = self.rows[id]
        if row.status != "scheduled" or row.due_at > now:
            return self._counted(row)
        people = [each.id for each in self._chatpion.subscribers.rows.values() if each.deleted_at is None]
        self._audiences[id] = people
        return self._tell(replace(row, status="started", started_at=now, total=len(people)))

    async def move(self, id: int, wish: Wish, now: int) -> Broadcast | None:
        await self._chatpion.visit()
        row = self._counted(self.rows[id])
        status = wished(row, wish)
        if status is None or status == row.status:
            return None if status is None else row
        self.rows[id] = replace(row, status=status)
        if wish == "resume":
            self._agenda.put(KIND, id, row.due_at)
            return await self.begin(id, now)
        self._agenda.drop(KIND, id)
        if wish == "cancel":
            self._audiences[id] = []
        return self.rows[id]

    async def attached(self, id: int, file: int) -> Broadcast:
        await self._chatpion.visit()
        self.rows[id] = replace(self.rows[id], file=file)
        return self._counted(self.rows[id])

    async def audience(self, id: int, after: int, limit: int) -> list[Addressee]:
        await self._chatpion.visit()
        rows = self._chatpion.subscribers.rows
        return [Addressee(each, rows[each].conv) for each in self._left(id) if each > after][:limit]

    async def fail(self, id: int, error: str, now: int, limit: int) -> int:
        row, next_ones = self.rows[id], self._left(id)[:limit]
        for each in next_ones:
            new = NewLetter(
                account=row.account,
                subscriber=each,
                platform="hub",
                at=now,
                text=row.text,
                body=row.text,
                error=error,
                broadcast=id,
            )
            await self._chatpion.letters.queue_once(new, id)
        return len(next_ones)

    async def complete(self, id: int, now: int) -> Broadcast:
        await self._chatpion.visit()
        row = self._counted(self.rows[id])
        if row.status != "started" or self._left(id) or any(each.state == "queued" for each in self.letters(id)):
            return row
        self._agenda.drop(KIND, id)
        return self._tell(replace(row, status="completed", completed_at=now))

    def _left(self, id: int) -> list[int]:
        have = {each.subscriber for each in self.letters(id)}
        return [each for each in self._audiences.get(id, ()) if each not in have]

    def _counted(self, row: Broadcast) -> Broadcast:
        if row.status == "completed":
            return row
        states = [each.state for each in self.letters(row.id)]
        failed = states.count("failed")
        return replace(row, failed=failed, sent=len(states) - failed - states.count("queued"))

    def _tell(self, row: Broadcast) -> Broadcast:
        self.rows[row.id] = row
        self.events.append((f"broadcast.{row.status}", row.id))
        return row
