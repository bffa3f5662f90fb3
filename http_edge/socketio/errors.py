"""How a request fails.

Rejected               the request is answered with an Engine.IO error
"""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus

import msgspec


class Problem(Enum):
    """A code, what it is called, and the status that goes with it. The first six are engine.io's own."""

    UNKNOWN_TRANSPORT = 0, "Transport unknown", HTTPStatus.BAD_REQUEST
    UNKNOWN_SESSION = 1, "Session ID unknown", HTTPStatus.BAD_REQUEST
    BAD_METHOD = 2, "Bad handshake method", HTTPStatus.BAD_REQUEST
    BAD_REQUEST = 3, "Bad request", HTTPStatus.BAD_REQUEST
    FORBIDDEN = 4, "Forbidden", HTTPStatus.FORBIDDEN
    BAD_VERSION = 5, "Unsupported protocol version", HTTPStatus.BAD_REQUEST
    TOO_MANY = 6, "Too many sessions", HTTPStatus.SERVICE_UNAVAILABLE
    TOO_LARGE = 7, "Payload too large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    @property
    def code(self) -> int:
        """What stands in the answer."""
        return self.value[0]

    @property
    def message(self) -> str:
        """What stands in the answer, for people."""
        return self.value[1]

    @property
    def status(self) -> HTTPStatus:
        """The answer's status."""
        return self.value[2]

    @property
    def body(self) -> bytes:
        """The answer: `{"code": …, "message": …}`."""
        return msgspec.json.encode({"code": self.code, "message": self.message})


class Rejected(Exception):
    """The request is answered with this problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem
