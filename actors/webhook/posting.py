"""Calls whose answer is nothing but a status: one attempt, and events of accounts, which are made of nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from random import Random
from typing import NamedTuple, Protocol

import trio

from actors.ports import Outbound, OutboundError
from actors.values import Call, Lane, Verdict
from actors.webhook import letters, state
from actors.webhook.calling import about
from actors.webhook.services import Services

log = logging.getLogger("hubbub.webhook")


class Request(NamedTuple):
    """What is posted where."""

    url: str
    headers: dict[str, str]
    body: bytes


class Endpoint(Protocol):
    """Where events go, and what they are signed with."""

    @property
    def url(self) -> str: ...

    @property
    def secret(self) -> str: ...


class Targets(Protocol):
    """Where events go; `actors.chatpion.ports.Hooks` knows, and `actors.order.ports.ShopHooks`."""

    async def target(self, id: int) -> Endpoint | None: ...


class Poster:
    """Makes attempts for one lane."""

    __slots__ = ("_lane", "_outbound", "_random", "_retry_s", "_services")

    def __init__(
        self, lane: Lane, outbound: Outbound, services: Services, *, retry_s: Sequence[float], random: Random
    ) -> None:
        self._lane = lane
        self._outbound = outbound
        self._services = services
        self._retry_s = retry_s
        self._random = random

    @property
    def now_ms(self) -> int:
        """The time that attempts are signed with."""
        return self._services.clock.now_ms()

    async def attempt(self, call: Call, requests: Callable[[], Sequence[Request]]) -> Verdict:
        """Post these, one after another as long as they are taken, and say what follows from it."""
        async with self._services.turns:
            began = trio.current_time()
            attempted = await self._attempt(call, requests)
            self._services.meters.attempted(self._lane.kind, state.label(attempted), trio.current_time() - began)
        return state.again(call, attempted, self._retry_s, self.now_ms, self._random.random())

    async def _attempt(self, call: Call, requests: Callable[[], Sequence[Request]]) -> state.Attempted:
        attempted: state.Attempted = state.Failed(state.Trouble.ERROR)
        try:
            for request in requests():
                async with self._outbound.post(*request) as answer:
                    attempted = state.Answered(answer.status)
                if not state.succeeded(attempted):
                    break
        except OutboundError as error:
            return state.Failed(state.trouble(error))
        except Exception:
            # One call that cannot be made, for a secret that is none, must not keep others from being made.
            log.exception("a call could not be made", extra=about(self._lane, call))
            return state.Failed(state.Trouble.ERROR)
        return attempted


class ToEndpoint:
    """The `Errand` of lanes of events: each is posted as it was written down, until it is taken."""

    __slots__ = ("_hooks", "_lane", "_poster")

    def __init__(self, lane: Lane, hooks: Targets, poster: Poster) -> None:
        self._lane = lane
        self._hooks = hooks
        self._poster = poster

    async def carry_out(self, call: Call) -> Verdict:
        """Post it, signed."""
        target = await self._hooks.target(self._lane.receiver)
        if target is None:
            return Verdict("dead", "no address")
        body = (call.body or "").encode()

        def request() -> list[Request]:
            return [Request(target.url, letters.headers(call, body, target.secret, self._poster.now_ms), body)]

        return await self._poster.attempt(call, request)
