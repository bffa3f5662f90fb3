"""What other platforms tell of subscribers: what they wrote, and what became of messages to them. Pure.

Whether it is theirs at all, `signing` says. Sources: the ChatPion settlement, 27 and 28; Meta's reference of webhooks.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from protocol.codes import MAX_BODY_CHARS


class BadInbound(ValueError):
    """It is not what is told here. The text is meant for whoever sent it."""


class Wrote(NamedTuple):
    """A subscriber, or somebody who is to be one, wrote; `id` makes it the same however often it comes."""

    id: str
    platform_id: str
    text: str


class Became(NamedTuple):
    """This became of a message to a subscriber."""

    letter: int
    state: Literal["delivered", "read", "failed"]
    error: str | None = None


class _Event(Struct):
    platform_id: str | int | None = None
    message: str | None = None
    message_id: int | None = None
    status: Literal["delivered", "read", "failed"] | None = None
    error: str | None = None


class _Party(Struct):
    id: str = ""


class _Text(Struct):
    mid: str = ""
    text: str = ""
    is_echo: bool = False


class _Messaging(Struct):
    sender: _Party = msgspec.field(default_factory=_Party)
    message: _Text | None = None


class _Entry(Struct):
    messaging: list[_Messaging] = []


class _Meta(Struct):
    entry: list[_Entry] = []


def of_webhook(call_id: str, body: bytes) -> Wrote | Became:
    """What a signed call of platform `webhook` tells. Raises `BadInbound`."""
    event = _decoded(body, _Event)
    if event.message_id is not None and event.status is not None:
        return Became(event.message_id, event.status, event.error)
    platform_id, text = str(event.platform_id or "").strip(), (event.message or "").strip()
    if not platform_id or not text:
        raise BadInbound("either platform_id and message, or message_id and status, are required")
    if len(text) > MAX_BODY_CHARS:
        raise BadInbound(f"message may have {MAX_BODY_CHARS} characters at most")
    return Wrote(call_id, platform_id, text)


def of_meta(body: bytes) -> list[Wrote]:
    """The texts that a signed call of Meta tells of, in order; all else in it says nothing. Raises `BadInbound`."""
    entries = _decoded(body, _Meta).entry
    return list(_texts(each for entry in entries for each in entry.messaging))


def _texts(told: Iterator[_Messaging]) -> Iterator[Wrote]:
    for each in told:
        message = each.message
        # An echo is what the account itself has said.
        if message is None or message.is_echo or not (each.sender.id and message.mid and message.text.strip()):
            continue
        yield Wrote(message.mid, each.sender.id, message.text.strip()[:MAX_BODY_CHARS])


def _decoded(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadInbound(f"the body is not what is expected: {error}") from error
