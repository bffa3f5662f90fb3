"""What the OpenAPI document says of these routes: the statuses that follow from what a route is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from quart_schema import document_querystring, document_request, document_response

from http_edge.dialects.botlive.routes import Endpoint, View
from http_edge.dialects.botlive.wire import Error, Faults


class Unauthorized(Error, frozen=True):
    """Invalid or missing API key."""


class Forbidden(Error, frozen=True):
    """No API key is configured, and the call is not one of a program on the hub's machine."""


class NotFound(Error, frozen=True):
    """There is none."""


class Conflict(Error, frozen=True):
    """It is settled already."""


class TooLarge(Error, frozen=True):
    """The body is too large."""


class TooMany(Error, frozen=True):
    """The address calls too often. Carries `Retry-After`."""


class Broken(Error, frozen=True):
    """A fault of the hub's. It may or may not be done."""


class Unavailable(Error, frozen=True):
    """The hub cannot do it now; the same again later. Carries `Retry-After`."""


FAILURES: Final[dict[HTTPStatus, Any]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.UNPROCESSABLE_ENTITY: Faults,
    HTTPStatus.TOO_MANY_REQUESTS: TooMany,
    HTTPStatus.INTERNAL_SERVER_ERROR: Broken,
    HTTPStatus.SERVICE_UNAVAILABLE: Unavailable,
}


def document(endpoint: Endpoint, view: View) -> View:
    """Describe a route by its endpoint."""
    view.__doc__ = endpoint.handler.__doc__
    for status in sorted(statuses(endpoint)):
        view = document_response(FAILURES[HTTPStatus(status)], status)(view)
    if endpoint.query is not None:
        view = document_querystring(endpoint.query)(view)
    if endpoint.body is not None:
        view = document_request(endpoint.body)(view)
    return document_response(dict[str, Any], HTTPStatus.OK)(view)


def statuses(endpoint: Endpoint) -> set[int]:
    """The failures that a call of this route may be answered with."""
    route = endpoint.route
    found = {403, 500, 503, *endpoint.also}
    if not route.is_open:
        found.add(401)
    if route.share is not None:
        found.add(429)
    if endpoint.body is not None:
        found |= {413, 422}
    return found
