"""What one writes to have an actor, and what it gets from the runtime."""

from abc import ABC, abstractmethod
from typing import Generic, Protocol, TypeVar

from actors.runtime.address import Address
from actors.runtime.ref import Ref
from actors.runtime.reply import Reply

M = TypeVar("M")


class Actor(ABC, Generic[M]):
    """Handles messages one at a time. Whatever it raises ends this life of it; the next one begins with `start`.

    All methods run in the same task, never two at once, so that its state needs no lock. A new object is made for
    each life: nothing is carried over but what `start` loads. At the deadline of a drain any of them may be cancelled.
    """

    __slots__ = ()

    async def start(self) -> None:
        """Load the state. Runs before the first message, and again after every restart.

        May raise `NoSuchActor` for its own address: then all that wait get it as their answer, nothing is restarted.
        """

    @abstractmethod
    async def receive(self, message: M, reply: Reply) -> None:
        """Handle one message. `reply` may be kept and answered later; until then the actor is not put to sleep."""

    async def wake(self) -> None:
        """The deadline that was given to `Context.wake_at` has come."""

    def may_sleep(self) -> bool:
        """Whether the actor may be put away, now that nothing was told for `idle_after_s`. Asked again after that."""
        return True

    async def wind_down(self) -> None:
        """An orderly end is near: answer now what would wait for long. What was told before is still to come."""

    async def stop(self) -> None:
        """The orderly end: asleep, stopped or drained, with nothing waiting and no reply owed. Not after a crash."""


class Host(Protocol):
    """What a context needs of the life that it belongs to."""

    @property
    def address(self) -> Address: ...

    def set_wake(self, deadline: float | None) -> None: ...

    def sleep_soon(self) -> None: ...

    def tell_self(self, message: object) -> None: ...

    def ref(self, kind: str, key: int | str) -> Ref: ...


class Context:
    """What an actor may use of the runtime during one life."""

    __slots__ = ("_host", "address")

    def __init__(self, host: Host) -> None:
        self._host = host
        self.address: Address = host.address

    def wake_at(self, deadline: float | None) -> None:
        """Have `Actor.wake` called at `deadline`, in `trio.current_time` terms; it replaces the last one, None unsets.

        It ends with this life of the actor. It does not keep the actor awake: `may_sleep` must, if it matters.
        """
        self._host.set_wake(deadline)

    def sleep_soon(self) -> None:
        """Be put away as soon as nothing waits and no reply is owed, whatever `idle_after_s` and `may_sleep` say."""
        self._host.sleep_soon()

    def ref(self, kind: str, key: int | str) -> Ref:
        """The way to any actor. Raises `UnknownKind`."""
        return self._host.ref(kind, key)

    def tell_self(self, message: object) -> None:
        """Queue a message for oneself, behind what waits already.

        Never refused, even when the mailbox is full or the system drains: it continues work that was admitted.
        """
        self._host.tell_self(message)
