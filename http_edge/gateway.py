"""The gateway: the one place where REST becomes messages to actors, and their silence and faults become refusals."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, Protocol, TypeVar, cast

from actors.faults import refusal_for
from actors.messages.outcomes import AnyOutcome, Refused
from actors.ports import PortError
from actors.runtime import Ref, RuntimeFault

T = TypeVar("T")

ASK_S: Final = 10.0


class Refs(Protocol):
    """The way to any actor; the runtime's `System` is it."""

    def ref(self, kind: str, key: int | str) -> Ref: ...


class Gateway:
    """Asks on behalf of requests. Stateless; one for the hub.

    Whatever is asked for belongs to the actor from then on: a client that hangs up, or a deadline that passes, abandons
    the answer and never the work.
    """

    __slots__ = ("_refs", "_timeout_s")

    def __init__(self, refs: Refs, *, timeout_s: float = ASK_S) -> None:
        self._refs = refs
        self._timeout_s = timeout_s

    async def ask(self, kind: str, key: int | str, message: object) -> AnyOutcome:
        """Tell the actor and return what it answers, within the deadline. Raises nothing that a request must know of.

        A fault becomes the `Refused` that native clients get for it: temporary ones (`code.temporary`) carry `retry_ms`
        and say that nothing was done, or that doing it again is harmless; `internal` that it may have been done.
        """
        try:
            outcome = await self._refs.ref(kind, key).ask(message, timeout_s=self._timeout_s)
        except RuntimeFault as fault:
            return refusal_for(fault)
        return cast("AnyOutcome", outcome)

    def tell(self, kind: str, key: int | str, message: object) -> Refused | None:
        """Tell the actor, wait for nothing. The answer is why it takes nothing now, if it does not."""
        try:
            self._refs.ref(kind, key).tell(message)
        except RuntimeFault as fault:
            return refusal_for(fault)
        return None

    async def read(self, call: Awaitable[T]) -> T | Refused:
        """Return what a port reads, or the refusal that its error amounts to."""
        try:
            return await call
        except PortError as error:
            return refusal_for(error)


def retry_after(refused: Refused) -> int:
    """Return the value of `Retry-After` for a refusal: whole seconds, one at least."""
    return max(1, -(-(refused.retry_ms or 0) // 1_000))
