"""What the OpenAPI document says of these routes: the statuses that follow from what a route is."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from quart_schema import document_querystring, document_request, document_response

from http_edge.dialects.chatpion.routes import Endpoint, View
from http_edge.dialects.chatpion.wire import Error, Success


class BadRequest(Error, frozen=True):
    """Something is missing, or cannot be."""


class Unauthorized(Error, frozen=True):
    """Invalid or missing API key."""


class Forbidden(Error, frozen=True):
    """The API key does not have the scope."""


class NotFound(Error, frozen=True):
    """There is no such object in the account."""


class TooLarge(Error, frozen=True):
    """The body is too large."""


class TooMany(Error, frozen=True):
    """The key is used too often. Carries `Retry-After`."""


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
    return document_response(Success, HTTPStatus.OK)(view)


def statuses(endpoint: Endpoint) -> set[int]:
    """The failures that a call of this route may be answered with."""
    found = {401, 403, 429, 500, 503, *endpoint.also}
    if "<" in endpoint.route.rule:
        found.add(404)
    if endpoint.query is not None:
        found.add(400)
    if endpoint.route.has_body:
        found |= {400, 413}
    return found
