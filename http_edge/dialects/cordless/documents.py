"""What the OpenAPI document says of these routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from msgspec import Struct
from quart import Response
from quart_schema import document_response

from http_edge.openapi import Nothing

Handler = Callable[..., Awaitable[Response]]


class Paging(Struct):
    """Where a page begins. `before` beats `after`."""

    before: int | None = None
    after: int | None = None


class Created(Nothing):
    """Empty. The message is on disk; its URL stands in `Location`."""


class Done(Nothing):
    """Empty."""


class Unauthorized(Nothing):
    """Empty. The key is none."""


class Forbidden(Nothing):
    """Empty. The bot is not in the room, or there is no such room; or the message is somebody else's."""


class NotFound(Nothing):
    """Empty. There is no such message in the room, or no such boost of this bot's on it."""


class TooLarge(Nothing):
    """Empty. The body is larger than `max_upload_bytes`."""


class Unprocessable(Nothing):
    """Empty. The body is blank or too long."""


class Unavailable(Nothing):
    """Empty. The hub cannot do it now; the same again later. Carries `Retry-After`."""


FAILURES: Final = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Forbidden,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: TooLarge,
    HTTPStatus.UNPROCESSABLE_ENTITY: Unprocessable,
    HTTPStatus.SERVICE_UNAVAILABLE: Unavailable,
}


def answers(status: HTTPStatus, model: Any, *, but: tuple[int, ...]) -> Callable[[Handler], Handler]:
    """Document what a route answers when all is well, and the failures that it knows."""

    def document(handler: Handler) -> Handler:
        for failure in (*but, HTTPStatus.SERVICE_UNAVAILABLE):
            handler = document_response(FAILURES[HTTPStatus(failure)], failure)(handler)
        return document_response(model, status)(handler)

    return document
