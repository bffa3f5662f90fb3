"""What the OpenAPI document says of these routes: the statuses that follow from what a route is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from quart import Response
from quart_schema import document_querystring, document_request, document_response

from http_edge.dialects.botmanager.routes import Access, Endpoint
from http_edge.dialects.botmanager.wire import Error

View = Callable[..., Awaitable[Response]]


class BadRequest(Error, frozen=True):
    """Something is missing, or cannot be."""


class Unauthorized(Error, frozen=True):
    """Not signed in, or with credentials that do not hold."""


class Forbidden(Error, frozen=True):
    """Somebody else's, for administrators only, or asked for by a page that may not use cookies."""


class NotFound(Error, frozen=True):
    """There is no such thing."""


class TooLarge(Error, frozen=True):
    """The body, or an object in it, is too large."""


class TooMany(Error, frozen=True):
    """Too many attempts. Carries `Retry-After`."""


class Broken(Error, frozen=True):
    """A fault of the hub's. It may or may not be done."""


class Unavailable(Error, frozen=True):
    """The hub cannot do it now; the same again later. Carries `Retry-After`."""


FAILURES: Final = {
    HTTPStatus.BAD_REQUEST: BadRequest,
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
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
    return document_response(endpoint.answer, HTTPStatus.OK)(view)


def statuses(endpoint: Endpoint) -> set[int]:
    """The failures that a call of this route may be answered with."""
    route = endpoint.route
    found = {int(HTTPStatus.SERVICE_UNAVAILABLE), int(HTTPStatus.INTERNAL_SERVER_ERROR), *endpoint.also}
    if route.access is not Access.ANYBODY:
        found.add(HTTPStatus.UNAUTHORIZED)
    if route.access not in (Access.ANYBODY, Access.CALLER) or route.changes:
        found.add(HTTPStatus.FORBIDDEN)
    if "<" in route.rule:
        found.add(HTTPStatus.NOT_FOUND)
    if endpoint.body is not None or endpoint.query is not None:
        found.add(HTTPStatus.BAD_REQUEST)
    if endpoint.body is not None or route.body_token:
        found.add(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return found
