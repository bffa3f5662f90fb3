"""Accounts, subscribers, and what is said to them. Times are ms since the epoch, ids are the hub's own sequences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from msgspec import Struct

HUB: Final = "hub"
"""The platform whose subscribers are native clients of this hub."""

LetterType = Literal["text", "image", "video", "audio", "file"]
LetterState = Literal["queued", "sent", "delivered", "read", "failed"]
"""It only rises; `failed` is final. A `queued` one is on disk and not in its conversation yet: nobody is shown it."""
Direction = Literal["out", "in"]
BroadcastStatus = Literal["scheduled", "started", "paused", "cancelled", "completed"]
FlowStatus = Literal["active", "inactive"]
SocialStatus = Literal["active", "inactive"]

Event = Literal[
    "subscriber.created",
    "subscriber.updated",
    "message.sent",
    "message.delivered",
    "message.read",
    "message.failed",
    "broadcast.started",
    "broadcast.completed",
]


class Account(Struct, frozen=True, kw_only=True):
    """A tenant. `bot` speaks in the conversations of all its subscribers."""

    id: int
    name: str
    email: str | None
    plan: str
    bot: int
    created_at: int
    updated_at: int


class ApiKey(Struct, frozen=True, kw_only=True):
    """A key, without the secret, which nobody knows any more once it was shown."""

    id: int
    account: int
    name: str
    scopes: tuple[str, ...]
    created_at: int
    revoked_at: int | None = None


class SocialAccount(Struct, frozen=True, kw_only=True):
    """A connection to a platform, without its secrets."""

    id: int
    account: int
    platform: str
    name: str | None
    url: str | None
    status: SocialStatus
    connected_at: int


class SocialSecrets(Struct, frozen=True, kw_only=True):
    """What a connector signs and checks with. None of it belongs into a log."""

    access_token: str
    app_secret: str | None = None
    verify_token: str | None = None

    def __repr__(self) -> str:
        return "SocialSecrets()"


class Subscriber(Struct, frozen=True, kw_only=True):
    """Somebody that an account writes to. `user` is who it is in its conversation `conv`; other members are guests."""

    id: int
    account: int
    platform: str
    platform_id: str
    name: str | None
    email: str | None
    tags: tuple[str, ...]
    fields: Mapping[str, Any]
    conv: int
    user: int
    subscribed_at: int
    deleted_at: int | None = None


class Letter(Struct, frozen=True, kw_only=True):
    """One message to a subscriber or from it.

    `text` is what was given, `body` what stands in the conversation as message `message` at `seq`, once it does.
    `attachment` is a URL as it was given, `file` the upload that is sent with it.
    """

    id: int
    account: int
    subscriber: int
    platform: str
    direction: Direction
    type: LetterType
    text: str
    body: str
    attachment: str | None = None
    file: int | None = None
    state: LetterState
    error: str | None = None
    sent_at: int
    delivered_at: int | None = None
    read_at: int | None = None
    failed_at: int | None = None
    broadcast: int | None = None
    flow: int | None = None
    seq: int | None = None
    message: int | None = None


class Broadcast(Struct, frozen=True, kw_only=True):
    """One message to many. `target` and `schedule` are as they were given; `total` is None until it has started."""

    id: int
    account: int
    name: str
    text: str
    type: LetterType
    attachment: str | None = None
    file: int | None = None
    personalize: bool = False
    track_links: bool = False
    target: Mapping[str, Any] | None = None
    schedule: Mapping[str, Any] | None = None
    due_at: int
    status: BroadcastStatus
    total: int | None = None
    sent: int = 0
    failed: int = 0
    created_at: int
    started_at: int | None = None
    completed_at: int | None = None


class FlowRecord(Struct, frozen=True, kw_only=True):
    """A saved flow. `definition` is JSON as it was given, once it was found right."""

    id: int
    account: int
    name: str
    description: str | None
    status: FlowStatus
    version: int
    definition: Mapping[str, Any]
    created_at: int
    updated_at: int


class EventHook(Struct, frozen=True, kw_only=True):
    """Where an account's events go. The secret is shown once."""

    id: int
    account: int
    url: str
    events: tuple[str, ...]
    created_at: int


class Item(NamedTuple):
    """What stands in the agenda: the actor of this kind and key is told at `at`. They are told in this order."""

    at: int
    kind: str
    key: int
