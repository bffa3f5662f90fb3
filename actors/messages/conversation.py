"""What a conversation can be told. Its key is the conversation's id, so no message repeats it."""

from msgspec import Struct

from actors.values import Caller, Counts, Who
from protocol.frames import Attachment, ConversationKind


class Message(Struct, frozen=True, tag=True, kw_only=True):
    """Common part of every message to a conversation."""


class Publish(Message, frozen=True, kw_only=True):
    """Append a message. Answer: `Published` once it is on disk.

    `html`, which must be clean already, is shown in place of the body's markdown; an empty one says that there is no
    markup, whatever characters are in the body. With `calls_bots` false no webhook is called because of it: it is
    itself what a webhook answered. `came` is when it came to its door, in seconds of trio's clock, where that is known.
    `attachments` are what `AttachmentStore.find` gave for the caller just now.
    """

    by: Caller
    cid: str
    body: str
    html: str | None = None
    calls_bots: bool = True
    reply_to: int | None = None
    attachments: list[Attachment] | None = None
    came: float = 0.0


class Edit(Message, frozen=True, kw_only=True):
    """Replace the text of an own message; `html` as in `Publish`. Answer: `Changed`."""

    by: Caller
    id: int
    body: str
    html: str | None = None


class Delete(Message, frozen=True, kw_only=True):
    """Take a message's content away. Answer: `Changed`."""

    by: Caller
    id: int


class React(Message, frozen=True, kw_only=True):
    """Put an emoji on a message or take it off. Answer: `Changed`."""

    by: Caller
    id: int
    emoji: str
    on: bool


class Advance(Message, frozen=True, kw_only=True):
    """Move the caller's read or received marker; markers never go back. No answer unless it is refused."""

    by: Caller
    received: int = 0
    read: int = 0


class Type(Message, frozen=True, kw_only=True):
    """The caller types, or stopped. No answer unless it is refused."""

    by: Caller
    on: bool


class Found(Message, frozen=True, kw_only=True):
    """Found this conversation, whose key is a fresh id. Answer: `Described`.

    For a `direct` one that exists already, `Described` is of that one.
    """

    by: Caller
    kind: ConversationKind
    name: str | None
    members: list[Who]


class Rename(Message, frozen=True, kw_only=True):
    """Give the conversation another name. Answer: `Changed`."""

    by: Caller
    name: str


class Join(Message, frozen=True, kw_only=True):
    """Become a member of an open conversation. Answer: `Changed`."""

    by: Caller


class Leave(Message, frozen=True, kw_only=True):
    """Stop being a member. Answer: `Changed`."""

    by: Caller


class AddMembers(Message, frozen=True, kw_only=True):
    """Let others in. Answer: `Changed`."""

    by: Caller
    members: list[Who]


class RemoveMembers(Message, frozen=True, kw_only=True):
    """Put others out. Answer: `Changed`."""

    by: Caller
    members: list[Who]


class Describe(Message, frozen=True, kw_only=True):
    """Ask for the summary. Answer: `Described` or `NotMember`."""

    by: Caller


NOWHERE = (-1, 0)
"""The cursor of a session that was not told where the conversation is: it gets a `reset` before anything else."""


class Subscribe(Message, frozen=True, kw_only=True):
    """Hold a session's place in the log. Answer: `Described` or `NotMember`.

    Nothing is sent to the session before its first `CatchUp`. `after` is its cursor, an `(epoch, seq)`; without one its
    place is the present end. A session that already has a place keeps it, unless it comes from `NOWHERE`.
    """

    by: Caller
    session: str
    after: tuple[int, int] | None = None


class CatchUp(Message, frozen=True, kw_only=True):
    """Send the session what it has not got, as far as its outbox takes it; it is told `CaughtUp` once it is live.

    Answer: `Done` when the message was handled, however far that led; `NotMember` when the session has no place here.
    """

    session: str


class Unsubscribe(Message, frozen=True, kw_only=True):
    """Forget the session's place."""

    session: str


class Counted(Message, frozen=True, kw_only=True):
    """The caller's unread counts, as `Described` asked for them."""

    who: Who
    count_mark: int
    counts: Counts


class Renamed(Message, frozen=True, kw_only=True):
    """A user or a bot has another name now."""

    who: Who
    name: str


class Committed(Message, frozen=True, kw_only=True):
    """Everything of `term` up to `seq` `through` is on disk, and markers up to the `SaveMarks` with number `marks`.

    Each is 0 where the commit held nothing of the kind.
    """

    term: int
    through: int
    marks: int = 0


class CommitFailed(Message, frozen=True, kw_only=True):
    """Nothing of `term` after the last `Committed` is on disk, and nothing more of that term will be.

    `conflict`: a row was refused because it is already there (a `cid`, or the members of a direct conversation).
    Otherwise the storage cannot take writes now; `retry_ms` says when to try again.
    """

    term: int
    conflict: bool
    retry_ms: int


AnyConversationMessage = (
    Publish
    | Edit
    | Delete
    | React
    | Advance
    | Type
    | Found
    | Rename
    | Join
    | Leave
    | AddMembers
    | RemoveMembers
    | Describe
    | Subscribe
    | CatchUp
    | Unsubscribe
    | Counted
    | Renamed
    | Committed
    | CommitFailed
)
