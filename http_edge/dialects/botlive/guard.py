"""The checks that a call passes, in their order: key 401 or 403, rate 429; then what it brings, 422 and 413."""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import trio
from quart import Request, Response
from werkzeug.exceptions import HTTPException

from actors.window import Span, Windows
from http_edge.access import Visit, visit_of
from http_edge.dialects.botlive import wire
from http_edge.dialects.botlive.errors import Failed, Invalid, invalid_key, not_here
from http_edge.dialects.botlive.routes import Call, Endpoint, Route, Share
from http_edge.origins import Origins
from http_edge.peers import base_url

HEADER: Final = "X-API-Key"
ARGUMENT: Final = "api_key"
SPAN_S: Final = 60.0


class Door:
    """Who may call: with a key whoever has it, without one programs of this machine.

    Pages of other sites, which a browser on this machine would let call, may do nothing by that: where there is no key
    they have to be in `cors_origins`, or to ask first, as JSON makes them.
    """

    def __init__(self, key: str | None, origins: Origins, public_url: str | None) -> None:
        self._key = key
        self._origins = origins
        self._public_url = public_url

    def check(self, route: Route, request: Request) -> None:
        """Raise `Failed` for whoever may not."""
        if self._key is None:
            self._check_machine(route, request)
        elif not route.is_open and not self._holds(self._key, route, request):
            raise invalid_key()

    def _check_machine(self, route: Route, request: Request) -> None:
        peer = visit_of(request).peer
        if not peer.is_local:
            raise not_here()
        may_be_a_page = route.changes and request.mimetype != "application/json"
        if may_be_a_page and self._origins.forged(request.headers, base_url(request, peer, self._public_url)):
            raise Failed(HTTPStatus.FORBIDDEN, "Pages of this origin may not call Botlive")

    def _holds(self, key: str, route: Route, request: Request) -> bool:
        given = request.headers.get(HEADER)
        if given is None and route.in_query:
            given = request.args.get(ARGUMENT)
        return given is not None and hmac.compare_digest(given.encode(errors="replace"), key.encode())


class Rates:
    """How often addresses may call, within any minute. One for the hub."""

    def __init__(self, messages: int, statistics: int) -> None:
        self._windows: Mapping[Share, Windows] = {
            "message": Windows(Span(messages, SPAN_S)),
            "stats": Windows(Span(statistics, SPAN_S)),
        }

    def take(self, share: Share | None, address: str) -> None:
        """Count a call. Raises `Failed`, 429."""
        wait_s = 0.0 if share is None else self._windows[share].take(address, trio.current_time())
        if wait_s > 0:
            raise Failed(HTTPStatus.TOO_MANY_REQUESTS, "Rate limit exceeded", math.ceil(wait_s))


class Guard:
    """Lets calls through to their handlers, and answers them."""

    def __init__(self, door: Door, rates: Rates) -> None:
        self._door = door
        self._rates = rates

    async def answer(self, endpoint: Endpoint, request: Request, path: Mapping[str, str]) -> Response:
        """Answer a call. Raises what is a fault of ours."""
        visit = visit_of(request)
        try:
            self._door.check(endpoint.route, request)
            self._rates.take(endpoint.route.share, visit.peer.network)
            shown = await endpoint.handler(Call(request=request, id=_id(visit), path=path))
        except Invalid as problem:
            return wire.invalid(problem)
        except Failed as problem:
            return wire.failure(problem)
        except HTTPException as problem:  # a body that does not come, or is too large
            return wire.error(problem.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        return shown if isinstance(shown, Response) else wire.success(shown)


def _id(visit: Visit) -> str:
    """The id of the message that a request may be. One that a proxy passes on may come twice, and not mean the same."""
    return f"{visit.id}.{secrets.token_hex(4)}" if visit.peer.proxied else visit.id
