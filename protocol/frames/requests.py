"""What a client sends."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from protocol.codes import MAX_CURSORS
from protocol.frames.parts import (
    Body,
    Cid,
    CommandId,
    ConversationKind,
    Credential,
    Emoji,
    Id,
    Ids,
    JsonReply,
    Limit,
    Name,
    Place,
    RequestRef,
    Seq,
    Text,
    Url,
)


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
    """Sign in, as the first frame: `token`, or `username` and `password`; `cursors` are `[conv, epoch, seq]`.

    `commands`: this session of a bot wants the bot's commands pushed.
    """

    device: Name
    token: str | None = None  # of any length: what no token can be is a wrong one
    username: str | None = None
    password: str | None = None
    cursors: Annotated[list[Cursor], Meta(max_length=MAX_CURSORS)] = msgspec.field(default_factory=list)
    commands: bool = False

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


class AckCommand(Request, frozen=True, tag="command.ack", kw_only=True):
    """Say what became of a command of the bot that signed in; the first time counts."""

    id: CommandId
    status: Literal["completed", "failed"]
    result: Any = None


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
    | AckCommand
    | SearchUsers
    | UpdateUser
)
