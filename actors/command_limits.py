"""What a command may carry: JSON of a bounded size and depth, that every protocol of the hub can say. Pure.

Looked at where it comes in, because not all that JSON can say could be told to an actor; and by the actor again.
"""

from typing import Any, Final

import msgspec

from actors.messages.outcomes import Refused, bad_request

MAX_JSON_BYTES: Final = 65_536
MAX_DEPTH: Final = 32
MAX_TYPE_CHARS: Final = 100
_INTEGERS: Final = range(-(2**63), 2**64)


def wrong_type(text: str) -> Refused | None:
    """Why no command can be of this type."""
    if 0 < len(text) <= MAX_TYPE_CHARS and _encodable(text):
        return None
    return bad_request(f"`type` must be a text of 1 to {MAX_TYPE_CHARS} characters", "type")


def wrong_value(value: Any, field: str) -> Refused | None:
    """Why this cannot be carried."""
    if not _is_shallow(value, MAX_DEPTH):
        return bad_request(f"`{field}` must be JSON, nested {MAX_DEPTH} deep at most, with integers of 64 bits", field)
    encoded = _encodable(value)
    if encoded is None:
        return bad_request(f"`{field}` must be JSON", field)
    if len(encoded) > MAX_JSON_BYTES:
        return bad_request(f"`{field}` must be {MAX_JSON_BYTES} bytes of JSON at most", field)
    return None


def plain(value: Any) -> Any:
    """The value as it is stored: msgpack can say what JSON says in other words. It must be a right one."""
    return msgspec.json.decode(msgspec.json.encode(value))


def _is_shallow(value: Any, depth: int) -> bool:
    if isinstance(value, dict):
        return depth > 0 and all(_is_shallow(inner, depth - 1) for inner in value.values())
    if isinstance(value, list | tuple):
        return depth > 0 and all(_is_shallow(inner, depth - 1) for inner in value)
    return not isinstance(value, int) or value in _INTEGERS


def _encodable(value: Any) -> bytes | None:
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return None
