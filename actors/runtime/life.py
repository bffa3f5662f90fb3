"""One life of an actor: `start`, then messages and deadlines, then `stop`, or a failure anywhere in between."""

from math import inf
from typing import Any, Protocol

import trio

from actors.runtime.actor import Actor, Context
from actors.runtime.address import Address
from actors.runtime.errors import Crashed, Interrupted, NoSuchActor
from actors.runtime.failure import Doing, Failure, name_of
from actors.runtime.kind import Kind
from actors.runtime.mailbox import Envelope, Mailbox
from actors.runtime.ref import Ref
from actors.runtime.reply import Reply
from actors.runtime.services import Services
from actors.runtime.statistics import Counts
from actors.runtime.timer import Timer

BURST = 64
"""So many messages are handled before other tasks get their turn."""


class Home(Protocol):
    """What a life needs of its cell."""

    address: Address
    mailbox: Mailbox
    ending: bool

    @property
    def kind(self) -> Kind[Any]: ...

    @property
    def counts(self) -> Counts: ...

    @property
    def services(self) -> Services: ...

    async def park(self, timer: Timer) -> None:
        """Wait until rung."""

    def ring(self) -> None: ...

    def tell_self(self, message: object) -> None: ...


class Life:
    """Everything that the next life of the same actor is to know nothing of."""

    __slots__ = ("_current", "_home", "_timer", "_wound_down", "doing", "drowsy", "owed")

    def __init__(self, home: Home) -> None:
        self._home = home
        self._timer = Timer(home.services.alarms, home.kind.idle_after_s)
        self._current: Envelope | None = None
        self._wound_down = False
        self.doing = Doing.START
        self.drowsy = False
        self.owed: dict[Reply, None] = {}

    async def run(self) -> bool:
        """Live until the orderly end. False if there is no such actor. Raises whatever the actor does."""
        try:
            actor = await self._start()
            if actor is None:
                return False
            await self._work(actor)
            await self._stop(actor)
        finally:
            self._timer.clear()
        return True

    def failure(self, error: Exception) -> Failure:
        """The report of an error that ended this life."""
        message = None
        if self.doing is Doing.RECEIVE and self._current is not None:
            message = type(self._current[0]).__name__
        return Failure(self._home.address, error, self.doing, message)

    def interrupt(self, error: Exception) -> None:
        """Answer the message that made the actor fail, then all that were still to be answered."""
        if self._current is not None and self.doing is Doing.RECEIVE:
            self._current[1].answer(Crashed(self._home.address, name_of(error)))
        # Each answer takes its own reply off the list.
        for reply in list(self.owed):
            reply.answer(Interrupted(self._home.address))

    # For the context

    @property
    def address(self) -> Address:
        """The actor's name."""
        return self._home.address

    def set_wake(self, deadline: float | None) -> None:
        """Set or unset the actor's deadline."""
        self._timer.wake_at = inf if deadline is None else deadline
        self._home.ring()

    def sleep_soon(self) -> None:
        """Let this life end in order once nothing waits."""
        self.drowsy = True
        self._home.ring()

    def tell_self(self, message: object) -> None:
        """Queue a message, whatever waits."""
        self._home.tell_self(message)

    def ref(self, kind: str, key: int | str) -> Ref:
        """The way to any actor."""
        return self._home.services.ref(kind, key)

    # From birth to the end

    async def _start(self) -> Actor[Any] | None:
        try:
            actor: Actor[Any] = self._home.kind.factory(Context(self))
            await actor.start()
        except NoSuchActor as fault:
            # What this actor was told about another one is a failure like any other.
            if fault.address != self._home.address:
                raise
            return None
        return actor

    async def _work(self, actor: Actor[Any]) -> None:
        """Handle what comes until this life is to end in order."""
        self.doing = Doing.RECEIVE
        self._timer.touch()
        while True:
            await self._handle(actor)
            if self._home.mailbox.queue:
                await trio.lowlevel.checkpoint()
            elif self._is_over(actor):
                return
            else:
                await self._home.park(self._timer)

    async def _handle(self, actor: Actor[Any]) -> None:
        """Handle a burst of messages; between them the deadline when it comes, and the news of a near end."""
        home, timer = self._home, self._timer
        queue = home.mailbox.queue
        for _ in range(BURST):
            if home.ending and not self._wound_down:
                await self._wind_down(actor)
            if timer.wake_at != inf and timer.wake_due:
                await self._wake(actor)
            if not queue:
                break
            self._current = message, reply = queue.popleft()
            if not reply.answered:
                self.owed[reply] = None
            await actor.receive(message, reply)
        if self._current is not None:
            self._current = None
            timer.touch()

    async def _wake(self, actor: Actor[Any]) -> None:
        self._timer.wake_at = inf
        self.doing = Doing.WAKE
        await actor.wake()
        self.doing = Doing.RECEIVE

    async def _wind_down(self, actor: Actor[Any]) -> None:
        self._wound_down = True
        self.doing = Doing.WIND_DOWN
        await actor.wind_down()
        self.doing = Doing.RECEIVE

    def _is_over(self, actor: Actor[Any]) -> bool:
        """Whether to end now, when nothing waits."""
        due = self._timer.sleep_due
        if due:
            self._timer.touch()
        if self.owed:
            return False
        return self._home.ending or self.drowsy or (due and self._may_sleep(actor))

    def _may_sleep(self, actor: Actor[Any]) -> bool:
        self.doing = Doing.MAY_SLEEP
        may = actor.may_sleep()
        self.doing = Doing.RECEIVE
        return may

    async def _stop(self, actor: Actor[Any]) -> None:
        self.doing = Doing.STOP
        if not self._home.ending:
            self._home.counts.passivations += 1
        # What comes while it stops is for the next life.
        self._home.mailbox.divide()
        await actor.stop()
