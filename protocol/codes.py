"""Error codes, close codes and limits of `hubbub.v1`.

Source: docs/reference/protocol.md, "Requests" and "Close codes".
"""

from enum import IntEnum, StrEnum
from typing import Final


class ErrorCode(StrEnum):
    """What an `error` frame says went wrong."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_TYPE = "unknown_type"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    TOO_LONG = "too_long"
    RATE_LIMITED = "rate_limited"
    BUSY = "busy"
    UNAVAILABLE = "unavailable"
    INTERNAL = "internal"

    @property
    def temporary(self) -> bool:
        """Whether the same request may succeed later; such an error carries `retry_ms`."""
        return self in _TEMPORARY


_TEMPORARY: Final = frozenset({ErrorCode.RATE_LIMITED, ErrorCode.BUSY, ErrorCode.UNAVAILABLE})


class CloseCode(IntEnum):
    """Why a WebSocket connection ended."""

    BYE = 1000
    PROTOCOL_ERROR = 1002
    WRONG_FRAME_KIND = 1003
    NOT_UTF8 = 1007
    TOO_BIG = 1009
    GOING_AWAY = 1012
    MALFORMED = 4400
    NO_HELLO = 4401
    NOT_AUTHENTICATED = 4403
    SILENT = 4408
    DEVICE_LIMIT = 4409
    REPLACED = 4410
    REVOKED = 4411
    TOO_SLOW = 4429


def may_reconnect(code: int) -> bool:
    """Whether a client reconnects by itself after this close code.

    Codes below 4400 and 4408, 4429 call for a reconnect with full jitter; the others stand until a person acts.
    1000 answers the client's own `bye`.
    """
    if code == CloseCode.BYE:
        return False
    return code < CloseCode.MALFORMED or code in (CloseCode.SILENT, CloseCode.TOO_SLOW)


MAX_INBOUND_BYTES: Final = 64 * 1024
MAX_BODY_CHARS: Final = 10_000
MAX_CID_CHARS: Final = 64
MAX_NAME_CHARS: Final = 100
MAX_EMOJI_CHARS: Final = 32
MAX_PAGE: Final = 100
MAX_CURSORS: Final = 10_000
MAX_ID: Final = 2**53 - 1
