"""The whole of it: kinds of actors, each under its supervisor."""

import logging
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import trio

from actors.runtime.address import Address
from actors.runtime.alarms import Alarms
from actors.runtime.errors import Escalated, UnknownKind
from actors.runtime.failure import Failure
from actors.runtime.kind import Kind
from actors.runtime.ref import Ref
from actors.runtime.services import Services
from actors.runtime.statistics import KindStatistics
from actors.runtime.supervisor import Supervisor
from actors.runtime.tree import Tree

log = logging.getLogger("hubbub.actors")


def log_failure(failure: Failure) -> None:
    """Write a contained failure to the log."""
    extra = {"actor": str(failure.address), "failure": str(failure)}
    log.error("actor failed", extra=extra, exc_info=failure.error)


class System:
    """Starts actors on first use, at most one for each address, and ends them in order.

    `codec_check` sends every message and every outcome through msgpack. `random` spreads restarts. `on_failure` is told
    of each exception that was contained; what it raises itself is logged. `run` can be used once.
    """

    def __init__(
        self,
        kinds: Iterable[Kind[Any]],
        *,
        codec_check: bool = False,
        random: Random | None = None,
        on_failure: Callable[[Failure], None] = log_failure,
    ) -> None:
        self._alarms = Alarms()
        self._on_failure = on_failure
        self._escalated: Escalated | None = None
        self._over = trio.Event()
        services = Services(
            alarms=self._alarms,
            random=random or Random(),  # noqa: S311 - jitter, no secret
            ref=self.ref,
            report=self._report,
            escalate=self._escalate,
        )
        self._supervisors: dict[str, Supervisor] = {}
        for kind in kinds:
            if kind.name in self._supervisors:
                raise ValueError(f"two kinds are named {kind.name}")
            self._supervisors[kind.name] = Supervisor(kind, services, codec_check=codec_check)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Let actors live until `drain` is done; started once messages are taken. Before and after, all are refused.

        Raises `Escalated` when an essential actor is given up. Cancellation ends all actors without order, and answers
        whoever waits with `Stopped`; so does an exception like KeyboardInterrupt, which no actor is able to contain.
        """
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._alarms.run)
            for supervisor in self._supervisors.values():
                await nursery.start(supervisor.run)
            task_status.started()
            await self._over.wait()
            nursery.cancel_scope.cancel()
        if self._escalated is not None:
            raise self._escalated

    def ref(self, kind: str, key: int | str) -> Ref:
        """The way to an actor, whether it lives or not. Raises `UnknownKind`."""
        return Ref(Address(kind, key), self._supervisor(kind))

    async def stop(self, kind: str, key: int | str) -> None:
        """End one actor's life in order: what was told before is handled, what is told later starts the next life.

        Returns at once if it does not live. There is no deadline: an actor that owes an answer ends once it has given
        it. Cancellation ends the waiting only. Raises `UnknownKind`.
        """
        ended = self._supervisor(kind).end(key)
        if ended is not None:
            await ended.wait()

    async def drain(self, *kinds: str, deadline: float) -> list[Address]:
        """End all actors in order, kind after kind: those named, then the others; then `run` returns.

        A kind takes messages until its turn, then only urgent ones, and what it had taken is handled. No kind waits for
        the next one longer than its share of what is left until `deadline` (in `trio.current_time` terms); actors that
        are not done by then are cancelled, and returned. One that shields itself from that is waited for.
        """
        order = [self._supervisor(kind) for kind in kinds]
        order += [supervisor for supervisor in self._supervisors.values() if supervisor not in order]
        cut: list[Address] = []
        while order:
            now = trio.current_time()
            cut += await order[0].drain(now + max(0.0, deadline - now) / len(order))
            del order[0]
        self._over.set()
        return cut

    def tree(self) -> Tree:
        """What lives now. `str` of it is for people."""
        return Tree([supervisor.branch() for supervisor in self._supervisors.values()])

    def statistics(self) -> dict[str, KindStatistics]:
        """A snapshot for each kind."""
        return {name: supervisor.statistics() for name, supervisor in self._supervisors.items()}

    def _supervisor(self, kind: str) -> Supervisor:
        try:
            return self._supervisors[kind]
        except KeyError:
            raise UnknownKind(f"no kind of actors is named {kind!r}") from None

    def _report(self, failure: Failure) -> None:
        try:
            self._on_failure(failure)
        except Exception:
            log.exception("on_failure failed", extra={"actor": str(failure.address), "failure": str(failure)})

    def _escalate(self, error: Escalated) -> None:
        self._escalated = self._escalated or error
        self._over.set()
