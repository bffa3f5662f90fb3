"""Why a call is not answered as it wished, in ChatPion's words."""

from __future__ import annotations

from http import HTTPStatus

from http_edge.failures import Failed, bad_input, expected, failed, missing

__all__ = ["Failed", "bad_input", "expected", "failed", "invalid_key", "missing", "out_of_scope"]


def invalid_key() -> Failed:
    """No key, or none that holds."""
    return Failed(HTTPStatus.UNAUTHORIZED, "Invalid API key")


def out_of_scope(scope: str) -> Failed:
    """The key may not."""
    return Failed(HTTPStatus.FORBIDDEN, f"The API key does not have the scope {scope}")
