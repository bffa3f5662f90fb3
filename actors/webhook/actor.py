"""The actor of one lane: makes its calls, one after the other, and keeps the times of those that are to be repeated."""

import logging
from collections import deque
from typing import Final

import trio

from actors.lanes import HEARING, ORDERED
from actors.messages.webhook import AnyWebhookMessage, Wake
from actors.ports import Due, PortError, StoreUnavailable
from actors.runtime.actor import Actor, Context
from actors.runtime.reply import Reply
from actors.values import Call, Lane, Verdict
from actors.webhook.calling import about
from actors.webhook.errands import Errand
from actors.webhook.services import Services

log = logging.getLogger("hubbub.webhook")

BATCH: Final = 50
AT_A_TIME: Final = 8
"""So many calls are made side by side in a lane that is behind, if its calls are ordered by what they are about."""
MAX_WAITING: Final = 10_000
"""So many calls wait in a lane; the oldest beyond that are given up."""
MAX_EVENTS: Final = 1_000_000
"""So many in a lane of events or messages, of which one broadcast makes tens of thousands."""
ENDED_KEPT: Final = 1_000
HEARD_KEPT: Final = 20
"""So many outcomes in a lane of which every subscriber or customer has one."""
TRIM_AFTER: Final = 250
STORE_RETRY_S: Final = 1.0


class WebhookActor(Actor[AnyWebhookMessage]):
    """What it holds stands in the outbox: a crash costs at most a second attempt of one call, under the same id."""

    __slots__ = (
        "_calls",
        "_context",
        "_ended",
        "_errand",
        "_is_behind",
        "_kept",
        "_lane",
        "_leaving",
        "_most",
        "_services",
        "_wakes_at",
    )

    def __init__(self, context: Context, lane: Lane, errand: Errand, services: Services) -> None:
        self._context = context
        self._lane = lane
        self._errand = errand
        self._services = services
        self._calls: deque[Call] = deque()
        self._wakes_at: float | None = None
        self._ended = 0
        self._leaving = False
        self._is_behind = False
        self._kept = HEARD_KEPT if lane.kind in HEARING else ENDED_KEPT
        self._most = MAX_EVENTS if lane.kind in ORDERED else MAX_WAITING

    async def start(self) -> None:
        """Look what waits: after a failure nobody else would say that something does."""
        self._context.tell_self(Wake())

    async def receive(self, message: AnyWebhookMessage, reply: Reply) -> None:
        """Make the next call, and have oneself woken for the one after it: so an end or a drain comes in between."""
        if self._leaving:
            return
        try:
            await self._next()
        except StoreUnavailable:
            self._wake_in(STORE_RETRY_S)

    async def wake(self) -> None:
        """The time of a call has come."""
        self._wakes_at = None
        self._context.tell_self(Wake())

    def may_sleep(self) -> bool:
        """Not while a call waits for its time."""
        return self._wakes_at is None and not self._calls

    async def wind_down(self) -> None:
        """Begin nothing any more: it waits in the outbox."""
        self._leaving = True

    async def stop(self) -> None:
        """Leave the history as short as it is to be."""
        if self._ended and not self._leaving:
            await self._trim()

    async def _next(self) -> None:
        if not self._calls:
            await self._load()
        if not self._calls:
            return
        if self._is_behind:
            await self._carry_out_some()
        else:
            await self._carry_out(self._calls[0])
            self._calls.popleft()
        self._context.tell_self(Wake())

    async def _carry_out_some(self) -> None:
        """The next calls side by side: what is loaded together in these lanes is about different things."""
        count = min(AT_A_TIME, len(self._calls))
        batch = [self._calls.popleft() for _ in range(count)]
        async with trio.open_nursery() as nursery:
            for call in batch:
                nursery.start_soon(self._try, call)

    async def _try(self, call: Call) -> None:
        try:
            await self._carry_out(call)
        except StoreUnavailable:
            # It waits in the outbox, and is loaded again.
            self._wake_in(STORE_RETRY_S)

    async def _carry_out(self, call: Call) -> None:
        await self._record(call, await self._errand.carry_out(call))
        self._ended += 1

    async def _load(self) -> None:
        due = await self._due()
        if due.waiting > self._most or self._ended >= TRIM_AFTER:
            await self._trim()
            due = await self._due()
        self._services.meters.waiting(self._lane, due.waiting)
        self._calls.extend(due.calls)
        self._is_behind = self._lane.kind in ORDERED and len(due.calls) == BATCH
        if due.next_at is not None:
            self._wake_in((due.next_at - self._services.clock.now_ms()) / 1_000)

    async def _due(self) -> Due:
        return await self._services.outbox.due(self._lane, self._services.clock.now_ms(), BATCH)

    async def _trim(self) -> None:
        try:
            given_up = await self._services.outbox.trim(self._lane, waiting=self._most, ended=self._kept)
        except StoreUnavailable:
            return  # next time
        self._ended = 0
        if given_up:
            self._services.meters.given_up(self._lane.kind, given_up)
            log.warning("too many calls wait, the oldest are given up", extra=about(self._lane) | {"calls": given_up})

    async def _record(self, call: Call, verdict: Verdict) -> None:
        """Record it, however long that takes: until then the call would be made again."""
        while True:
            try:
                await self._services.outbox.record(self._lane, call, verdict)
            except PortError as error:
                await trio.sleep(error.retry_ms / 1_000)
            else:
                break
        if verdict.state == "dead":
            self._services.meters.given_up(self._lane.kind, 1)
            log.info("a call was given up", extra=about(self._lane, call) | {"outcome": verdict.outcome})

    def _wake_in(self, seconds: float) -> None:
        self._wakes_at = trio.current_time() + max(0.0, seconds)
        self._context.wake_at(self._wakes_at)
