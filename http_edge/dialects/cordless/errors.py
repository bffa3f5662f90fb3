"""Why a call is not answered as it wished. Declined is all there is: every failure is an empty response."""

from __future__ import annotations

from http import HTTPStatus
from typing import TypeVar

from actors.messages.outcomes import AnyOutcome, Refused
from http_edge.gateway import retry_after
from protocol.codes import ErrorCode

T = TypeVar("T")


class Declined(Exception):
    """The call ends with this status and an empty body; `retry_after`, in seconds, for what may be tried again."""

    def __init__(self, status: HTTPStatus, retry_after: int | None = None) -> None:
        super().__init__(status.phrase)
        self.status = status
        self.retry_after = retry_after


def expected(found: T | Refused) -> T:
    """What was read. Raises `Declined` when it could not be."""
    if isinstance(found, Refused):
        raise declined(found)
    return found


def declined(outcome: AnyOutcome, missing: str | None = None) -> Declined:
    """What an actor's refusal amounts to. `missing` is the field that names what may be absent from an own room.

    The room itself is forbidden when it is not there: whether it exists is nobody's business but its members'.
    """
    if not isinstance(outcome, Refused):
        return Declined(HTTPStatus.FORBIDDEN)
    match outcome.code:
        case ErrorCode.UNAUTHENTICATED:
            return Declined(HTTPStatus.UNAUTHORIZED)
        case ErrorCode.NOT_FOUND if missing is not None and outcome.field == missing:
            return Declined(HTTPStatus.NOT_FOUND)
        case ErrorCode.CONFLICT:
            return Declined(HTTPStatus.NOT_FOUND)  # it was deleted
        case ErrorCode.NOT_FOUND | ErrorCode.FORBIDDEN:
            return Declined(HTTPStatus.FORBIDDEN)
        case ErrorCode.BAD_REQUEST | ErrorCode.TOO_LONG:
            return Declined(HTTPStatus.UNPROCESSABLE_ENTITY)
        case code if code.temporary:
            return Declined(HTTPStatus.SERVICE_UNAVAILABLE, retry_after(outcome))
        case _:
            return Declined(HTTPStatus.INTERNAL_SERVER_ERROR)
