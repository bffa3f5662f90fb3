"""Why a call is not answered as it wished, in Bot Manager's words."""

from __future__ import annotations

from http import HTTPStatus

from http_edge.failures import Failed, bad_input, expected, failed, missing

__all__ = ["Failed", "bad_input", "denied", "expected", "failed", "missing", "not_signed_in"]


def not_signed_in() -> Failed:
    """Nobody that the hub knows."""
    return Failed(HTTPStatus.UNAUTHORIZED, "Not authenticated")


def denied() -> Failed:
    """Somebody else's, or for administrators."""
    return Failed(HTTPStatus.FORBIDDEN, "Access denied")
