"""Why a call is not answered as it wished, in the shapes of FastAPI.

Failed     a status and a sentence: `{"detail": "…"}`
Invalid    422, and every fault that was found: `{"detail": [{loc, msg, type}]}`
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Literal

from msgspec import Struct

from actors.messages.outcomes import Outcome, Refused
from http_edge.failures import Failed, expected, missing
from http_edge.failures import failed as _failed
from protocol.codes import ErrorCode

__all__ = ["Failed", "Fault", "Invalid", "Source", "expected", "failed", "invalid_key", "missing", "not_here", "one"]

Source = Literal["body", "query", "header"]


class Fault(Struct, frozen=True):
    """One thing that is wrong with what was sent, and where."""

    loc: tuple[str, ...]
    msg: str
    type: str


class Invalid(Exception):
    """What was sent cannot be used."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


def one(source: Source, name: str, msg: str, type: str = "value_error") -> Invalid:
    """A single fault."""
    return Invalid([Fault((source, name), msg, type)])


def invalid_key() -> Failed:
    """No key, or none that holds."""
    return Failed(HTTPStatus.UNAUTHORIZED, "Invalid API key")


def not_here() -> Failed:
    """Without a key only programs of this machine may call."""
    return Failed(HTTPStatus.FORBIDDEN, "Botlive is closed to other machines: no API key is configured")


def failed(outcome: Outcome) -> Failed:
    """What an actor's refusal amounts to. Here there is a status for conflicts."""
    if isinstance(outcome, Refused) and outcome.code is ErrorCode.CONFLICT:
        return Failed(HTTPStatus.CONFLICT, outcome.message)
    return _failed(outcome)
