"""The actor of one lane: makes its calls, one after the other, and keeps the times of those that are to be repeated."""

import logging
from collections import deque
from typing import Final

import trio

from actors.faults import refusal_for
from actors.messages.conversation import Publish
from actors.messages.outcomes import Published, Refused
from actors.messages.webhook import AnyWebhookMessage, Wake
from actors.ports import Due, OutboundError, PortError, StoreUnavailable
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import RuntimeFault
from actors.runtime.reply import Reply
from actors.values import Call, Lane, Receiver, Verdict
from actors.webhook import state
from actors.webhook.manners import Manner
from actors.webhook.services import Services
from protocol.codes import ErrorCode

log = logging.getLogger("hubbub.webhook")

BATCH: Final = 50
MAX_WAITING: Final = 10_000
"""So many calls wait in a lane; the oldest beyond that are given up."""
ENDED_KEPT: Final = 1_000
TRIM_AFTER: Final = 250
SAY_FOR_S: Final = 60.0
STORE_RETRY_S: Final = 1.0


class WebhookActor(Actor[AnyWebhookMessage]):
    """What it holds stands in the outbox: a crash costs at most a second attempt of one call, under the same id."""

    __slots__ = ("_calls", "_context", "_ended", "_lane", "_leaving", "_manner", "_services", "_wakes_at")

    def __init__(self, context: Context, lane: Lane, manner: Manner, services: Services) -> None:
        self._context = context
        self._lane = lane
        self._manner = manner
        self._services = services
        self._calls: deque[Call] = deque()
        self._wakes_at: float | None = None
        self._ended = 0
        self._leaving = False

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
        await self._make(self._calls[0])
        self._calls.popleft()
        self._ended += 1
        self._context.tell_self(Wake())

    async def _load(self) -> None:
        due = await self._due()
        if due.waiting > MAX_WAITING or self._ended >= TRIM_AFTER:
            await self._trim()
            due = await self._due()
        self._services.meters.waiting(self._lane, due.waiting)
        self._calls.extend(due.calls)
        if due.next_at is not None:
            self._wake_in((due.next_at - self._services.clock.now_ms()) / 1_000)

    async def _due(self) -> Due:
        return await self._services.outbox.due(self._lane, self._services.clock.now_ms(), BATCH)

    async def _trim(self) -> None:
        try:
            given_up = await self._services.outbox.trim(self._lane, waiting=MAX_WAITING, ended=ENDED_KEPT)
        except StoreUnavailable:
            return  # next time
        self._ended = 0
        if given_up:
            self._services.meters.given_up(self._lane.kind, given_up)
            log.warning("too many calls wait, the oldest are given up", extra=self._about() | {"calls": given_up})

    async def _make(self, call: Call) -> None:
        """Make a call, say what came of it, and record it. Raises `StoreUnavailable` while nothing is recorded."""
        receiver = await self._services.outbox.receiver(self._lane)
        if receiver is None:
            await self._record(call, Verdict("dead", "no address"))
            return
        attempted = await self._attempt(call, receiver)
        if attempted is None:
            await self._record(call, Verdict("done", "deleted"))
            return
        verdict = self._manner.verdict(call, attempted, self._services.clock.now_ms())
        reply = self._manner.to_say(attempted)
        if reply is not None and not await self._say(call, receiver, reply):
            verdict = Verdict(verdict.state, f"{verdict.outcome}, not said", verdict.next_at)
        await self._record(call, verdict)

    async def _attempt(self, call: Call, receiver: Receiver) -> state.Attempted | None:
        """One attempt; None when what it was to tell of is gone."""
        async with self._services.turns:
            began = trio.current_time()
            try:
                occasion = await self._services.outbox.occasion(self._lane, call)
                if occasion is None:
                    return None
                attempted = await self._post(call, receiver, self._manner.letter(occasion, receiver))
            except StoreUnavailable:
                raise
            except Exception:
                # One call that cannot be made must not keep those behind it from being made.
                log.exception("a call could not be made", extra=self._about(call))
                attempted = state.Failed(state.Trouble.ERROR)
            self._services.meters.attempted(self._lane.kind, state.label(attempted), trio.current_time() - began)
        return attempted

    async def _post(self, call: Call, receiver: Receiver, body: bytes) -> state.Attempted:
        fields = self._manner.headers(call, body, receiver.secret, self._services.clock.now_ms())
        try:
            async with self._services.outbound.post(receiver.url, fields, body) as answer:
                return await self._manner.read(answer, receiver)
        except OutboundError as error:
            return state.Failed(state.trouble(error))

    async def _say(self, call: Call, receiver: Receiver, reply: state.Reply) -> bool:
        """Say it in the conversation, as the bot. The same call never says two things: its id is the `cid`."""
        message = Publish(
            by=receiver.bot,
            cid=call.id,
            body=reply.body,
            html=reply.html or "",  # what has no markup is not markdown either
            attachments=[reply.attachment] if reply.attachment is not None else None,
            calls_bots=False,
        )
        outcome: object = None
        with trio.move_on_after(SAY_FOR_S):
            outcome = await self._until_heard(call.conv, message)
        if isinstance(outcome, Published):
            return True
        why = outcome.message if isinstance(outcome, Refused) else "nobody listened"
        log.warning("an answer could not be said", extra=self._about(call) | {"reason": why})
        return False

    async def _until_heard(self, conv: int, message: Publish) -> object:
        while True:
            outcome: object
            try:
                outcome = await self._context.ref("conversation", conv).ask(message)
            except RuntimeFault as fault:
                outcome = refusal_for(fault)
            # `internal` may mean that it was said: then it is said again, and found to be the same.
            if not isinstance(outcome, Refused) or not (outcome.code.temporary or outcome.code is ErrorCode.INTERNAL):
                return outcome
            await trio.sleep((outcome.retry_ms or 1_000) / 1_000)

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
            log.info("a call was given up", extra=self._about(call) | {"outcome": verdict.outcome})

    def _wake_in(self, seconds: float) -> None:
        self._wakes_at = trio.current_time() + max(0.0, seconds)
        self._context.wake_at(self._wakes_at)

    def _about(self, call: Call | None = None) -> dict[str, object]:
        """What a log says of a call: never where it goes, for secrets stand in URLs."""
        about: dict[str, object] = {"lane": self._lane.key}
        return about if call is None else about | {"call": call.id, "attempts": call.attempts + 1}
