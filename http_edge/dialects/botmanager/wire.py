"""What Bot Manager's clients are sent, to the byte."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, Literal

import msgspec
from msgspec import Struct
from quart import Response

from http_edge.dialects.botmanager.callers import COOKIE
from http_edge.dispatch import unknown_path

JSON: Final = "application/json"
SESSION_S: Final = 604_800
RETRY_S: Final = 2


class Error(Struct, frozen=True):
    """What was wrong."""

    error: str


class Success(Struct, frozen=True):
    """It is done."""

    success: Literal[True] = True


def json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a value."""
    response = Response(msgspec.json.encode(value), status, content_type=JSON)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def error(status: int, message: str | None = None, retry_after: int | None = None) -> Response:
    """Return what went wrong; 503 always says when to try again."""
    known = HTTPStatus(status)
    response = json(Error(message or known.phrase), known)
    if retry_after is None and known in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        retry_after = RETRY_S
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def complain(status: int) -> Response:
    """Return what is said of failures outside the handlers. A path that nobody serves is not only ours."""
    return unknown_path() if status == HTTPStatus.NOT_FOUND else error(status)


def sign_in(response: Response, token: str, *, encrypted: bool) -> Response:
    """Give the browser a session."""
    response.set_cookie(COOKIE, token, max_age=SESSION_S, path="/", httponly=True, samesite="Lax", secure=encrypted)
    return response


def sign_out(response: Response, *, encrypted: bool) -> Response:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax", secure=encrypted)
    return response
