"""What a client yields: the events of conversations, and what is said about their order.

The types repeat `protocol.frames` on purpose. They are the second reading of the contract, made from plain `msgpack`
maps, so that a mistake of the hub's typed encoder does not hide behind the same mistake in its decoder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """A user or a bot. `kind` is "user" or "bot"."""

    kind: str
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A stored file; `url` is a path on the hub's HTTP listener, `size` in bytes."""

    id: int
    name: str
    content_type: str
    size: int
    url: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji that one actor put on a message."""

    emoji: str
    by: Actor


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as its member sees it; `members` is None when the hub did not list them."""

    id: int
    kind: str
    name: str | None
    epoch: int
    seq: int
    read: int
    unread: int
    mentions: int
    members: tuple[Actor, ...] | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a program has come in a conversation: all up to `seq`, of the history `epoch`."""

    conv: int
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Published:
    """Where a message stands in the log. `dup`: it stood there before this call. `at` in ms since the epoch."""

    conv: int
    seq: int
    id: int
    at: int
    cid: str
    dup: bool


# ------------------------------------------------------------------------------------- durable: one order for all


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEvent:
    """Change number `seq` of conversation `conv`. `at` in ms since the epoch, UTC."""

    conv: int
    seq: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(LogEvent):
    """Somebody said something. `html` is None when the body has no markup: show the text.

    `reactions` stand in pages of `history` and `search` only; `edited` and `deleted` there and in replays.
    """

    id: int
    sender: Actor
    body: str
    cid: str
    html: str | None = None
    reply_to: int | None = None
    attachments: tuple[Attachment, ...] = ()
    mentions: tuple[Actor, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    edited: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages, ascending; `more`: there are others beyond."""

    messages: tuple[Message, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(LogEvent):
    """The text of message `id` is now `body`."""

    id: int
    by: Actor
    body: str
    html: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(LogEvent):
    """Message `id` has no content any more."""

    id: int
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(LogEvent):
    """An emoji was put on message `id` (`on`), or taken off."""

    id: int
    by: Actor
    emoji: str
    on: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Members(LogEvent):
    """Who came and who went."""

    added: tuple[Actor, ...]
    removed: tuple[Actor, ...]
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed(LogEvent):
    """The conversation is now called `name`."""

    name: str
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvent(LogEvent):
    """A kind of event, `t`, that this client is too old to know; `fields` is the frame as it came."""

    t: str
    fields: Mapping[str, Any]


# ------------------------------------------------------------------------------------- ephemeral: dropped when late


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody types, or stopped."""

    conv: int
    sender: Actor
    on: bool


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody came online or went. `at` in ms since the epoch."""

    who: Actor
    online: bool
    at: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """How far somebody has received and read, as `seq` numbers."""

    conv: int
    who: Actor
    received: int
    read: int


# ------------------------------------------------------------------------------------- about the order itself


@dataclass(frozen=True, slots=True)
class Gap:
    """The events `start` to `end` of `conv`, both included, do not come: page with `history`."""

    conv: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reset:
    """The log of `conv` is another one now: forget what it held; events go on after `seq`."""

    conv: int
    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Left:
    """The program is not, or no longer, in `conv`."""

    conv: int


@dataclass(frozen=True, slots=True)
class Synced:
    """Everything that was missed has been yielded; what follows is live. Comes once per connection."""


# ------------------------------------------------------------------------------------- what a bot is to do


@dataclass(frozen=True, slots=True)
class Command:
    """The bot is to do this, and then to say so with `ack_command`. It comes again when that takes too long.

    Only where `open_client` was asked for `commands`. `at` in ms since the epoch.
    """

    id: str
    type: str
    payload: Mapping[str, Any]
    at: int


Ephemeral = Typing | Presence | Receipt
Mark = Gap | Reset | Left
Item = LogEvent | Ephemeral | Mark | Synced | Command
