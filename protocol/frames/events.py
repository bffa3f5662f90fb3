"""What the hub sends by itself: durable events, what is ephemeral, and what is about the session."""

from typing import Any

import msgspec
from msgspec import Struct

from protocol.frames.parts import (
    Actor,
    Attachment,
    Limits,
    Self,
    Summary,
)


class Event(Struct, frozen=True, tag_field="t", kw_only=True, omit_defaults=True):
    """A durable change of a conversation, in its one order."""

    conv: int
    seq: int
    at: int


class Message(Event, frozen=True, tag="message", kw_only=True, omit_defaults=True):
    """Somebody said something. `edited` and `deleted` only stand in a replay, which shows today's content."""

    id: int
    sender: Actor = msgspec.field(name="from")
    body: str
    cid: str
    html: str | None = None
    reply_to: int | None = None
    attachments: list[Attachment] | None = None
    mentions: list[Actor] | None = None
    edited: bool = False
    deleted: bool = False


class Edited(Event, frozen=True, tag="edited", kw_only=True, omit_defaults=True):
    """The text of message `id` is now this."""

    id: int
    by: Actor
    body: str
    html: str | None = None


class Deleted(Event, frozen=True, tag="deleted", kw_only=True, omit_defaults=True):
    """Message `id` has no content any more."""

    id: int
    by: Actor


class Reacted(Event, frozen=True, tag="reacted", kw_only=True):
    """An emoji was put on message `id`, or taken off."""

    id: int
    by: Actor
    emoji: str
    on: bool


class Members(Event, frozen=True, tag="members", kw_only=True):
    """Who came and who went."""

    added: list[Actor]
    removed: list[Actor]
    by: Actor


class Renamed(Event, frozen=True, tag="renamed", kw_only=True):
    """The conversation has another name."""

    name: str
    by: Actor


AnyEvent = Message | Edited | Deleted | Reacted | Members | Renamed


class TypingNow(Struct, frozen=True, tag_field="t", tag="typing", kw_only=True):
    """Somebody types, or stopped."""

    conv: int
    sender: Actor = msgspec.field(name="from")
    on: bool


class Presence(Struct, frozen=True, tag_field="t", tag="presence", kw_only=True):
    """Somebody came online or went."""

    who: Actor
    online: bool
    at: int


class Receipt(Struct, frozen=True, tag_field="t", tag="receipt", kw_only=True):
    """How far somebody has received and read."""

    conv: int
    who: Actor
    received: int
    read: int


class Welcome(Struct, frozen=True, tag_field="t", tag="welcome", kw_only=True):
    """The answer to `hello`."""

    ref: int
    session: str
    self: Self
    conversations: list[Summary]
    limits: Limits
    heartbeat_ms: int
    at: int


class Synced(Struct, frozen=True, tag_field="t", tag="synced", kw_only=True):
    """Every replay that `hello` asked for is done."""


class Gap(Struct, frozen=True, tag_field="t", tag="gap", kw_only=True):
    """The events `start` to `end`, both included, are not sent: page with `history`."""

    conv: int
    start: int = msgspec.field(name="from")
    end: int = msgspec.field(name="to")


class Reset(Struct, frozen=True, tag_field="t", tag="reset", kw_only=True):
    """The cursor is of another history: begin anew after `seq`."""

    conv: int
    epoch: int
    seq: int


class Left(Struct, frozen=True, tag_field="t", tag="left", kw_only=True):
    """The cursor is of a conversation that the caller is not in."""

    conv: int


class Command(Struct, frozen=True, tag_field="t", tag="command", kw_only=True):
    """The bot is to do this, and to say what became of it with `command.ack`."""

    id: str
    type: str
    payload: dict[str, Any]
    at: int


class GoAway(Struct, frozen=True, tag_field="t", tag="goaway", kw_only=True):
    """The hub stops: come back after about this time."""

    retry_ms: int
