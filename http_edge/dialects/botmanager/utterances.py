"""What sockets say, read and checked. Pure; raises `Failed`, 400, with what is wrong."""

from __future__ import annotations

import base64
from typing import Any, Final, Literal, NamedTuple

from actors.command_limits import MAX_DEPTH, MAX_JSON_BYTES, wrong_value
from http_edge.dialects.botmanager.errors import bad_input, failed

THREAD_TYPES: Final = ("GROUP", "USER")


class ToSend(NamedTuple):
    """Something that a bot is to send somewhere. Which bot, and whether there is one, is not known yet."""

    bot_id: Any
    payload: dict[str, Any]


class Acknowledged(NamedTuple):
    """A command that is done."""

    id: str
    status: Literal["completed", "failed"]
    result: Any


def to_send(said: Any) -> ToSend:
    """Read a `send_message`. Binary attachments become `{"type": "Buffer", "base64": …}`."""
    fields = _object(said)
    if "bot_id" not in fields:
        raise bad_input("bot_id is required")
    payload = {
        "thread_id": _thread_id(fields.get("thread_id")),
        "thread_type": _thread_type(fields.get("thread_type")),
        "message": _text(fields.get("message")),
        "attachments": _a(list, fields.get("attachments"), "attachments"),
        "metadata": _a(dict, fields.get("metadata"), "metadata"),
    }
    return ToSend(fields["bot_id"], _carried(payload, "payload"))


def acknowledged(said: Any) -> Acknowledged:
    """Read a `command_ack`."""
    fields = _object(said)
    command, status = fields.get("id"), fields.get("status")
    if not isinstance(command, str):
        raise bad_input("id is required")
    if status not in ("completed", "failed"):
        raise bad_input("status must be completed or failed")
    return Acknowledged(command, status, _carried(fields.get("result"), "result"))


def _object(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise bad_input("an object is required")
    return said


def _thread_id(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value:
        raise bad_input("thread_id is required")
    return value


def _thread_type(value: Any) -> str:
    if value is None:
        return "USER"
    if not isinstance(value, str) or value not in THREAD_TYPES:
        raise bad_input("thread_type must be GROUP or USER")
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise bad_input("message is required")
    return value


def _a(kind: type[Any], value: Any, field: str) -> Any:
    """The value, or an empty one for what was not given."""
    if value is None:
        return kind()
    if not isinstance(value, kind):
        raise bad_input(f"{field} must be {'a list' if kind is list else 'an object'}")
    return value


def _carried(value: Any, field: str) -> Any:
    """The value as a command carries it."""
    plain = _Plain()
    carried = plain.of(value, MAX_DEPTH)
    refused = wrong_value(carried, field)
    if refused is not None:
        raise failed(refused)
    return carried


class _Plain:
    """Turns JSON with bytes in it into JSON, bounded as it goes: one attachment may be named any number of times."""

    def __init__(self) -> None:
        self._left = MAX_JSON_BYTES

    def of(self, value: Any, depth: int) -> Any:
        if depth < 0:
            raise bad_input(f"nested {MAX_DEPTH} deep at most")
        if isinstance(value, dict):
            return {key: self.of(inner, depth - 1) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.of(inner, depth - 1) for inner in value]
        return self._buffer(value) if isinstance(value, bytes) else value

    def _buffer(self, value: bytes) -> dict[str, str]:
        self._left -= len(value)
        if self._left < 0:
            raise bad_input(f"{MAX_JSON_BYTES} bytes at most")
        return {"type": "Buffer", "base64": base64.b64encode(value).decode()}
