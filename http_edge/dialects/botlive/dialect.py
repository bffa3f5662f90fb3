"""The dialect put together: every section's routes on one blueprint, behind one guard, counted."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import trio
from quart import Blueprint, Request, Response, request
from quart_schema import tag

from http_edge import sse
from http_edge.dialect import Dialect
from http_edge.dialects.botlive import wire
from http_edge.dialects.botlive.documents import document
from http_edge.dialects.botlive.guard import Guard
from http_edge.dialects.botlive.health import dashboard
from http_edge.dialects.botlive.meters import KINDS, Kind, Meters
from http_edge.dialects.botlive.routes import PREFIX, Endpoint, Section, View
from http_edge.origins import Origins

NAME: Final = "botlive"


class Botlive:
    """The dialect over its sections."""

    def __init__(self, guard: Guard, sections: Sequence[Section], meters: Meters, origins: Origins) -> None:
        self._guard = guard
        self._meters = meters
        self._origins = origins
        self.endpoints: list[Endpoint] = [endpoint for section in sections for endpoint in section.endpoints()]
        for endpoint in self.endpoints:
            meters.expect(endpoint.route.rule, endpoint.route.method, KINDS)

    def dialect(self) -> Dialect:
        """Return it as a part of the edge."""
        routes = Blueprint(NAME, __name__)
        for endpoint in self.endpoints:
            route = endpoint.route
            routes.add_url_rule(route.rule, _name(endpoint), self._view(endpoint), methods=[route.method])
        routes.register_blueprint(dashboard())
        routes.after_request(self._let_pages_read)
        return Dialect(NAME, routes, (PREFIX,), wire.complain)

    def _view(self, endpoint: Endpoint) -> View:
        async def view(**path: str) -> Response:
            began = trio.current_time()
            status: int = HTTPStatus.INTERNAL_SERVER_ERROR
            response: Response | None = None
            try:
                # The request itself, not what stands for it while it is handled: a stream goes on after that.
                handled: Request = request._get_current_object()  # type: ignore[attr-defined]
                response = await self._guard.answer(endpoint, handled, path)
                status = response.status_code
            except Exception:
                self._count(endpoint, status, began)
                raise
            if isinstance(response.response, sse.Stream):
                response.response.on_end = lambda: self._count(endpoint, status, began)
            else:
                self._count(endpoint, status, began)
            return response

        view.__name__ = _name(endpoint)
        return tag([NAME])(document(endpoint, view))

    def _count(self, endpoint: Endpoint, status: int, began: float) -> None:
        route = endpoint.route
        self._meters.answered(route.rule, route.method, status, trio.current_time() - began)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            kind: Kind = "unavailable" if status == HTTPStatus.SERVICE_UNAVAILABLE else "internal"
            self._meters.failed(route.rule, kind)

    async def _let_pages_read(self, response: Response) -> Response:
        response.headers.update(self._origins.cors(request.headers, with_cookies=False))
        return response


def _name(endpoint: Endpoint) -> str:
    route = endpoint.route
    return f"{route.method.lower()}{route.rule.translate(str.maketrans('/-<>', '____'))}"
