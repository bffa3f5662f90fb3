"""One actor at work: its mailbox, its task, its lives.

A cell is there from the first message until the actor sleeps, is stopped or is given up. Its task runs a life, and
after a failure backs off and runs the next one; the mailbox stays. No line here gives way to another task between
finding the mailbox empty and leaving the registry, so that no message falls between two activations.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

import trio

from actors.runtime.address import Address
from actors.runtime.errors import NoSuchActor, RuntimeFault, Stopped
from actors.runtime.failure import Doing, Failure
from actors.runtime.kind import Kind
from actors.runtime.life import Life
from actors.runtime.mailbox import Mailbox
from actors.runtime.reply import Reply, ReplyTo
from actors.runtime.restarts import FailureHistory
from actors.runtime.services import Services
from actors.runtime.statistics import Counts
from actors.runtime.timer import Timer
from actors.runtime.tree import Node, State


class Owner(Protocol):
    """What a cell needs of its supervisor."""

    kind: Kind[Any]
    counts: Counts
    services: Services

    @property
    def draining(self) -> bool:
        """Whether every life is to end as soon as nothing waits."""

    def tell(self, key: int | str, message: object, reply_to: ReplyTo | None, urgent: bool) -> None: ...

    def remove(self, cell: "Cell") -> None:
        """Take the cell out of the registry, if it is still the one there."""

    def give_up(self, address: Address, error: Exception) -> Callable[[], RuntimeFault]:
        """Turn the actor's messages away from now on; return what to answer to those that wait."""

    def close(self) -> None:
        """Refuse everything: the kind is cancelled."""


class Cell:
    """Runs one actor."""

    __slots__ = (
        "_ended",
        "_failures",
        "_life",
        "_owner",
        "_parked",
        "_pause",
        "_since",
        "address",
        "ending",
        "mailbox",
    )

    def __init__(self, address: Address, owner: Owner) -> None:
        self._owner = owner
        self.address = address
        self.mailbox = Mailbox(address, owner.kind.mailbox_limit, owner.kind.overflow, owner.counts)
        self.ending = owner.draining
        self._life = Life(self)
        self._parked: trio.lowlevel.Task | None = None
        self._ended: trio.Event | None = None
        self._pause: trio.CancelScope | None = None
        self._failures: FailureHistory | None = None
        self._since = trio.current_time()

    # From outside

    def ring(self) -> None:
        """Have a parked cell look around."""
        task, self._parked = self._parked, None
        if task is not None:
            trio.lowlevel.reschedule(task)

    def end(self) -> trio.Event:
        """Ask for the orderly end of this life; the event says that it came. What is told later is for the next one."""
        self.ending = True
        self.mailbox.divide()
        if self._ended is None:
            self._ended = trio.Event()
        if self._pause is not None:
            self._pause.cancel()
        self.ring()
        return self._ended

    def node(self, now: float) -> Node:
        """What can be seen of the actor."""
        failures = self._failures
        return Node(
            address=self.address,
            state=self._state(),
            depth=len(self.mailbox),
            owed=len(self._life.owed),
            restarts=failures.restarts if failures is not None else 0,
            age_s=now - self._since,
            last_failure=failures.last(now) if failures is not None else None,
        )

    def _state(self) -> State:
        if self._pause is not None:
            return State.BACKING_OFF
        if self._parked is not None:
            return State.IDLE
        states = {Doing.START: State.STARTING, Doing.STOP: State.STOPPING}
        return states.get(self._life.doing, State.RUNNING)

    # For replies

    def settle(self, reply: Reply) -> None:
        """The reply is not owed any more; it may have been the last thing to wait for."""
        life = self._life
        life.owed.pop(reply, None)
        if (self.ending or life.drowsy) and not life.owed:
            self.ring()

    def answer_failed(self, error: Exception) -> None:
        """Report a `ReplyTo` that raised."""
        self._owner.services.report(Failure(self.address, error, Doing.ANSWER))

    # For the life

    @property
    def kind(self) -> Kind[Any]:
        """What the actor is."""
        return self._owner.kind

    @property
    def counts(self) -> Counts:
        """Where to count what happens."""
        return self._owner.counts

    @property
    def services(self) -> Services:
        """What the system lends."""
        return self._owner.services

    def tell_self(self, message: object) -> None:
        """Queue a message, whatever waits."""
        self._owner.tell(self.address.key, message, None, urgent=True)

    async def park(self, timer: Timer) -> None:
        """Wait until rung, by the timer at the latest."""
        timer.arm(self.ring)
        self._parked = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._abort)

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._parked = None
        return trio.lowlevel.Abort.SUCCEEDED

    # Lives

    async def run(self) -> None:
        """Let the actor live, again and again, until it is to be no more."""
        try:
            while await self._live():
                self._life = Life(self)
        except BaseException:
            # Only a whole kind is ever cancelled: whoever is answered `Stopped` must not start the next actor.
            self._owner.close()
            raise
        finally:
            self._leave(partial(Stopped, self.address))
            # A cell and its life know each other; parted, they do not wait for the garbage collector.
            del self._life

    async def _live(self) -> bool:
        """One life. Whether there is to be another one."""
        try:
            exists = await self._life.run()
        except Exception as error:  # noqa: BLE001 - this is the place where an actor's failure ends
            return await self._recover(error)
        except BaseExceptionGroup as group:
            # Cancelled, and something else went wrong on the way out: that must not end the system instead.
            failed, rest = group.split(Exception)
            if failed is not None:
                self._note(failed)
            raise rest or group from None
        if not exists:
            self._leave(partial(NoSuchActor, self.address))
        return exists and self._end_life()

    def _end_life(self) -> bool:
        """This life is over in order. Whether anything waits for the next one."""
        self.ending = self._owner.draining
        self._tell_ended()
        return self.mailbox.unite()

    def _tell_ended(self) -> None:
        if self._ended is not None:
            self._ended.set()
            self._ended = None

    async def _recover(self, error: Exception) -> bool:
        """Tell whoever the failure concerns, and back off. Whether there is to be another life."""
        life = self._life
        failures = self._note(error)
        life.interrupt(error)
        at_end = life.doing is Doing.STOP or (self.ending and not self.mailbox.queue)
        if at_end and not self._end_life():
            return False
        delay_s = failures.next_delay_s(self.services.random)
        if delay_s is None:
            self._leave(self._owner.give_up(self.address, error))
            return False
        await self._back_off(delay_s)
        failures.restarts += 1
        self.counts.restarts += 1
        return True

    def _note(self, error: Exception) -> FailureHistory:
        """Count and report a failure."""
        failure = self._life.failure(error)
        if self._failures is None:
            self._failures = FailureHistory(self.kind.restart)
        self._failures.note(str(failure), trio.current_time())
        self.counts.crash(error)
        self.services.report(failure)
        return self._failures

    async def _back_off(self, delay_s: float) -> None:
        """Wait, unless somebody waits for the end."""
        with trio.move_on_after(delay_s) as self._pause:
            await trio.sleep_forever()
        self._pause = None

    def _leave(self, fault: Callable[[], RuntimeFault]) -> None:
        """Be no more, and answer all that is left. Harmless when that is done already."""
        # First out of the registry: whoever is answered may tell the same address something at once.
        self._owner.remove(self)
        for reply in list(self._life.owed):
            reply.answer(fault())
        self.mailbox.reject(fault)
        self._tell_ended()
