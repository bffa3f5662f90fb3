"""One actor at work: its mailbox, its task, its lives.

A cell is there from the first message until the actor sleeps, is stopped or is given up. Its task lets the actor live
(`start`, then messages and deadlines, then `stop`), and after a failure backs off and lets it live again; the mailbox
stays. No line here gives way to another task between finding the mailbox empty and leaving the registry, so that no
message falls between two activations.
"""

from collections.abc import Callable
from functools import partial
from math import inf
from typing import Any, Protocol

import trio

from actors.runtime.actor import Actor, Context
from actors.runtime.address import Address
from actors.runtime.errors import Crashed, Interrupted, NoSuchActor, RuntimeFault, Stopped
from actors.runtime.failure import Doing, Failure
from actors.runtime.kind import Kind
from actors.runtime.mailbox import Envelope, Mailbox
from actors.runtime.ref import Ref
from actors.runtime.reply import Reply, ReplyTo
from actors.runtime.restarts import FailureHistory
from actors.runtime.services import Services
from actors.runtime.statistics import Counts
from actors.runtime.timer import Timer
from actors.runtime.tree import Node, State

BURST = 64
"""So many messages are handled before other tasks get their turn."""

STATES = {
    Doing.START: State.STARTING,
    Doing.STOP: State.STOPPING,
    Doing.BACK_OFF: State.BACKING_OFF,
}


class Owner(Protocol):
    """What a cell needs of its supervisor."""

    kind: Kind[Any]
    counts: Counts
    services: Services

    @property
    def draining(self) -> bool:
        """Whether no life is to follow the present ones."""

    def tell(self, key: int | str, message: object, reply_to: ReplyTo | None, urgent: bool) -> None: ...

    def remove(self, cell: "Cell") -> None:
        """Take the cell out of the registry, if it is still the one there."""

    def give_up(self, cell: "Cell", error: Exception) -> Callable[[], RuntimeFault]:
        """Turn the actor's messages away from now on; return what to answer to those that wait."""

    def close(self) -> None:
        """Refuse everything: the kind is cancelled."""


class Cell:
    """Runs one actor."""

    __slots__ = (
        "_context",
        "_current",
        "_doing",
        "_drowsy",
        "_ended",
        "_ending",
        "_failures",
        "_owed",
        "_parked",
        "_pause",
        "_since",
        "_timer",
        "_wound_down",
        "address",
        "mailbox",
        "owner",
    )

    def __init__(self, address: Address, owner: Owner) -> None:
        kind = owner.kind
        self.address = address
        self.owner = owner
        self.mailbox = Mailbox(address, kind.mailbox_limit, kind.overflow, owner.counts)
        self._owed: dict[Reply, None] = {}
        self._parked: trio.lowlevel.Task | None = None
        self._timer = Timer(owner.services.alarms, kind.idle_after_s)
        self._doing = Doing.START
        self._current: Envelope | None = None
        self._context: Context | None = None
        self._drowsy = False
        self._ending = False
        self._wound_down = False
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
        self._ending = True
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
            state=State.IDLE if self._parked is not None else STATES.get(self._doing, State.RUNNING),
            depth=len(self.mailbox),
            owed=len(self._owed),
            restarts=failures.restarts if failures is not None else 0,
            age_s=now - self._since,
            last_failure=failures.last(now) if failures is not None else None,
        )

    # For replies

    def settle(self, reply: Reply) -> None:
        """The reply is not owed any more; it may have been the last thing to wait for."""
        self._owed.pop(reply, None)
        if (self._ending or self._drowsy) and not self._owed:
            self.ring()

    def answer_failed(self, error: Exception) -> None:
        """Report a `ReplyTo` that raised."""
        self.owner.services.report(Failure(self.address, error, Doing.ANSWER))

    # For the context

    def set_wake(self, context: Context, deadline: float | None) -> None:
        """Set or unset the actor's deadline."""
        if context is self._context:
            self._timer.wake_at = inf if deadline is None else deadline
            self.ring()

    def sleep_soon(self, context: Context) -> None:
        """Let this life end in order once nothing waits."""
        if context is self._context:
            self._drowsy = True
            self.ring()

    def tell_self(self, message: object) -> None:
        """Queue a message, whatever waits."""
        self.owner.tell(self.address.key, message, None, urgent=True)

    def ref(self, kind: str, key: int | str) -> Ref:
        """The way to any actor."""
        return self.owner.services.ref(kind, key)

    # Lives

    async def run(self) -> None:
        """Let the actor live, again and again, until it is to be no more."""
        try:
            while await self._live():
                pass
        except BaseException:
            # Only a whole kind is ever cancelled: whoever is answered `Stopped` must not start the next actor.
            self.owner.close()
            raise
        finally:
            self._leave(partial(Stopped, self.address))

    async def _live(self) -> bool:
        """One life. Whether there is to be another one."""
        try:
            actor = await self._start()
            if actor is None:
                self._leave(partial(NoSuchActor, self.address))
                return False
            await self._work(actor)
            await self._stop(actor)
        except Exception as error:  # noqa: BLE001 - this is the place where an actor's failure ends
            return await self._recover(error)
        except BaseExceptionGroup as group:
            # Cancelled, and something else went wrong on the way out: that must not end the system instead.
            failed, rest = group.split(Exception)
            if failed is not None:
                self._note(failed)
            raise rest or group from None
        return self._end_life()

    async def _start(self) -> Actor[Any] | None:
        """A new actor with its state loaded; None if there is no such thing."""
        self._doing = Doing.START
        self._drowsy = self._wound_down = False
        self._context = context = Context(self)
        try:
            actor: Actor[Any] = self.owner.kind.factory(context)
            await actor.start()
        except NoSuchActor as fault:
            # One that the actor got from another one is a failure like any other.
            if fault.address != self.address:
                raise
            return None
        return actor

    async def _work(self, actor: Actor[Any]) -> None:
        """Handle what comes until this life is to end in order."""
        queue = self.mailbox.queue
        self._doing = Doing.RECEIVE
        self._timer.touch()
        while True:
            if self._ending and not self._wound_down:
                await self._wind_down(actor)
            await self._handle(actor)
            if queue:
                await trio.lowlevel.checkpoint()
            elif self._is_over(actor):
                return
            else:
                await self._park()

    async def _handle(self, actor: Actor[Any]) -> None:
        """Handle a burst of messages and deadlines."""
        queue = self.mailbox.queue
        timer = self._timer
        for _ in range(BURST):
            if timer.wake_at != inf and timer.wake_due:
                await self._wake(actor)
            if not queue:
                break
            self._current = message, reply = queue.popleft()
            if not reply.answered:
                self._owed[reply] = None
            await actor.receive(message, reply)
        if self._current is not None:
            self._current = None
            timer.touch()

    async def _wake(self, actor: Actor[Any]) -> None:
        self._timer.wake_at = inf
        self._doing = Doing.WAKE
        await actor.wake()
        self._doing = Doing.RECEIVE

    async def _wind_down(self, actor: Actor[Any]) -> None:
        self._wound_down = True
        self._doing = Doing.WIND_DOWN
        await actor.wind_down()
        self._doing = Doing.RECEIVE

    def _is_over(self, actor: Actor[Any]) -> bool:
        """Whether this life is to end, now that nothing waits."""
        if self._ending or self._drowsy:
            return not self._owed
        if not self._timer.sleep_due:
            return False
        if not self._owed and actor.may_sleep():
            return True
        self._timer.touch()
        return False

    async def _park(self) -> None:
        """Wait until rung."""
        self._timer.arm(self.ring)
        self._parked = trio.lowlevel.current_task()
        await trio.lowlevel.wait_task_rescheduled(self._abort)

    def _abort(self, _: object) -> trio.lowlevel.Abort:
        self._parked = None
        return trio.lowlevel.Abort.SUCCEEDED

    async def _stop(self, actor: Actor[Any]) -> None:
        self._doing = Doing.STOP
        if not self._ending:
            self.owner.counts.passivations += 1
        self.mailbox.divide()
        await actor.stop()

    def _end_life(self) -> bool:
        """This life is over. Whether somebody waits for the next one."""
        self._context = None
        self._timer.clear()
        self._ending = self.owner.draining
        if self._ended is not None:
            self._ended.set()
            self._ended = None
        return self.mailbox.unite()

    # Failures

    async def _recover(self, error: Exception) -> bool:
        """Tell whoever the failure concerns, and back off. Whether there is to be another life."""
        failures = self._note(error)
        was_last = self._doing is Doing.STOP or (self._ending and not self.mailbox.queue)
        self._interrupt(error)
        if was_last and not self._end_life():
            return False
        delay_s = failures.next_delay_s(self.owner.services.random)
        if delay_s is None:
            self._leave(self.owner.give_up(self, error))
            return False
        await self._back_off(delay_s)
        failures.restarts += 1
        self.owner.counts.restarts += 1
        return True

    def _note(self, error: Exception) -> FailureHistory:
        """Count and report a failure."""
        message = None
        if self._doing is Doing.RECEIVE and self._current is not None:
            message = type(self._current[0]).__name__
        failure = Failure(self.address, error, self._doing, message)
        if self._failures is None:
            self._failures = FailureHistory(self.owner.kind.restart)
        self._failures.note(str(failure), trio.current_time())
        self.owner.counts.crash(error)
        self.owner.services.report(failure)
        return self._failures

    def _interrupt(self, error: Exception) -> None:
        """End the failed life: answer the message that made it fail, then all that were still to be answered."""
        self._context = None
        self._timer.clear()
        current, self._current = self._current, None
        owed, self._owed = self._owed, {}
        if current is not None and self._doing is Doing.RECEIVE:
            current[1].answer(Crashed(self.address, type(error).__name__))
        for reply in owed:
            reply.answer(Interrupted(self.address))

    async def _back_off(self, delay_s: float) -> None:
        """Wait, unless somebody waits for the end."""
        self._doing = Doing.BACK_OFF
        with trio.move_on_after(delay_s) as self._pause:
            await trio.sleep_forever()
        self._pause = None

    def _leave(self, fault: Callable[[], RuntimeFault]) -> None:
        """Be no more, and answer all that is left. Harmless when that is done already."""
        # First out of the registry: whoever is answered may tell the same address something at once.
        self.owner.remove(self)
        self._context = None
        self._timer.clear()
        owed, self._owed = self._owed, {}
        for reply in owed:
            reply.answer(fault())
        self.mailbox.reject(fault)
        if self._ended is not None:
            self._ended.set()
            self._ended = None
