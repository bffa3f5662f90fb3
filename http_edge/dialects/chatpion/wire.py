"""What ChatPion's clients are sent, to the byte: the envelope, and the headers beside it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from quart import Response

from actors.chatpion.limits import Allowed, Refused
from http_edge.dialects.chatpion.errors import Failed
from http_edge.dispatch import unknown_path

JSON: Final = "application/json"
RETRY_S: Final = 2


class Success(Struct, frozen=True):
    """It is done."""

    data: Any
    status: Literal["success"] = "success"


class Error(Struct, frozen=True):
    """What was wrong."""

    message: str
    code: int
    status: Literal["error"] = "error"


def success(data: object) -> Response:
    """Return what was asked for."""
    return _json({"status": "success", "data": data}, HTTPStatus.OK)


def error(status: int, message: str | None = None, retry_after: int | None = None) -> Response:
    """Return what went wrong; 503 always says when to try again."""
    known = HTTPStatus(status)
    response = _json({"status": "error", "message": message or known.phrase, "code": int(known)}, known)
    if retry_after is None and known is HTTPStatus.SERVICE_UNAVAILABLE:
        retry_after = RETRY_S
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def failure(failed: Failed) -> Response:
    """Return why a call is not answered as it wished."""
    return error(failed.status, failed.message, failed.retry_after)


def over_rate(verdict: Refused) -> Response:
    """Return that the key is used too often."""
    return error(HTTPStatus.TOO_MANY_REQUESTS, "Rate limit exceeded", _seconds(verdict.retry_ms))


def complain(status: int) -> Response:
    """Return what is said of failures outside the handlers. A path that nobody serves is not only ours."""
    return unknown_path() if status == HTTPStatus.NOT_FOUND else error(status)


def with_rate(response: Response, verdict: Allowed | Refused) -> Response:
    """Say how much the key may still be used, by the limit that is nearest to exhaustion."""
    response.headers["X-RateLimit-Limit"] = str(verdict.limit)
    response.headers["X-RateLimit-Remaining"] = str(verdict.remaining)
    response.headers["X-RateLimit-Reset"] = str(_seconds(verdict.reset_at))
    return response


def _seconds(ms: int) -> int:
    return max(1, -(-ms // 1_000))


def _json(value: object, status: HTTPStatus) -> Response:
    response = Response(msgspec.json.encode(value), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
