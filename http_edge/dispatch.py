"""Who answers for a path: an explicit table, never the order in which routes were registered.

Routes find their handlers by themselves; what is decided here is whose words a failure is said in, and, for paths that
two dialects share, which of the two is meant.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

import msgspec
from quart import Blueprint, Request, Response, request

from http_edge.dialect import Complain, Dialect, View

Place = tuple[str, str]
"""A method and a rule."""


class Claim(NamedTuple):
    """A dialect of that name is meant by the requests of which `means` holds."""

    name: str
    means: Callable[[Request], bool]


def _has_api_key(request: Request) -> bool:
    return "X-API-Key" in request.headers or "api_key" in request.args


def _has_session_or_token(request: Request) -> bool:
    headers = request.headers
    return "session_token" in request.cookies or "X-Bot-Token" in headers or "Authorization" in headers


SHARED: Final[Mapping[Place, tuple[Claim, ...]]] = {
    ("GET", "/api/messages"): (Claim("chatpion", _has_api_key), Claim("botmanager", _has_session_or_token)),
}
"""The places that several dialects have, and by what each knows its own clients. The first claim that holds decides."""

FALLBACK: Final = "/api"
"""Two dialects are at home under this path: what belongs to neither is said in the words of both."""


class Dispatcher:
    """Immutable. Raises ValueError when two dialects claim the same path."""

    __slots__ = ("_complaints", "_views")

    def __init__(self, dialects: Sequence[Dialect]) -> None:
        claims = [(prefix, dialect.complain) for dialect in dialects for prefix in dialect.prefixes]
        claims.append((FALLBACK, _complain))
        # The longest prefix first: it is the most particular claim.
        self._complaints = sorted(claims, key=lambda claim: -len(claim[0]))
        if len(dict(claims)) < len(claims):
            raise ValueError(f"a path is claimed twice: {sorted(prefix for prefix, _ in claims)}")
        self._views = {(place, dialect.name): view for dialect in dialects for place, view in dialect.shared.items()}

    def complaint(self, path: str) -> Complain | None:
        """Return how failures at this path are said; None when it belongs to no dialect."""
        path = "/" + path.lstrip("/")  # as Werkzeug reads it
        for prefix, complain in self._complaints:
            if path == prefix or path.startswith(prefix if prefix.endswith("/") else prefix + "/"):
                return complain
        return None

    def blueprint(self) -> Blueprint:
        """Return the shared places that one of these dialects has."""
        routes = Blueprint("shared", __name__)
        for method, rule in {place for place, _ in self._views}:
            routes.add_url_rule(
                rule, f"{method.lower()}{rule.replace('/', '_')}", self._view(method, rule), methods=[method]
            )
        return routes

    def _view(self, method: str, rule: str) -> View:
        views = {name: view for (place, name), view in self._views.items() if place == (method, rule)}

        @functools.wraps(next(iter(views.values())))  # with what the OpenAPI document says of it
        async def view() -> Response:
            for name, means in SHARED[method, rule]:
                if means(request):
                    return await views[name]() if name in views else nobody()
            return nobody()

        return view


def nobody() -> Response:
    """Return what a shared place says to whoever presents nothing that one of its dialects knows."""
    return in_both(HTTPStatus.UNAUTHORIZED, "Invalid API key", "Not authenticated")


def unknown_path() -> Response:
    """Return what is said of a path under `/api` that nobody serves."""
    return in_both(HTTPStatus.NOT_FOUND, "Not found")


def _complain(status: int) -> Response:
    return unknown_path() if status == HTTPStatus.NOT_FOUND else in_both(status, HTTPStatus(status).phrase)


def in_both(status: int, message: str, error: str | None = None) -> Response:
    """Return a failure that ChatPion's clients and Bot Manager's both understand."""
    both = {"status": "error", "message": message, "code": int(status), "error": error or message}
    return Response(msgspec.json.encode(both), status, content_type="application/json")
