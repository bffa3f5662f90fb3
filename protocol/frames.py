"""Every frame of `hubbub.v1` as a frozen type.

Requests are what a client sends, events and answers what the hub sends. The wire's `from` is `sender` here, `t` is the
tag. Keys that are absent on the wire have a default here and are left out when they hold it.

Source: docs/reference/protocol.md.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from protocol.codes import MAX_BODY_CHARS, MAX_CID_CHARS, MAX_CURSORS, MAX_EMOJI_CHARS, MAX_ID, MAX_NAME_CHARS, MAX_PAGE

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
Url = Annotated[str, Meta(min_length=1, max_length=2_000)]
Text = Annotated[str, Meta(max_length=2_000)]
Ids = Annotated[list[Id], Meta(max_length=1_000)]

ActorKind = Literal["user", "bot"]
ConversationKind = Literal["open", "closed", "direct"]
Role = Literal["admin", "member"]
Credential = Literal["token", "key_access", "bot_key", "webhook_secret"]
JsonReply = Literal["attach", "ignore"]
"""What becomes of JSON that a webhook answers with: a file in the conversation, or nothing."""


# ---------------------------------------------------------------------------------------------- shared parts


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


# ---------------------------------------------------------------------------------------------- requests


class Inconsistent(ValueError):
    """Each value of a request is right, but not together. `field` is the wire name of the one to change."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class Request(Struct, frozen=True, tag_field="t", kw_only=True):
    """A frame that gets exactly one answer with the same `ref`."""

    ref: RequestRef


class Signal(Struct, frozen=True, tag_field="t", kw_only=True):
    """A frame that gets no answer when it is in order; an error answers its `ref`, if it has one."""

    ref: RequestRef | None = None


Cursor = tuple[Id, Seq, Seq]


class Hello(Request, frozen=True, tag="hello", kw_only=True):
    """Sign in, as the first frame: `token`, or `username` and `password`; `cursors` are `[conv, epoch, seq]`."""

    device: Name
    token: str | None = None  # of any length: what no token can be is a wrong one
    username: str | None = None
    password: str | None = None
    cursors: Annotated[list[Cursor], Meta(max_length=MAX_CURSORS)] = msgspec.field(default_factory=list)

    def __post_init__(self) -> None:
        by_password = (self.username is not None, self.password is not None)
        if self.token is not None and any(by_password):
            raise Inconsistent("token", "either `token`, or `username` and `password`")
        if self.token is None and not any(by_password):
            raise Inconsistent("token", "`token`, or `username` and `password`, is missing")
        if self.token is None and not all(by_password):
            field = "username" if self.username is None else "password"
            raise Inconsistent(field, f"`{field}` is missing")

    def __repr__(self) -> str:
        return f"Hello(ref={self.ref}, device={self.device!r}, username={self.username!r})"


class Bye(Signal, frozen=True, tag="bye", kw_only=True):
    """End the session."""


class Publish(Request, frozen=True, tag="publish", kw_only=True):
    """Say something; `cid` makes it one message however often it is sent."""

    conv: Id
    cid: Cid
    body: Body
    reply_to: Id | None = None
    attachments: Annotated[list[Id], Meta(max_length=20)] | None = None


class Edit(Request, frozen=True, tag="edit", kw_only=True):
    """Replace the text of an own message."""

    conv: Id
    id: Id
    body: Body


class Delete(Request, frozen=True, tag="delete", kw_only=True):
    """Take a message's content away; its place stays."""

    conv: Id
    id: Id


class React(Request, frozen=True, tag="react", kw_only=True):
    """Put an emoji on a message or take it off."""

    conv: Id
    id: Id
    emoji: Emoji
    on: bool


class Received(Signal, frozen=True, tag="received", kw_only=True):
    """Everything up to `seq` is on this device."""

    conv: Id
    seq: Seq


class Read(Signal, frozen=True, tag="read", kw_only=True):
    """Everything up to `seq` was seen by the person."""

    conv: Id
    seq: Seq


class Typing(Signal, frozen=True, tag="typing", kw_only=True):
    """The person is typing, or stopped."""

    conv: Id
    on: bool


class History(Request, frozen=True, tag="history", kw_only=True):
    """A page of messages before or after a message id; neither asks for the newest."""

    conv: Id
    before: Place | None = None
    after: Place | None = None
    limit: Limit = 50

    def __post_init__(self) -> None:
        if self.before is not None and self.after is not None:
            raise Inconsistent("after", "either `before` or `after`")


class Search(Request, frozen=True, tag="search", kw_only=True):
    """Messages that contain `q`, among those the caller may see."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]
    conv: Id | None = None
    before: Place | None = None
    limit: Limit = 50


class ListConversations(Request, frozen=True, tag="conversations", kw_only=True):
    """The caller's conversations."""


class FindConversations(Request, frozen=True, tag="conversation.search", kw_only=True):
    """Open conversations whose name contains `q`, joined or not."""

    q: Annotated[str, Meta(max_length=100)] = ""
    limit: Limit = 50


class CreateConversation(Request, frozen=True, tag="conversation.create", kw_only=True):
    """Found a conversation; a `direct` one is found again when its set of members has one."""

    kind: ConversationKind
    name: Name | None = None
    members: Ids = msgspec.field(default_factory=list)
    bots: Ids = msgspec.field(default_factory=list)


class UpdateConversation(Request, frozen=True, tag="conversation.update", kw_only=True):
    """Rename a conversation."""

    conv: Id
    name: Name


class JoinConversation(Request, frozen=True, tag="conversation.join", kw_only=True):
    """Become a member of an open conversation."""

    conv: Id


class LeaveConversation(Request, frozen=True, tag="conversation.leave", kw_only=True):
    """Stop being a member."""

    conv: Id


class AddMembers(Request, frozen=True, tag="members.add", kw_only=True):
    """Let users and bots in."""

    conv: Id
    users: Ids = msgspec.field(default_factory=list)
    bots: Ids = msgspec.field(default_factory=list)


class RemoveMembers(Request, frozen=True, tag="members.remove", kw_only=True):
    """Put users and bots out."""

    conv: Id
    users: Ids = msgspec.field(default_factory=list)
    bots: Ids = msgspec.field(default_factory=list)


class CreateBot(Request, frozen=True, tag="bot.create", kw_only=True):
    """Make a bot that the caller owns; the answer is the only time its secrets are shown."""

    name: Name
    webhook_url: Url | None = None
    events_url: Url | None = None
    json_reply: JsonReply = "attach"
    avatar: Url | None = None
    description: Text | None = None


class ListBots(Request, frozen=True, tag="bot.list", kw_only=True):
    """The caller's bots; an administrator of the hub sees all."""


class UpdateBot(Request, frozen=True, tag="bot.update", kw_only=True):
    """Change what is given; null takes an optional value away."""

    bot: Id
    name: Name | UnsetType = UNSET
    webhook_url: Url | UnsetType | None = UNSET
    events_url: Url | UnsetType | None = UNSET
    json_reply: JsonReply | UnsetType = UNSET
    avatar: Url | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET


class DeleteBot(Request, frozen=True, tag="bot.delete", kw_only=True):
    """End a bot: its credentials die, what it said stays."""

    bot: Id


class RotateBot(Request, frozen=True, tag="bot.rotate", kw_only=True):
    """Replace one credential; the old one dies at once."""

    bot: Id
    credential: Credential


class SearchUsers(Request, frozen=True, tag="user.search", kw_only=True):
    """Users whose name or username contains `q`."""

    q: Annotated[str, Meta(max_length=100)] = ""
    limit: Limit = 50


class UpdateUser(Request, frozen=True, tag="user.update", kw_only=True):
    """Change the caller's own name or password; a new password needs the old one where there is one."""

    name: Name | UnsetType = UNSET
    password: Annotated[str, Meta(min_length=8, max_length=1_024)] | UnsetType = UNSET
    old_password: Annotated[str, Meta(max_length=1_024)] | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"UpdateUser(ref={self.ref}, name={self.name!r})"


AnyRequest = (
    Hello
    | Bye
    | Publish
    | Edit
    | Delete
    | React
    | Received
    | Read
    | Typing
    | History
    | Search
    | ListConversations
    | FindConversations
    | CreateConversation
    | UpdateConversation
    | JoinConversation
    | LeaveConversation
    | AddMembers
    | RemoveMembers
    | CreateBot
    | ListBots
    | UpdateBot
    | DeleteBot
    | RotateBot
    | SearchUsers
    | UpdateUser
)


# ---------------------------------------------------------------------------------------------- events


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


# ---------------------------------------------------------------------------------------------- ephemeral


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


# ---------------------------------------------------------------------------------------------- session frames


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


class GoAway(Struct, frozen=True, tag_field="t", tag="goaway", kw_only=True):
    """The hub stops: come back after about this time."""

    retry_ms: int


# ---------------------------------------------------------------------------------------------- answers


class Ok(Struct, frozen=True, tag_field="t", tag="ok", kw_only=True):
    """The request is done; if it changed something, that is on disk. Which keys are set depends on the request."""

    ref: int
    conv: int | UnsetType = UNSET
    seq: int | UnsetType = UNSET
    id: int | UnsetType = UNSET
    at: int | UnsetType = UNSET
    dup: bool | UnsetType = UNSET
    messages: list[StoredMessage] | UnsetType = UNSET
    more: bool | UnsetType = UNSET
    conversation: Summary | UnsetType = UNSET
    conversations: list[Summary] | UnsetType = UNSET
    bot: "BotView | UnsetType" = UNSET
    bots: "list[BotView] | UnsetType" = UNSET
    user: "UserView | UnsetType" = UNSET
    users: "list[UserView] | UnsetType" = UNSET


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


class Error(Struct, frozen=True, tag_field="t", tag="error", kw_only=True, omit_defaults=True):
    """The request with this `ref` was refused; nothing of it was done, except where `internal` leaves it open."""

    ref: int | None
    code: str
    message: str
    retry_ms: int | None = None
    field: str | None = None


AnyAnswer = Ok | Error | Welcome
AnyOutbound = AnyEvent | TypingNow | Presence | Receipt | AnyAnswer | Synced | Gap | Reset | Left | GoAway
