"""Why a call of a dialect is not answered as it wished: a status and a sentence. `Failed` is all there is.

Each dialect says it in its own shape, and has words of its own beside these.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, TypeVar

from actors.messages.outcomes import Outcome, Refused
from http_edge.gateway import retry_after as seconds_of
from protocol.codes import ErrorCode

T = TypeVar("T")

STATUSES: Final = {
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    ErrorCode.CONFLICT: HTTPStatus.BAD_REQUEST,
    ErrorCode.TOO_LONG: HTTPStatus.BAD_REQUEST,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}


class Failed(Exception):
    """The call ends with this status and message; `retry_after`, in s, for what may be tried again."""

    def __init__(self, status: HTTPStatus, message: str | None = None, retry_after: int | None = None) -> None:
        self.status = status
        self.message = message or status.phrase
        self.retry_after = retry_after
        super().__init__(self.message)


def bad_input(message: str) -> Failed:
    """What is missing or cannot be."""
    return Failed(HTTPStatus.BAD_REQUEST, message)


def missing(what: str) -> Failed:
    """There is none, or none that the caller may know of."""
    return Failed(HTTPStatus.NOT_FOUND, f"{what} not found")


def expected(found: T | Refused) -> T:
    """What was read. Raises `Failed` when it could not be."""
    if isinstance(found, Refused):
        raise failed(found)
    return found


def failed(outcome: Outcome) -> Failed:
    """What an actor's refusal amounts to; anything else that it answered is a fault of ours."""
    if not isinstance(outcome, Refused) or outcome.code not in STATUSES:
        return Failed(HTTPStatus.INTERNAL_SERVER_ERROR)
    wait = seconds_of(outcome) if outcome.code.temporary else None
    return Failed(STATUSES[outcome.code], outcome.message, wait)
