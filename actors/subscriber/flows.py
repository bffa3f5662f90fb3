"""The flow that leads the conversation with a subscriber. What it decides is decided in the store, see `Leading`."""

from __future__ import annotations

import logging
from typing import Any, Final

import msgspec

from actors.chatpion.ports import Circumstances, Leading, Led, NewReply
from actors.messages.outcomes import Done, Refused, bad_request, not_found
from actors.messages.subscriber import Fetched, FlowStarted
from actors.subscriber.composing import obstacle
from actors.subscriber.ports import Scene, SubscriberPorts, Turn
from actors.values import Who

log = logging.getLogger("hubbub.flow")

DONE: Final = Done()
INACTIVE: Final = bad_request("the flow is not active", "flow_id")


class Leader:
    """The `Flows` of one subscriber in one life of its actor. It keeps nothing."""

    __slots__ = ("_leading", "_ports", "_scene")

    def __init__(self, scene: Scene, ports: SubscriberPorts, leading: Leading) -> None:
        self._scene = scene
        self._ports = ports
        self._leading = leading

    async def start(self) -> Turn:
        """See whether those who had the conversation left while nobody looked."""
        return await self.members_left()

    async def heard(self, reply: NewReply) -> Turn:
        """The subscriber has spoken."""
        return self._turn(await self._leading.heard(reply, await self._now()))

    async def begin(self, flow: int) -> Turn:
        """Start this flow."""
        led = await self._leading.begin(self._id, flow, await self._now())
        if led is None:
            return Turn(outcome=not_found("flow"))
        if led.inactive:
            return Turn(outcome=INACTIVE)
        return self._turn(led, FlowStarted(flow=flow, running=led.running, started_at=led.started_at))

    async def due(self) -> Turn:
        """A time that stands in the agenda has come."""
        return self._turn(await self._leading.due(self._id, await self._now()))

    async def fetched(self, answer: Fetched) -> Turn:
        """A webhook node has its answer."""
        run, _, number = answer.id.rpartition(".")
        if not run or not number.isdecimal():
            return Turn(outcome=DONE)
        json = _decoded(answer.body)
        now = await self._now()
        led = await self._leading.answered(self._id, run, int(number), ok=answer.ok, json=json, now=now)
        return self._turn(led, DONE)

    async def let_in(self, run: str) -> Turn:
        """Those whom the flow wanted are in the conversation; perhaps they have left by now."""
        await self._leading.let_in(self._id, run)
        turn = await self.members_left()
        return Turn(turn.letters, DONE)

    async def release(self) -> Turn:
        """Those who took over hand back. Where nobody did there is nothing to be done."""
        return self._turn(await self._leading.released(self._id, await self._now()), DONE)

    async def members_left(self) -> Turn:
        """Somebody left: perhaps the last of those who took over."""
        handed = await self._leading.handed(self._id)
        if handed is None or not handed.there or await self._has_company():
            return Turn()
        return self._turn(await self._leading.released(self._id, await self._now()))

    async def end(self) -> None:
        """The subscriber is deleted."""
        await self._leading.end(self._id, self._ports.clock.now_ms())

    async def _has_company(self) -> bool:
        """Whether persons beside the subscriber are in the conversation."""
        subscriber = self._scene.subscriber
        record = await self._ports.library.conversation(subscriber.conv)
        members = record.members if record is not None else ()
        return any(member.who.kind == "user" and member.who != Who("user", subscriber.user) for member in members)

    async def _now(self) -> Circumstances:
        return Circumstances(
            self._ports.clock.now_ms(), await obstacle(self._scene.subscriber, self._ports), self._ports.public_url
        )

    def _turn(self, led: Led, outcome: Done | FlowStarted | Refused | None = None) -> Turn:
        if led.fault is not None:
            # Its author will want to know; it is no fault of the hub's.
            log.warning("a flow could not go on", extra={"subscriber": self._id, "reason": led.fault})
        return Turn(led.letters, outcome)

    @property
    def _id(self) -> int:
        return self._scene.subscriber.id


def _decoded(body: str | None) -> Any:
    if body is None:
        return None
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):  # msgspec's own are ValueErrors
        return None
