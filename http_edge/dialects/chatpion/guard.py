"""The checks that a call passes, in their order: key 401, rate 429, scope 403, body 400 and 413.

Path and method came before; what the fields are, and whether the object is there, is the handler's to see.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

import trio
from quart import Request, Response
from werkzeug.exceptions import HTTPException

from actors.chatpion.limits import Allowed
from actors.chatpion.limits import Refused as OverRate
from actors.chatpion.ports import KeyLogin, Keys, Limiter
from actors.chatpion.scopes import allow
from actors.messages.outcomes import Refused
from actors.ports import Clock
from actors.values import Who
from http_edge.dialects.chatpion import wire
from http_edge.dialects.chatpion.bodies import fields_of, query_of
from http_edge.dialects.chatpion.errors import Failed, expected, failed, invalid_key, out_of_scope
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.routes import Call, Endpoint, Path
from http_edge.gateway import Gateway
from http_edge.uploads import Slots

HEADER = "X-API-Key"
ARGUMENT = "api_key"


class Guard:
    """Lets calls through to their handlers, and answers them. One for the hub: its limiter is what keys are held to."""

    def __init__(self, *, keys: Keys, limiter: Limiter, gateway: Gateway, clock: Clock, slots: Slots) -> None:
        self._keys = keys
        self._limiter = limiter
        self._gateway = gateway
        self._clock = clock
        self._slots = slots

    async def answer(self, endpoint: Endpoint, request: Request, path: Path) -> Response:
        """Answer a call. Raises what is a fault of ours."""
        try:
            login = await self._login(request)
            verdict = await self._take(login)
        except Failed as problem:
            return wire.failure(problem)
        if isinstance(verdict, OverRate):
            return wire.with_rate(wire.over_rate(verdict), verdict)
        return wire.with_rate(await self._counted(endpoint, request, login, path), verdict)

    async def _login(self, request: Request) -> KeyLogin:
        key = presented(request)
        login = None if key is None else expected(await self._gateway.read(self._keys.login(key)))
        if login is None:
            raise invalid_key()
        return login

    async def _take(self, login: KeyLogin) -> Allowed | OverRate:
        taking = self._limiter.take(login.key.id, self._clock.now_ms())
        taken: Allowed | OverRate | Refused = await self._gateway.read(taking)
        if isinstance(taken, Refused):
            raise failed(taken)
        return taken

    async def _counted(self, endpoint: Endpoint, request: Request, login: KeyLogin, path: Path) -> Response:
        """The answer, once the request's count is on disk too: a crash must not give a used one back."""
        kept: list[Refused | None] = []

        async def keep() -> None:
            kept.append(await self._gateway.read(self._limiter.keep(login.key.id)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep)
            response = await self._handled(endpoint, request, login, path)
        problem = kept[0]
        return response if problem is None else wire.failure(failed(problem))

    async def _handled(self, endpoint: Endpoint, request: Request, login: KeyLogin, path: Path) -> Response:
        try:
            call = await self._admit(endpoint, request, login, path)
            return wire.success(await endpoint.handler(call))
        except Failed as problem:
            return wire.failure(problem)
        except HTTPException as problem:  # a body that does not come, or is too large
            return wire.error(problem.code or HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _admit(self, endpoint: Endpoint, request: Request, login: KeyLogin, path: Path) -> Call:
        route = endpoint.route
        if not allow(login.key.scopes, route.noun, route.access):
            raise out_of_scope(f"{route.noun}:{route.access}")
        fields = Fields()
        if route.has_body:
            fields = await fields_of(request, endpoint.max_bytes, self._slots, Who("bot", login.account.bot))
        return Call(request=request, login=login, fields=fields, args=query_of(request), id=path.get("id", ""))


def presented(request: Request) -> str | None:
    """The key of a request; None for none, and for two that differ. An empty one is none."""
    header, argument = request.headers.get(HEADER) or None, request.args.get(ARGUMENT) or None
    if header is not None and argument is not None and not hmac.compare_digest(header.encode(), argument.encode()):
        return None
    return header or argument
