"""What frames are made of: bounded values, and the maps that stand in several of them."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from protocol.codes import MAX_BODY_CHARS, MAX_CID_CHARS, MAX_EMOJI_CHARS, MAX_ID, MAX_NAME_CHARS, MAX_PAGE

Id = Annotated[int, Meta(ge=1, le=MAX_ID)]
Seq = Annotated[int, Meta(ge=0, le=MAX_ID)]
Place = Annotated[int, Meta(ge=0, le=MAX_ID)]
"""A message id to begin a page at, or 0, which lies before the first one."""
RequestRef = Annotated[int, Meta(ge=0)]
Body = Annotated[str, Meta(min_length=1, max_length=MAX_BODY_CHARS)]
Cid = Annotated[str, Meta(min_length=1, max_length=MAX_CID_CHARS)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME_CHARS)]
Emoji = Annotated[str, Meta(min_length=1, max_length=MAX_EMOJI_CHARS)]
Limit = Annotated[int, Meta(ge=1, le=MAX_PAGE)]
CommandId = Annotated[str, Meta(min_length=1, max_length=64)]
Url = Annotated[str, Meta(min_length=1, max_length=2_000)]
Text = Annotated[str, Meta(max_length=2_000)]
Ids = Annotated[list[Id], Meta(max_length=1_000)]

ActorKind = Literal["user", "bot"]
ConversationKind = Literal["open", "closed", "direct"]
Role = Literal["admin", "member"]
Credential = Literal["token", "key_access", "bot_key", "webhook_secret"]
JsonReply = Literal["attach", "ignore"]
"""What becomes of JSON that a webhook answers with: a file in the conversation, or nothing."""


class Actor(Struct, frozen=True, order=True):
    """A user or a bot, wherever a frame names one."""

    kind: ActorKind
    id: int
    name: str


class Self(Struct, frozen=True):
    """Who the session speaks for."""

    kind: ActorKind
    id: int
    name: str
    role: str


class Attachment(Struct, frozen=True):
    """A stored file that a message carries; `url` is a path on the HTTP listener."""

    id: int
    name: str
    content_type: str
    size: int
    url: str


class Reaction(Struct, frozen=True):
    """One emoji that one actor put on a message."""

    emoji: str
    by: Actor


class Summary(Struct, frozen=True, omit_defaults=True):
    """A conversation as its member sees it; `members` is absent in large ones (page with `conversation` tools)."""

    id: int
    kind: ConversationKind
    name: str | None
    epoch: int
    seq: int
    read: int
    unread: int
    mentions: int
    members: list[Actor] | UnsetType = UNSET


class Limits(Struct, frozen=True):
    """The bounds that a client should know, in characters, bytes, and publishes."""

    body_chars: int
    message_bytes: int
    page: int
    publish_rate_per_s: float
    publish_burst: int
    devices_per_user: int


class StoredMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message as `history` and `search` show it: today's content, without a tag."""

    conv: int
    id: int
    seq: int
    cid: str
    sender: Actor = msgspec.field(name="from")
    body: str
    at: int
    html: str | None = None
    reply_to: int | None = None
    attachments: list[Attachment] | None = None
    mentions: list[Actor] | None = None
    reactions: list[Reaction] | None = None
    edited: bool = False
    deleted: bool = False


class BotView(Struct, frozen=True, kw_only=True):
    """A bot as its owner sees it; secrets only in the answers that make them."""

    kind: Literal["bot"] = "bot"
    id: int
    name: str
    owner: Actor | None
    webhook_url: str | None
    events_url: str | None = None
    json_reply: JsonReply = "attach"
    avatar: str | None
    description: str | None
    created_at: int
    token: str | UnsetType = UNSET
    key_access: str | UnsetType = UNSET
    bot_key: str | UnsetType = UNSET
    webhook_secret: str | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"BotView(id={self.id}, name={self.name!r})"


class UserView(Struct, frozen=True, kw_only=True):
    """A user as others see it."""

    kind: Literal["user"] = "user"
    id: int
    name: str
    username: str
    role: str
