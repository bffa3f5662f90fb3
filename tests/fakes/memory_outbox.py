"""The in-memory `Outbox`: what waits for webhooks, beside the rooms and accounts of the `MemoryStore`."""

from collections.abc import Sequence
from dataclasses import dataclass

import trio

from actors.bridging import TO_BOT, TO_ROOM, spoken
from actors.lanes import HEARING, ORDERED
from actors.messages.changes import MAX_BOT_CALLS, Append, Hook
from actors.ports import Due, StoreUnavailable
from actors.values import BotMessage, Call, Lane, Occasion, Receiver, Verdict, Who
from protocol.frames import Message
from tests.fakes.memory_accounts import MemoryAccounts
from tests.fakes.memory_library import MemoryLibrary
from tests.fakes.memory_rooms import Rooms


@dataclass
class Row:
    """One call, and what became of it."""

    id: str
    lane: Lane
    conv: int
    message: int
    seq: int
    by_bot: bool
    created_at: int
    next_at: int
    state: str = "pending"
    attempts: int = 0
    outcome: str | None = None
    body: str | None = None

    @property
    def call(self) -> Call:
        return Call(self.id, self.conv, self.message, self.attempts, self.created_at, self.body)


class MemoryOutbox:
    """The `Outbox` port over a list of rows, in the order in which they were committed.

    While `stuck`, nothing that is to be recorded ever is.
    """

    def __init__(self, rooms: Rooms, accounts: MemoryAccounts, library: MemoryLibrary) -> None:
        self.rows: list[Row] = []
        self.unreadable = False
        self.stuck = False
        self._rooms = rooms
        self._accounts = accounts
        self._library = library

    def commit(self, change: Append) -> None:
        """Put down the calls that a change causes, as the writer does."""
        for hook in change.hooks or ():
            assert isinstance(change.event, Message)
            lane = Lane(hook.kind, hook.bot)
            if self._leads(lane, change.conv) and self._within_budget(hook, change.conv):
                self.rows.append(self._row(hook, lane, change.event))

    def post(self, bot: int, told: Sequence[BotMessage]) -> None:
        """Put down what is to be said because of what a bot reports, as the real store does when it keeps that."""
        for message in told:
            for bridge in self._accounts.bridges.get(bot, ()):
                if bridge.thread == (message.thread_type, message.thread_id):
                    self.rows.append(self._posting(bridge.conversation, message))

    async def lanes(self) -> list[Lane]:
        await self._visit()
        return sorted({row.lane for row in self.rows if row.state == "pending"})

    async def due(self, lane: Lane, now: int, limit: int) -> Due:
        await self._visit()
        waiting = sorted(self._waiting(lane), key=lambda row: row.next_at)
        ready = [row.call for row in waiting if row.next_at <= now and not self._is_held_up(row)]
        later = [row.next_at for row in waiting if row.next_at > now]
        return Due(ready[:limit], min(later, default=None) if not ready else None, len(waiting))

    async def receiver(self, lane: Lane) -> Receiver | None:
        await self._visit()
        return self._accounts.receiver(lane)

    async def occasion(self, lane: Lane, call: Call) -> Occasion | None:
        await self._visit()
        record = await self._library.conversation(call.conv)
        stored = await self._library.message(call.conv, call.message)
        if record is None or stored is None or stored.message.deleted:
            return None
        others = [member.actor.name for member in record.members if member.who != Who("bot", lane.receiver)]
        return Occasion(stored.message, record.name or ", ".join(others), record.kind)

    async def record(self, lane: Lane, call: Call, verdict: Verdict) -> None:
        await self._visit()
        if self.stuck:
            await trio.sleep_forever()
        for row in self.rows:
            if row.id == call.id:
                row.state, row.outcome, row.attempts = verdict.state, verdict.outcome, call.attempts + 1
                row.next_at = verdict.next_at or row.next_at

    async def trim(self, lane: Lane, *, waiting: int, ended: int) -> int:
        await self._visit()
        given_up = self._waiting(lane)[:-waiting]
        for row in given_up:
            row.state, row.outcome = "dead", "too many waited"
        newest = max((row.created_at for row in self.of(lane)), default=0)
        over = [row for row in self.of(lane) if row.state != "pending"][:-ended]
        over = [row for row in over if not row.by_bot or row.created_at < newest - 86_400_000]
        self.rows = [row for row in self.rows if row not in over]
        return len(given_up)

    def of(self, lane: Lane) -> list[Row]:
        """Every row of a lane."""
        return [row for row in self.rows if row.lane == lane]

    def _waiting(self, lane: Lane) -> list[Row]:
        return [row for row in self.of(lane) if row.state == "pending"]

    def _is_held_up(self, row: Row) -> bool:
        """Whether another call about the same object stands before it, where that counts."""
        before = self.rows[: self.rows.index(row)] if row.lane.kind in ORDERED else []
        place = (row.lane, row.conv, row.message)
        return any(each.state == "pending" and (each.lane, each.conv, each.message) == place for each in before)

    def _leads(self, lane: Lane, conv: int) -> bool:
        if lane.kind == TO_BOT:
            return any(bridge.conversation == conv for bridge in self._accounts.bridges.get(lane.receiver, ()))
        return lane.kind in HEARING or self._accounts.receiver(lane) is not None

    def _within_budget(self, hook: Hook, conv: int) -> bool:
        if hook.person is None:
            return True
        person = hook.person
        caused = [row for row in self.rows if row.by_bot and (row.conv, row.lane.kind) == (conv, hook.kind)]
        return sum(row.seq > person for row in caused) < MAX_BOT_CALLS

    def _row(self, hook: Hook, lane: Lane, event: Message) -> Row:
        by_bot = hook.person is not None
        return Row(hook.id, lane, event.conv, event.id, event.seq, by_bot, event.at, event.at)

    def _posting(self, conv: int, message: BotMessage) -> Row:
        lane, name, at = Lane(TO_ROOM, message.bot), f"post_{len(self.rows)}", message.at
        return Row(name, lane, conv, 0, 0, False, at, at, body=spoken(message))

    async def _visit(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.unreadable:
            raise StoreUnavailable("the database cannot be read", 500)
