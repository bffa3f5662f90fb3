"""One line in the log for every request, an id that finds it again, and what is counted of all.

Neither the path nor the query is ever logged or counted: Cordless keys stand in paths and ChatPion keys in queries. The
route template says as much as an operator needs.
"""

from __future__ import annotations

import logging
import random
import re
from typing import Final, Protocol

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


class RequestMeters(Protocol):
    """Counts requests; `hub.meters.RequestCounts` is it."""

    def answered(self, method: str, route: str, outcome: str, seconds: float) -> None:
        """One request came to its end. All three words are of a few: `outcome` is `2xx` to `5xx`, or `hung_up`."""


class Uncounted:
    """Counts nothing."""

    def answered(self, method: str, route: str, outcome: str, seconds: float) -> None:
        """Do nothing."""


class Visit:
    """What is known of one request from its first moment on."""

    __slots__ = ("_meters", "id", "peer", "since")

    def __init__(self, request: Request, peers: Peers, meters: RequestMeters) -> None:
        self._meters = meters
        self.peer: Peer = peers.of(request)
        self.since = trio.current_time()
        self.id = _id_of(request) if self.peer.proxied else _new_id()
        # The ASGI scope is the one place that belongs to the request and is typed as a plain mapping.
        request.scope[_SCOPE_KEY] = self  # type: ignore[typeddict-unknown-key]

    def end(self, request: Request, response: WerkzeugResponse | None) -> None:
        """Log and count the request, put its id on the response. Never blocks; runs for cancelled requests too."""
        status, outcome = HUNG_UP, "hung_up"
        if response is not None:
            status, outcome = response.status_code, f"{response.status_code // 100}xx"
            response.headers[HEADER] = self.id
        method = request.method if request.method in _METHODS else "(other)"
        template = route(request)
        seconds = trio.current_time() - self.since
        self._meters.answered(method, template, outcome, seconds)
        fields = {
            "method": method,
            "route": template,
            "status": status,
            "ms": round(seconds * 1_000, 1),
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
    # No secret, and asking the system for each would cost as much as finding the route does.
    return f"{random.getrandbits(64):016x}"
