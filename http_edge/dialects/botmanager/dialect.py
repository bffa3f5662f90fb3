"""The dialect put together: every section's routes on one blueprint, behind one guard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from quart import Blueprint, Response, request
from quart_schema import tag

from http_edge.dialect import Dialect
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.documents import View, document
from http_edge.dialects.botmanager.errors import Failed
from http_edge.dialects.botmanager.guard import Guard
from http_edge.dialects.botmanager.routes import Endpoint, Section
from http_edge.dispatch import SHARED

NAME: Final = "botmanager"
PREFIXES: Final = tuple(
    f"/api/{part}"
    for part in (
        "auth", "users", "my-bots", "admin", "bot", "bots", "commands", "stats", "export", "logs", "health"
    )
)  # fmt: skip
"""Beside `/api/messages`, which ChatPion has too."""


class BotManager:
    """The dialect over its sections. It has no state of its own."""

    def __init__(self, guard: Guard, sections: Sequence[Section]) -> None:
        self._guard = guard
        self.endpoints: list[Endpoint] = [endpoint for section in sections for endpoint in section.endpoints()]

    def dialect(self) -> Dialect:
        """Return it as a part of the edge."""
        routes = Blueprint(NAME, __name__)
        shared = {}
        for endpoint in self.endpoints:
            route, view = endpoint.route, self._view(endpoint)
            if (route.method, route.rule) in SHARED:
                shared[route.method, route.rule] = view
            else:
                routes.add_url_rule(route.rule, _name(endpoint), view, methods=[route.method])
        return Dialect(NAME, routes, PREFIXES, wire.complain, shared=shared)

    def _view(self, endpoint: Endpoint) -> View:
        async def view(**path: str) -> Response:
            try:
                call = await self._guard.admit(endpoint, request, path)
                return await endpoint.handler(call)
            except Failed as failed:
                return wire.error(failed.status, failed.message, failed.retry_after)

        view.__name__ = _name(endpoint)
        return tag([NAME])(document(endpoint, view))


def _name(endpoint: Endpoint) -> str:
    route = endpoint.route
    return f"{route.method.lower()}{route.rule.translate(str.maketrans('/-<>', '____'))}"
