"""One line in the log for every request, and an id that finds it again.

Neither the path nor the query is ever logged: Cordless keys stand in paths and ChatPion keys in queries. The route
template says as much as an operator needs.
"""

from __future__ import annotations

import logging
import re
import secrets
from typing import Final

import trio
from quart import Request
from werkzeug.wrappers import Response as WerkzeugResponse

from http_edge.peers import Peer, Peers

log = logging.getLogger("hubbub.access")

HEADER: Final = "X-Request-Id"
HUNG_UP: Final = 499
"""What the log says of a client that left before its answer; nginx made the number customary."""

_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SCOPE_KEY: Final = "hubbub.visit"


class Visit:
    """What is known of one request from its first moment on."""

    __slots__ = ("id", "peer", "since")

    def __init__(self, request: Request, peers: Peers) -> None:
        self.peer: Peer = peers.of(request)
        self.since = trio.current_time()
        self.id = _id_of(request) if self.peer.proxied else _new_id()
        # The ASGI scope is the one place that belongs to the request and is typed as a plain mapping.
        request.scope[_SCOPE_KEY] = self  # type: ignore[typeddict-unknown-key]

    def end(self, request: Request, response: WerkzeugResponse | None) -> None:
        """Log the request, and put its id on the response. Never blocks; runs for cancelled requests too."""
        status = HUNG_UP if response is None else response.status_code
        if response is not None:
            response.headers[HEADER] = self.id
        fields = {
            "method": request.method if request.method in _METHODS else "(other)",
            "route": route(request),
            "status": status,
            "ms": round((trio.current_time() - self.since) * 1_000, 1),
            "client": self.peer.address,
            "request_id": self.id,
        }
        log.info("request", extra=fields)


def visit_of(request: Request) -> Visit:
    """Return the visit that this request is."""
    visit: Visit = request.scope[_SCOPE_KEY]  # type: ignore[typeddict-item]
    return visit


def request_id(request: Request) -> str:
    """Return the request's id, which its response carries as `X-Request-Id`."""
    return visit_of(request).id


def peer_of(request: Request) -> Peer:
    """Return whose request it is."""
    return visit_of(request).peer


def route(request: Request) -> str:
    """Return the template of the request's route, never what it was filled with."""
    return request.url_rule.rule if request.url_rule is not None else "(none)"


_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def _id_of(request: Request) -> str:
    """Keep the id that a proxy of ours gave the request, so that both logs tell of it by the same name."""
    given = request.headers.get(HEADER, "")
    return given if _ID.fullmatch(given) else _new_id()


def _new_id() -> str:
    return secrets.token_hex(8)
