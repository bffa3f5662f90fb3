"""A scheduler and those whom it tells, in virtual time, over an agenda in memory."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from operator import itemgetter
from typing import Any

import trio
import trio.testing

from actors.messages.broadcast import Look
from actors.messages.scheduler import Planned
from actors.messages.subscriber import Due
from actors.runtime.actor import Actor, Context
from actors.runtime.failure import Failure
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.runtime.system import System
from actors.scheduler.actor import scheduler_kind
from actors.scheduler.state import Pace
from tests.fakes.memory_agenda import MemoryAgenda, MovableClock

Told = tuple[int, str, int]


class NumberedDue(Due, frozen=True, kw_only=True):
    """A `Due` that knows the how many-eth message it is: whoever is told first does not always come first."""

    number: int


class NumberedLook(Look, frozen=True, kw_only=True):
    """A `Look` that knows the how many-eth message it is."""

    number: int


MESSAGES: dict[str, type[NumberedDue] | type[NumberedLook]] = {"subscriber": NumberedDue, "broadcast": NumberedLook}


class Target(Actor[Any]):
    """Notes that it was told, and does what the office says."""

    def __init__(self, context: Context, office: Office) -> None:
        self._address = context.address
        self._office = office
        context.sleep_soon()

    async def receive(self, message: Any, reply: Reply) -> None:
        kind, key = self._address.kind, int(self._address.key)
        assert isinstance(message, MESSAGES[kind])
        self._office.note(message.number, (self._office.clock.now_ms(), kind, key))
        await self._office.does(kind, key)


class Office:
    """`told` are the moments by the wall clock, and who was told then, in order; `does` is what they do about it."""

    def __init__(self, *, pace: Pace | None = None, mailbox_limit: int = 1_024) -> None:
        self.agenda = MemoryAgenda()
        self.clock = MovableClock()
        self._notes: list[tuple[int, Told]] = []
        self._numbers = count()
        self.failures: list[Failure] = []
        self.does: Callable[[str, int], Any] = self.finish
        targets = [
            Kind(name=name, factory=lambda context: Target(context, self), mailbox_limit=mailbox_limit)
            for name in MESSAGES
        ]
        kind = scheduler_kind(
            agenda=self.agenda,
            clock=self.clock,
            messages={
                "subscriber": lambda: NumberedDue(number=next(self._numbers)),
                "broadcast": lambda: NumberedLook(number=next(self._numbers)),
            },
            pace=pace,
        )
        self.system = System([kind, *targets], on_failure=self.failures.append)

    @property
    def told(self) -> list[Told]:
        """Whom the scheduler has told, in its order."""
        return [told for _, told in sorted(self._notes, key=itemgetter(0))]

    def note(self, number: int, told: Told) -> None:
        """Somebody was told."""
        self._notes.append((number, told))

    async def finish(self, kind: str, key: int) -> None:
        """Take the item out of the agenda, as whoever has done what was due."""
        self.agenda.drop(kind, key)

    async def leave(self, kind: str, key: int) -> None:
        """Leave it there, as somebody who fails."""

    def put(self, kind: str, key: int, in_s: float) -> int:
        """Plan something so many seconds from now, and say so. Returns the time."""
        at = self.clock.now_ms() + round(in_s * 1_000)
        self.agenda.put(kind, key, at)
        self.planned(at)
        return at

    def planned(self, at: int = 0) -> None:
        """Tell the scheduler."""
        self.system.ref("scheduler", 0).tell(Planned(at=at))

    async def restart(self) -> None:
        """End the scheduler's life, and begin the next one."""
        await self.system.stop("scheduler", 0)
        self.planned()

    async def settled(self, seconds: float = 0.0) -> list[Told]:
        """Who was told up to that time."""
        await trio.sleep(seconds)
        await trio.testing.wait_all_tasks_blocked()
        return self.told
