"""Small frozen values that every actor kind speaks in: who, where, and what is stored.

No I/O, no clock. Names of people are display names; ids are what counts.
"""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

from msgspec import Struct

from protocol.codes import MAX_NAME_CHARS
from protocol.frames import Actor, ActorKind, Attachment, ConversationKind, Message, Role


class Who(NamedTuple):
    """The identity of a user or a bot: the key of every table of people."""

    kind: ActorKind
    id: int


HubRole = Literal["admin", "user", "guest", "bot"]
"""A guest is a user who sees one conversation, and nobody but those who are in it with it."""


def direct_key(members: Iterable[Who]) -> str:
    """What the one direct conversation of these members is found by; their order and repetitions do not matter."""
    names = ",".join(f"{who.kind}:{who.id}" for who in sorted(set(members)))
    # A set of members may be long; an index entry must not be.
    return sha256(names.encode()).hexdigest()


def attachment(id: int, name: str, content_type: str, size: int) -> Attachment:
    """A stored file as frames show it, with the path under which it is read."""
    return Attachment(id, name, content_type, size, f"/attachments/{id}/{quote(name, safe='')}")


class Caller(Struct, frozen=True):
    """A signed-in user or bot: on whose behalf a message was sent."""

    kind: ActorKind
    id: int
    name: str
    role: HubRole

    @property
    def who(self) -> Who:
        """The identity without the name."""
        return Who(self.kind, self.id)

    @property
    def actor(self) -> Actor:
        """What frames show of the caller."""
        return Actor(self.kind, self.id, self.name)

    @property
    def is_guest(self) -> bool:
        """Whether the caller sees one conversation only."""
        return self.role == "guest"

    @property
    def rules_hub(self) -> bool:
        """Whether the caller administers the hub."""
        return self.role == "admin"


def user_role(stored: str | None) -> HubRole:
    """The role of a user, as it is stored."""
    return "admin" if stored == "admin" else "guest" if stored == "guest" else "user"


class BotLogin(Struct, frozen=True):
    """A bot, and the credential that it came in by: a rotated one has another id, and no id is ever given twice."""

    caller: Caller
    credential_id: int


class BotSecrets(Struct, frozen=True):
    """What the hub itself shows or uses of a bot's secrets. Neither belongs into a log."""

    bot_key: str | None
    """None for a key that was not used since schema 0001, which held its hash only."""
    webhook_secret: str | None
    """None when it was sealed under a master key that was given up, until it is rotated."""

    def __repr__(self) -> str:
        return "BotSecrets(…)"


class Member(Struct, frozen=True):
    """One row of a conversation's membership; `read` and `received` are `seq` markers."""

    actor: Actor
    role: Role
    read: int = 0
    received: int = 0

    @property
    def who(self) -> Who:
        """The identity without the name."""
        return Who(self.actor.kind, self.actor.id)


class ConversationRecord(Struct, frozen=True):
    """What the database knows of a conversation and its actor needs to begin; `head` is the last `seq`."""

    id: int
    kind: ConversationKind
    name: str | None
    epoch: int
    head: int
    members: list[Member]


class CidKey(NamedTuple):
    """What makes a message the same message: its sender and the sender's id for it."""

    who: Who
    cid: str


class Posted(Struct, frozen=True):
    """Where a message stands in its log: what its sender is told."""

    seq: int
    id: int
    at: int


class Counts(Struct, frozen=True):
    """Messages of others, and mentions, after a member's read marker."""

    unread: int
    mentions: int


class Mark(Struct, frozen=True):
    """How far a member has read and received; both only ever grow."""

    who: Who
    read: int
    received: int


class Put(NamedTuple):
    """An emoji that somebody put on a message, by the `seq` and the time of the event that did."""

    seq: int
    emoji: str
    at: int


class MessageRecord(Struct, frozen=True):
    """A stored message with today's content, and what was put on it."""

    message: Message
    reactions: list[tuple[Who, str]]


class Lane(NamedTuple):
    """All calls of one kind to one receiver. The receiver is a bot, of all the kinds there are."""

    kind: str
    receiver: int

    @property
    def key(self) -> str:
        """The key of the lane's actor."""
        return f"{self.kind}:{self.receiver}"

    @classmethod
    def of(cls, key: str) -> "Lane":
        """The lane with this key. Raises ValueError for what is none."""
        kind, _, receiver = key.rpartition(":")
        return cls(kind, int(receiver))


class Call(Struct, frozen=True):
    """One call of a webhook that waits in the outbox, under an id that never changes.

    `attempts` are those whose outcome was recorded; one that a crash cut off is not among them. `body` is what is to be
    said, for a call that no message causes.
    """

    id: str
    conv: int
    message: int
    attempts: int
    created_at: int
    body: str | None = None


class Occasion(Struct, frozen=True):
    """What a call tells of: the message with today's content, and where it was said.

    `room_name` is the conversation's name; of a direct one, which has none, the names of its members but the receiver.
    """

    message: Message
    room_name: str
    room_kind: ConversationKind


class Receiver(Struct, frozen=True):
    """Where the calls of a lane go today. Neither `secret` nor `bot_key` belongs into a log."""

    bot: Caller
    url: str
    secret: str | None
    bot_key: str | None
    ignores_json: bool

    def __repr__(self) -> str:
        return f"Receiver(bot={self.bot!r})"


class Verdict(Struct, frozen=True):
    """What became of an attempt. A call that is `pending` is tried again at `next_at`, in ms since the epoch."""

    state: Literal["pending", "done", "dead"]
    outcome: str
    next_at: int = 0


CommandStatus = Literal["pending", "completed", "failed"]


class Command(Struct, frozen=True, kw_only=True):
    """Something that a bot is to do, under an id that nobody can guess.

    One that is leased is as `pending` as one that waits: whose it is at the moment is nobody's business but its bot's.
    `payload` and `result` are plain JSON. `completed_at` and `result` are None until it is acknowledged.
    """

    id: str
    bot: int
    type: str
    payload: dict[str, Any]
    created_at: int
    status: CommandStatus = "pending"
    completed_at: int | None = None
    result: Any = None


class BotLog(Struct, frozen=True, kw_only=True):
    """A line that a bot wrote; `at` is the hub's time, ms since the epoch."""

    bot: int
    at: int
    type: str
    message: str
    metadata: dict[str, Any]


class BotMessage(Struct, frozen=True, kw_only=True):
    """What somebody said to a bot elsewhere, or the bot itself, as it tells; `at` is the hub's time, as above."""

    bot: int
    at: int
    message: str
    author_id: str | None
    author_name: str | None
    thread_id: str | None
    thread_type: Literal["GROUP", "USER"]
    metadata: dict[str, Any]


class BotData(Struct, frozen=True):
    """What a bot last handed over to be kept, and when, in ms since the epoch."""

    data: dict[str, Any]
    updated_at: int


class CommandCounts(Struct, frozen=True):
    """How many commands there are; leased ones are `pending`."""

    pending: int = 0
    completed: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.pending + self.completed + self.failed


class BotSeen(Struct, frozen=True):
    """What is known of a bot's presence: whether it was last told to be online, and when it was last heard of (ms)."""

    bot: int
    online: bool
    last_active: int


class Person(Struct, frozen=True):
    """A user with everything that Bot Manager keeps of one; None for what was never given. Times in ms."""

    id: int
    username: str
    role: HubRole
    created_at: int
    email: str | None = None
    fullname: str | None = None
    phone: str | None = None
    birthday: str | None = None
    gender: str | None = None
    last_login: int | None = None

    @property
    def who(self) -> Who:
        """The identity alone."""
        return Who("user", self.id)

    @property
    def caller(self) -> Caller:
        """The user as everybody else sees it."""
        return Caller("user", self.id, display_name(self.fullname, self.username), self.role)

    def __repr__(self) -> str:
        # Without what is nobody's business: tracebacks end in logs.
        return f"Person(id={self.id})"


class NewPerson(Struct, frozen=True):
    """Somebody who registers. `password_hash` is argon2id's."""

    username: str
    email: str
    password_hash: str
    fullname: str | None = None

    def __repr__(self) -> str:
        return "NewPerson(…)"


class ManagedBot(Struct, frozen=True):
    """A bot as those see it who manage it; `owner` is a user's id, `created_at` in ms since the epoch."""

    id: int
    name: str
    owner: int | None
    created_at: int
    metadata: dict[str, Any]


class WebSession(Struct, frozen=True):
    """A session of somebody who signed in with a cookie, until `expires_at`, in ms. `id` is no secret."""

    id: str
    caller: Caller
    expires_at: int


def display_name(fullname: str | None, username: str) -> str:
    """What everybody calls a user: the full name, if there is anything printable in it."""
    shown = "".join(char for char in fullname or "" if char.isprintable()).strip()
    return shown[:MAX_NAME_CHARS] or username
