"""What a provisioning file asks for, once its form is checked; what it refers to is not.

Source: docs/reference/operations.md, "Provisioning".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from actors.order.company import Company
from protocol.frames import ConversationKind, JsonReply


@dataclass(frozen=True, slots=True, kw_only=True)
class NewUser:
    """A user to be; without `password_hash` (argon2id) one that signs in by token only."""

    username: str
    role: Literal["admin", "user"] = "user"
    password_hash: str | None = None
    fullname: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBot:
    """A bot to be; `owner` is a username."""

    name: str
    owner: str | None = None
    webhook_url: str | None = None
    events_url: str | None = None
    description: str | None = None
    avatar: str | None = None
    json_reply: JsonReply = "attach"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConversation:
    """A conversation to be; `members` are usernames, `bots` names of bots. The first member administers it."""

    name: str
    kind: ConversationKind = "closed"
    members: Sequence[str] = ()
    bots: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A key of an account of ChatPion to be."""

    name: str
    scopes: Sequence[str] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """An account of ChatPion to be; `owner` is the username of who owns its bot."""

    name: str
    email: str | None = None
    plan: str = "free"
    owner: str | None = None
    api_keys: Sequence[NewKey] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionFile:
    """One file."""

    users: Sequence[NewUser] = ()
    bots: Sequence[NewBot] = ()
    conversations: Sequence[NewConversation] = ()
    accounts: Sequence[NewAccount] = ()
    companies: Sequence[Company] = ()
    """Photos stand there by the SHA-256 of what is in them, and are there."""
