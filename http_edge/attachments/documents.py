"""What the OpenAPI document says of these routes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Literal

from msgspec import Struct
from quart import Response
from quart_schema import document_response

from http_edge.openapi import Nothing

Handler = Callable[..., Awaitable[Response]]


class Uploading(Struct):
    """What a body that is no form is called."""

    name: str = ""


class Following(Struct):
    """What stands in a link."""

    viewer: str | None = None
    expires: int | None = None
    signature: str | None = None


class Linking(Struct):
    """How long a link lasts."""

    seconds: int = 3_600


class Content(Nothing):
    """The bytes: as they are, or 206 with those of one range; 304, 412 and 416 as RFC 9110 has them."""


class Problem(Struct, frozen=True):
    """What was wrong: a code and a sentence."""

    error: Literal["bad_request", "unauthorized", "not_found", "request_entity_too_large", "service_unavailable"]
    message: str


def answers(status: HTTPStatus, model: Any, *, but: tuple[int, ...]) -> Callable[[Handler], Handler]:
    """Document what a route answers when all is well, and how it fails."""

    def document(handler: Handler) -> Handler:
        for failure in but:
            handler = document_response(Problem, failure)(handler)
        return document_response(model, status)(handler)

    return document
