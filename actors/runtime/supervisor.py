"""All actors of one kind: who is awake, who is turned away, and the nursery that they live in."""

from collections.abc import Callable
from enum import IntEnum
from functools import partial
from typing import Any

import trio

from actors.runtime.address import Address
from actors.runtime.cell import Cell
from actors.runtime.codec import CheckedReply, Codec
from actors.runtime.errors import Escalated, Quarantined, RuntimeFault, Stopped
from actors.runtime.kind import Kind
from actors.runtime.quarantine import Quarantine
from actors.runtime.reply import NOBODY, Reply, ReplyTo
from actors.runtime.services import Services
from actors.runtime.statistics import Counts, KindStatistics
from actors.runtime.tree import Branch

Key = int | str


class Phase(IntEnum):
    """How far a supervisor is; it never goes back."""

    NEW = 0
    OPEN = 1
    DRAINING = 2
    """Only what is urgent is taken."""
    CLOSED = 3


class Supervisor:
    """The registry of one kind. A key has one cell while its actor is awake, backs off or has messages waiting."""

    def __init__(self, kind: Kind[Any], services: Services, *, codec_check: bool) -> None:
        self.kind = kind
        self.services = services
        self.counts = Counts()
        self._codec = Codec(kind.name, kind.messages) if codec_check else None
        self._cells: dict[Key, Cell] = {}
        self._quarantine = Quarantine(services.alarms)
        self._phase = Phase.NEW
        self._scope = trio.CancelScope()
        self._nursery: trio.Nursery | None = None
        self._emptied = trio.Event()
        self._finished = trio.Event()

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Give the actors a place to live, until `drain` or cancellation."""
        try:
            with self._scope:
                async with trio.open_nursery() as self._nursery:
                    await self._stay_open(task_status)
        finally:
            self._finished.set()

    async def _stay_open(self, task_status: trio.TaskStatus[None]) -> None:
        try:
            self._advance(Phase.OPEN)
            task_status.started()
            await trio.sleep_forever()
        finally:
            # While this is running the nursery takes new tasks; from here on nobody may ask it to.
            self.close()

    def _advance(self, phase: Phase) -> None:
        self._phase = max(self._phase, phase)

    def tell(self, key: Key, message: object, reply_to: ReplyTo | None, urgent: bool) -> None:
        """Put a message into the actor's mailbox and wake the actor. Raises a `Refusal`."""
        if self._codec is not None:
            message = self._codec.message(message)
        cell = self._cells.get(key)
        if cell is None or self._phase is not Phase.OPEN:
            cell = self._admit(key, cell, urgent)
        cell.mailbox.put(message, NOBODY if reply_to is None else self._reply(reply_to, cell), urgent)
        cell.ring()

    def end(self, key: Key) -> trio.Event | None:
        """Ask for the end of one actor's life; the event says that it came, None that it does not live."""
        cell = self._cells.get(key)
        return None if cell is None else cell.end()

    async def drain(self, deadline: float) -> list[Address]:
        """Take no more work, end all actors in order, and cancel those that are not done at `deadline`.

        Returns the cancelled ones.
        """
        if self._nursery is None:
            self.close()
            return []
        self._advance(Phase.DRAINING)
        with trio.move_on_at(deadline):
            await self._empty()
        cut = [cell.address for cell in self._cells.values()]
        self.close()
        self._scope.cancel()
        await self._finished.wait()
        return cut

    async def _empty(self) -> None:
        for cell in list(self._cells.values()):
            cell.end()
        while self._cells:
            self._emptied = trio.Event()
            await self._emptied.wait()

    def statistics(self) -> KindStatistics:
        """A snapshot."""
        depths = [len(cell.mailbox) for cell in self._cells.values()]
        return self.counts.snapshot(depths, len(self._quarantine))

    def branch(self) -> Branch:
        """What can be seen of the kind."""
        now = trio.current_time()
        nodes = [cell.node(now) for cell in self._cells.values()]
        return Branch(kind=self.kind.name, actors=nodes, quarantined=self._quarantine.left_s(now))

    # For cells

    @property
    def draining(self) -> bool:
        """Whether every life is to end as soon as nothing waits."""
        return self._phase is not Phase.OPEN

    def remove(self, cell: Cell) -> None:
        """Take the cell out of the registry, if it is still the one there."""
        if self._cells.get(cell.address.key) is cell:
            del self._cells[cell.address.key]
            if not self._cells:
                self._emptied.set()

    def give_up(self, address: Address, error: Exception) -> Callable[[], RuntimeFault]:
        """Turn the actor's messages away for a while, or all: then the system cannot go on without it."""
        self.counts.gave_up += 1
        if self.kind.essential:
            escalated = Escalated(address)
            escalated.__cause__ = error
            self.services.escalate(escalated)
        self._quarantine.put(address.key, self.kind.quarantine_s)
        return partial(Quarantined, address, self.kind.quarantine_s)

    def close(self) -> None:
        """Refuse everything from now on."""
        self._advance(Phase.CLOSED)

    # The registry

    def _admit(self, key: Key, cell: Cell | None, urgent: bool) -> Cell:
        """Refuse, or find the cell or make it."""
        address = Address(self.kind.name, key)
        nursery = self._nursery
        taken = self._phase is Phase.OPEN or (self._phase is Phase.DRAINING and urgent)
        if nursery is None or not taken:
            self.counts.refused += 1
            raise Stopped(address)
        if cell is not None:
            return cell
        self._check_quarantine(address)
        cell = self._cells[key] = Cell(address, self)
        nursery.start_soon(cell.run, name=str(address))
        return cell

    def _check_quarantine(self, address: Address) -> None:
        until = self._quarantine.until(address.key)
        if until is not None:
            self.counts.refused += 1
            raise Quarantined(address, max(0.0, until - trio.current_time()))

    def _reply(self, reply_to: ReplyTo, cell: Cell) -> Reply:
        if self._codec is not None:
            return CheckedReply(reply_to, cell, self._codec)
        return Reply(reply_to, cell)
