"""All actors of one kind: who is awake, who is turned away, and the nursery that they live in."""

from collections.abc import Callable
from enum import Enum
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


class Phase(Enum):
    """How far a supervisor is. It only ever goes on to a later one."""

    NEW = "new"
    OPEN = "open"
    DRAINING = "draining"
    """Only what is urgent is taken."""
    CLOSED = "closed"


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
                    self._phase = Phase.OPEN
                    task_status.started()
                    await trio.sleep_forever()
        finally:
            self.close()
            self._finished.set()

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
        if self._phase is Phase.OPEN:
            self._phase = Phase.DRAINING
        with trio.move_on_at(deadline):
            await self._empty()
        cut = [cell.address for cell in self._cells.values()]
        running = self._phase is not Phase.NEW
        self.close()
        self._scope.cancel()
        if running:
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
        """Whether no life is to follow the present ones."""
        return self._phase is not Phase.OPEN

    def remove(self, cell: Cell) -> None:
        """Take the cell out of the registry, if it is still the one there."""
        if self._cells.get(cell.address.key) is cell:
            del self._cells[cell.address.key]
            if not self._cells:
                self._emptied.set()

    def give_up(self, cell: Cell, error: Exception) -> Callable[[], RuntimeFault]:
        """Turn the actor's messages away for a while, or all: then the system cannot go on without it."""
        self.counts.gave_up += 1
        if self.kind.essential:
            escalated = Escalated(cell.address)
            escalated.__cause__ = error
            self.services.escalate(escalated)
        self._quarantine.put(cell.address.key, self.kind.quarantine_s)
        return partial(Quarantined, cell.address, self.kind.quarantine_s)

    def close(self) -> None:
        """Refuse everything from now on."""
        self._phase = Phase.CLOSED

    # The registry

    def _admit(self, key: Key, cell: Cell | None, urgent: bool) -> Cell:
        """Refuse, or find the cell or make it."""
        address = Address(self.kind.name, key)
        if self._phase is not Phase.OPEN and not (urgent and self._phase is Phase.DRAINING):
            self.counts.refused += 1
            raise Stopped(address)
        if cell is not None:
            return cell
        until = self._quarantine.until(key)
        if until is not None:
            self.counts.refused += 1
            raise Quarantined(address, max(0.0, until - trio.current_time()))
        return self._open(address)

    def _open(self, address: Address) -> Cell:
        if self._nursery is None:  # pragma: no cover - NEW refuses all
            raise Stopped(address)
        cell = self._cells[address.key] = Cell(address, self)
        if self.draining:
            cell.end()
        self._nursery.start_soon(cell.run, name=str(address))
        return cell

    def _reply(self, reply_to: ReplyTo, cell: Cell) -> Reply:
        if self._codec is not None:
            return CheckedReply(reply_to, cell, self._codec)
        return Reply(reply_to, cell)
