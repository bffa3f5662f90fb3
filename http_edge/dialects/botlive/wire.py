"""What Botlive's clients are sent, to the byte."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import Struct
from quart import Response

from actors.times import whole_seconds
from http_edge.dialects.botlive.errors import Failed, Fault, Invalid

JSON: Final = "application/json"
RETRY_S: Final = 2


class Error(Struct, frozen=True):
    """What was wrong."""

    detail: str


class Faults(Struct, frozen=True):
    """What was wrong with what was sent."""

    detail: tuple[Fault, ...]


def success(data: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return what was asked for."""
    response = Response(msgspec.json.encode(data), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def error(status: int, message: str | None = None, retry_after: int | None = None) -> Response:
    """Return what went wrong; 503 always says when to try again."""
    known = HTTPStatus(status)
    response = success(Error(message or known.phrase), known)
    if retry_after is None and known is HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after = RETRY_S
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def failure(failed: Failed) -> Response:
    """Return why a call is not answered as it wished."""
    return error(failed.status, failed.message, failed.retry_after)


def invalid(problem: Invalid) -> Response:
    """Return what is wrong with what was sent."""
    return success(Faults(problem.faults), HTTPStatus.UNPROCESSABLE_ENTITY)


def complain(status: int) -> Response:
    """Return what is said of failures outside the handlers."""
    return error(status)


def time(at: int) -> str:
    """A time, in ms since the epoch, as the document writes it."""
    return whole_seconds(at)
