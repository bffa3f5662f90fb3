"""A parlour from which broadcasts go out, with the scheduler that has them begin."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

import trio

from actors.broadcast.kind import broadcast_kind
from actors.broadcast.ports import BroadcastPorts
from actors.chatpion.ports import NewBroadcast
from actors.chatpion.values import Broadcast, Subscriber
from actors.messages.broadcast import BroadcastSaved, Look
from actors.messages.scheduler import Planned
from actors.messages.subscriber import Due
from actors.runtime.kind import Kind
from actors.scheduler.actor import scheduler_kind
from tests.actors.subscriber.parlour import Parlour
from tests.fakes.memory_agenda import MemoryAgenda
from tests.fakes.memory_broadcasts import MemoryBroadcasts


class Studio(Parlour):
    """`account` has so many `people`; a broadcast tells `per_s` of them a second."""

    def __init__(self, people: int, *, per_s: float = 100.0) -> None:
        self.per_s = per_s
        self.agenda = MemoryAgenda()
        super().__init__()
        self.account = self.chatpion.account()
        self.people: list[Subscriber] = [
            self.chatpion.subscriber(self.account, f"p{number}") for number in range(people)
        ]

    @cached_property
    def broadcasts(self) -> MemoryBroadcasts:
        """What is to be sent."""
        return MemoryBroadcasts(self.chatpion, self.agenda)

    def more_kinds(self) -> list[Kind[Any]]:
        """The scheduler, and broadcasts."""
        ports = BroadcastPorts(
            broadcasts=self.broadcasts, owners=self.chatpion.tenants, clock=self.clock, per_s=self.per_s
        )
        messages = {"subscriber": Due, "broadcast": Look}
        return [broadcast_kind(ports), scheduler_kind(agenda=self.agenda, clock=self.clock, messages=messages)]

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Studio]:
        """As a hub does, with all that is planned."""
        async with super().open():
            self.system.ref("scheduler", 0).tell(Planned(at=self.clock.now_ms()))
            yield self

    async def announce(self, *, in_s: float = 0.0, **more: Any) -> Broadcast:
        """Make a broadcast, as the API does."""
        now = self.clock.now_ms()
        given: dict[str, Any] = {"name": "News", "text": "news"} | more
        new = NewBroadcast(account=self.account.id, due_at=now + round(in_s * 1_000), **given)
        made = await self.broadcasts.create(new, now)
        self.system.ref("scheduler", 0).tell(Planned(at=made.due_at))
        return made

    async def wish(self, broadcast: Broadcast, message: object) -> Any:
        """Pause, resume or cancel it, and return the answer; what was saved, if it was."""
        outcome = await self.system.ref("broadcast", broadcast.id).ask(message, timeout_s=60.0)
        return outcome.broadcast if isinstance(outcome, BroadcastSaved) else outcome

    async def ended(self, broadcast: Broadcast, *, within_s: float = 60.0) -> Broadcast:
        """Return it once it is complete."""
        with trio.fail_after(within_s):
            while True:
                row = self.broadcasts.rows[broadcast.id]
                if row.status == "completed":
                    return row
                await trio.sleep(0.05)

    def heard(self) -> list[int]:
        """How often each of the people heard something."""
        return [len(self.said(each)) for each in self.people]

    def told(self) -> int:
        """How often somebody heard something."""
        return sum(self.heard())
