"""Calls by HTTP: one attempt, what is answered to it, and what the bot says by that."""

import logging
from typing import Final

import trio

from actors.messages.conversation import Publish
from actors.messages.outcomes import Published, Refused
from actors.ports import OutboundError, StoreUnavailable
from actors.runtime.actor import Context
from actors.values import Call, Lane, Receiver, Verdict
from actors.webhook import state
from actors.webhook.errands import until_heard
from actors.webhook.manners import Manner
from actors.webhook.services import Services

log = logging.getLogger("hubbub.webhook")

SAY_FOR_S: Final = 60.0


class Calling:
    """The `Errand` of the lanes whose calls go to the addresses of bots."""

    __slots__ = ("_context", "_lane", "_manner", "_services")

    def __init__(self, context: Context, lane: Lane, manner: Manner, services: Services) -> None:
        self._context = context
        self._lane = lane
        self._manner = manner
        self._services = services

    async def carry_out(self, call: Call) -> Verdict:
        """Make a call, and say what came of it."""
        receiver = await self._services.outbox.receiver(self._lane)
        if receiver is None:
            return Verdict("dead", "no address")
        attempted = await self._attempt(call, receiver)
        if attempted is None:
            return Verdict("done", "deleted")
        verdict = self._manner.verdict(call, attempted, self._services.clock.now_ms())
        reply = self._manner.to_say(attempted)
        if reply is not None and not await self._say(call, receiver, reply):
            return Verdict(verdict.state, f"{verdict.outcome}, not said", verdict.next_at)
        return verdict

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
                log.exception("a call could not be made", extra=about(self._lane, call))
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
        outcome = await until_heard(self._context.ref("conversation", call.conv), message, SAY_FOR_S)
        if isinstance(outcome, Published):
            return True
        why = outcome.message if isinstance(outcome, Refused) else "nobody listened"
        log.warning("an answer could not be said", extra=about(self._lane, call) | {"reason": why})
        return False


def about(lane: Lane, call: Call | None = None) -> dict[str, object]:
    """What a log says of a call: never where it goes, for secrets stand in URLs."""
    found: dict[str, object] = {"lane": lane.key}
    return found if call is None else found | {"call": call.id, "attempts": call.attempts + 1}
