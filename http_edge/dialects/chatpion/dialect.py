"""The dialect put together: every section's routes on one blueprint, behind one guard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from quart import Blueprint, Response, request
from quart_schema import tag

from http_edge.dialect import Dialect
from http_edge.dialects.chatpion import wire
from http_edge.dialects.chatpion.documents import document
from http_edge.dialects.chatpion.guard import Guard
from http_edge.dialects.chatpion.routes import Endpoint, Section, View
from http_edge.dispatch import SHARED

NAME: Final = "chatpion"
PREFIXES: Final = tuple(
    f"/api/{part}"
    for part in (
        "account", "social_accounts", "subscribers", "broadcasts", "flows", "analytics", "webhooks", "inbound"
    )
)  # fmt: skip
"""Beside `/api/messages`, which Bot Manager has too."""


class ChatPion:
    """The dialect over its sections; `open` are routes without a key, on a blueprint of their own."""

    def __init__(self, guard: Guard, sections: Sequence[Section], open: Sequence[Blueprint] = ()) -> None:
        self._guard = guard
        self._open = open
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
        for blueprint in self._open:
            routes.register_blueprint(blueprint)
        return Dialect(NAME, routes, PREFIXES, wire.complain, shared=shared)

    def _view(self, endpoint: Endpoint) -> View:
        async def view(**path: str) -> Response:
            return await self._guard.answer(endpoint, request, path)

        view.__name__ = _name(endpoint)
        return tag([NAME])(document(endpoint, view))


def _name(endpoint: Endpoint) -> str:
    route = endpoint.route
    return f"{route.method.lower()}{route.rule.translate(str.maketrans('/-<>', '____'))}"
