"""What the actors need from outside. Storage and hub implement these; tests use in-memory fakes.

Errors: `LogBusy` and `LogUnavailable` from `Log.submit`; readers raise `StoreUnavailable`. All carry `retry_ms`.
Cancellation: cancelling a reader's call abandons its answer; it never disturbs the database.
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from actors.bridging import Bridge
from actors.messages.changes import AnyChange
from actors.values import (
    BotData,
    BotLogin,
    BotSecrets,
    BotSeen,
    Call,
    Caller,
    CidKey,
    Command,
    CommandCounts,
    ConversationRecord,
    Counts,
    Lane,
    ManagedBot,
    MessageRecord,
    NewPerson,
    Occasion,
    Person,
    Posted,
    Put,
    Receiver,
    Verdict,
    WebSession,
    Who,
)
from protocol.codes import CloseCode
from protocol.frames import (
    Actor,
    AnyEvent,
    Attachment,
    BotView,
    Credential,
    Cursor,
    JsonReply,
    StoredMessage,
    UserView,
)

R = TypeVar("R")


class PortError(Exception):
    """A port cannot serve now. PortError → LogBusy, LogUnavailable, StoreUnavailable, PasswordsBusy."""

    def __init__(self, message: str, retry_ms: int) -> None:
        super().__init__(message)
        self.retry_ms = retry_ms


class LogBusy(PortError):
    """The writer's queue is full: try again after `retry_ms`."""


class LogUnavailable(PortError):
    """The writer is known to be unable to commit (disk full, database locked, draining)."""


class StoreUnavailable(PortError):
    """A read failed."""


class PasswordsBusy(PortError):
    """Too many passwords wait to be hashed."""


class Log(Protocol):
    """The one writer. What it has committed or failed to commit it tells each conversation as a message."""

    def submit(self, change: AnyChange) -> None:
        """Queue a change, in order, without waiting. Raises `LogBusy` or `LogUnavailable`: then it is not queued."""

    async def settled(self, conv: int) -> None:
        """Wait until no change of the conversation is under way, so that the log can be read as it will stay."""


class Page(NamedTuple):
    """Messages in ascending order, and whether there are more beyond the far end."""

    messages: list[StoredMessage]
    more: bool


class Listing(NamedTuple):
    """A page without what was deleted; `total` counts all of the conversation that was not."""

    messages: list[StoredMessage]
    more: bool
    total: int


class Library(Protocol):
    """Reads of what is committed. A `viewer` sees only what that user or bot may see; None: not visible."""

    async def conversation(self, conv: int) -> ConversationRecord | None: ...

    async def events(self, conv: int, after: int, limit: int) -> list[AnyEvent]:
        """The events after `seq` `after`, at most `limit`, in order, with today's content and names."""

    async def message(self, conv: int, message_id: int) -> MessageRecord | None: ...

    async def shown(self, viewer: Who, conv: int, message_id: int) -> StoredMessage | None:
        """The message as `history` shows it to a member; None: not there, or the viewer is not in the conversation."""

    async def cids(self, conv: int, keys: Sequence[CidKey]) -> dict[CidKey, Posted]:
        """Those of the keys that are in the log, and where."""

    async def direct(self, direct_key: str) -> int | None:
        """The direct conversation with this key."""

    async def counts(self, who: Who, upto: Sequence[tuple[int, int, int]]) -> dict[int, Counts]:
        """For each `(conv, read, head)`: what others said, and mentions of `who`, with `read < seq <= head`."""

    async def person_spoke(self, conv: int) -> int:
        """The `seq` of the last message of a user, 0 if there is none."""

    async def memberships(self, who: Who) -> list[int]:
        """The conversations that the user or bot is in, ascending."""

    async def history(
        self, viewer: Who, conv: int, *, before: int | None, after: int | None, limit: int
    ) -> Page | None: ...

    async def listing(
        self, viewer: Who, conv: int, *, before: int | None, after: int | None, limit: int
    ) -> Listing | None:
        """As `history`, for those to whom a deleted message is not there."""

    async def put_on(self, who: Who, conv: int, message_id: int) -> list[Put]:
        """What somebody put on the message of this conversation, in order."""

    async def search(self, viewer: Who, q: str, *, conv: int | None, before: int | None, limit: int) -> Page | None:
        """The nearest matches before the message id `before` (or the newest), ascending."""

    async def open_conversations(self, q: str, limit: int) -> list[ConversationRecord]:
        """Open conversations whose name contains `q`; `members` is left empty."""

    async def actors(self, whos: Iterable[Who]) -> dict[Who, Actor]:
        """Those who exist and have not been deleted, with their names; guests are not among them."""

    async def users(self, q: str, limit: int) -> list[UserView]: ...


class Accounts(Protocol):
    """Users, bots and their credentials. Every write is durable when the call returns. Raises `PortError` kinds.

    Secrets come in and go out in plain; stored are keyed hashes, and what the hub shows or uses again is sealed.
    """

    async def by_token(self, token: str) -> Caller | None:
        """Who signs in with this native token."""

    async def by_key_access(self, key: str) -> BotLogin | None:
        """The bot whose AuroriaLink key this is, character for character."""

    async def by_bot_key(self, key: str) -> BotLogin | None:
        """The bot whose Cordless key, `{bot id}-{token}`, this is."""

    async def by_bot_token(self, token: str) -> BotLogin | None:
        """The bot whose native token this is; None for a user's."""

    async def bot_token(self, bot: int) -> str | None:
        """The bot's native token, to be shown again; None for one that was not used since schema 0005."""

    async def credential_current(self, credential_id: int) -> bool:
        """Whether the credential of a `BotLogin` still holds: neither rotated nor its bot deleted."""

    async def by_username(self, username: str) -> tuple[Caller, str | None] | None:
        """The user, and the argon2id hash of the password if there is one."""

    async def caller(self, who: Who) -> Caller | None: ...

    async def password_hash(self, user: int) -> str | None:
        """The argon2id hash of the user's password, if there is one."""

    async def create_bot(
        self,
        bot: int,
        owner: Caller,
        *,
        name: str,
        webhook_url: str | None,
        avatar: str | None,
        description: str | None,
        events_url: str | None = None,
        json_reply: JsonReply = "attach",
        metadata: str | None = None,
    ) -> BotView:
        """Raises `NameTaken` when the owner has a living bot of this name. `metadata` is the JSON of an object."""

    async def bot(self, bot: int) -> BotView | None: ...

    async def bots(self, owner: int | None) -> list[BotView]:
        """The owner's bots, or all for None, by id."""

    async def update_bot(self, bot: int, changes: dict[str, str | None]) -> BotView:
        """Change what is given. Raises `NameTaken` when the owner has another living bot of this name."""

    async def delete_bot(self, bot: int) -> None:
        """End it. Raises `BotNeeded`."""

    async def rotate_bot(self, bot: int, credential: Credential) -> BotView: ...

    async def bot_secrets(self, bot: int) -> BotSecrets | None:
        """What calls to the bot's webhook carry; None for a bot that has no secrets (any more)."""

    async def rename_user(self, user: int, name: str) -> UserView: ...

    async def set_password(self, user: int, password_hash: str) -> UserView:
        """Give the user another password, and end the sessions of the web."""


class NameTaken(Exception):
    """Somebody has this already; `field` says what: `name` of a bot, `username` or `email` of a user."""

    def __init__(self, field: str) -> None:
        super().__init__(f"this {field} is taken")
        self.field = field


class BotNeeded(Exception):
    """An account of ChatPion or a company speaks by this bot: nothing was done."""


class LastAdministrator(Exception):
    """Without this user nobody would administer the hub: nothing was done."""


class PasswordChanged(Exception):
    """The password is another one than was looked at, or the reset token is used or too old: nothing was done."""


class Login(NamedTuple):
    """Who may sign in under a name, and the argon2id hash of the password if there is one."""

    person: Person
    password_hash: str | None

    def __repr__(self) -> str:
        return f"Login(person={self.person!r})"


class Departed(NamedTuple):
    """Who is gone with an account: the user under its last name, and the bots that it owned."""

    user: Caller
    bots: list[Caller]


class Census(NamedTuple):
    """How many there are."""

    users: int
    bots: int


class People(Protocol):
    """Users as they manage themselves, and bots as they are managed. Raises `PortError` kinds.

    Every write is one transaction and durable when the call returns. Raises LookupError for a user who is not there.
    """

    async def register(self, new: NewPerson) -> Person:
        """Make a user: an administrator exactly when there is no user at all. Raises `NameTaken`."""

    async def find(self, login: str) -> Login | None:
        """Who has this username or, if nobody has, this e-mail address; case does not matter."""

    async def find_address(self, email: str) -> Person | None:
        """Who has this e-mail address; case does not matter."""

    async def person(self, user: int) -> Person | None: ...

    async def everybody(self) -> list[Person]:
        """All users, by id."""

    async def like(self, part: str) -> list[Person]:
        """The users whose username or e-mail address contains this, by id; case does not matter."""

    async def change_profile(self, user: int, changes: Mapping[str, str | None]) -> Person:
        """Change some of fullname, phone, birthday and gender; None clears."""

    async def delete(self, user: int) -> Departed:
        """End the account and its bots, with all their credentials and sessions; what they said stays.

        Names and addresses are free again, ids are not. Bots that accounts speak by stay, without an owner. Raises
        `LastAdministrator`.
        """

    async def managed(self, bot: int) -> ManagedBot | None:
        """The bot, unless it was deleted."""

    async def managed_by(self, owner: int | None) -> list[ManagedBot]:
        """The owner's bots, or all for None, by id."""

    async def census(self) -> Census:
        """How many users and bots there are."""


class WebSessions(Protocol):
    """Who is signed in by a cookie, and who may set a password anew. Raises `PortError` kinds.

    A token is shown once; stored is a keyed hash. All times are the port's own clock's.
    """

    async def open(self, user: int, password_hash: str, *, instead: str | None = None) -> str:
        """Begin a session of seven days and return its token. `instead`: the token of one that ends with it.

        The user's `last_login` is now. Raises `PasswordChanged` when the password's hash is not this one any more.
        """

    async def find(self, token: str) -> WebSession | None:
        """Whose session this is."""

    async def close(self, token: str) -> None:
        """End the session, if there is one."""

    async def change_password(self, user: int, new_hash: str, *, instead_of: str | None) -> str:
        """Set another password, end all sessions of the user, and begin one whose token is returned.

        Raises `PasswordChanged` when the password's hash is not `instead_of` any more.
        """

    async def offer_reset(self, user: int) -> str:
        """Make a token that sets the user's password anew, once, within half an hour. Raises LookupError."""

    async def reset_of(self, token: str) -> int | None:
        """Whose password this reset token sets."""

    async def reset_password(self, token: str, new_hash: str) -> int:
        """Use the reset token: set the password and end all sessions and other reset tokens of the user, who is told.

        Raises `PasswordChanged` when the token is none, used or too old.
        """


class Letter(NamedTuple):
    """A link for somebody who forgot the password. The link is a secret."""

    email: str
    username: str
    link: str

    def __repr__(self) -> str:
        return "Letter(…)"


class Mailer(Protocol):
    """Brings letters to people, in its own time."""

    def post(self, letter: Letter) -> None:
        """Take a letter, at once. What cannot be brought is logged without its secret. Never blocks or raises."""


class Whereabouts(Protocol):
    """Which bots are there; `actors.attendance.Attendance` is it. Never blocks."""

    def online(self, bot: int) -> bool:
        """Whether the bot is there."""

    def last_active(self, bot: int) -> int | None:
        """When the bot was last there, ms since the epoch; None: never."""

    def seen(self, bot: int) -> None:
        """The bot's token came with a request."""


class Doorbell(Protocol):
    """Where the connections of bots are noted; `actors.attendance.Attendance` is it. Never blocks."""

    def opened(self, bot: int, line: str, sink: "CommandSink | None" = None) -> None:
        """The bot holds a connection of this name, which is never given again; `sink`: and takes commands there."""

    def closed(self, bot: int, line: str) -> None:
        """The connection has ended; one that is not known is no error."""


class Due(NamedTuple):
    """The calls of a lane whose time has come, in order; when there are none, the time of the next one, if any.

    `waiting` is how many there are, due or not.
    """

    calls: list[Call]
    next_at: int | None
    waiting: int


class Outbox(Protocol):
    """The calls of webhooks that are still to be made: the writer puts them there. Raises `StoreUnavailable`."""

    async def lanes(self) -> list[Lane]:
        """Where something waits."""

    async def due(self, lane: Lane, now: int, limit: int) -> Due:
        """What is to be done by `now`, in ms since the epoch, at most `limit` calls."""

    async def receiver(self, lane: Lane) -> Receiver | None:
        """Where calls of the lane go; None: nowhere any more."""

    async def occasion(self, lane: Lane, call: Call) -> Occasion | None:
        """What the call tells of; None: that was deleted."""

    async def record(self, lane: Lane, call: Call, verdict: Verdict) -> None:
        """Note an attempt's outcome, durably. Repeating it is harmless."""

    async def trim(self, lane: Lane, *, waiting: int, ended: int) -> int:
        """Keep the newest `ended` outcomes; give up the oldest calls beyond `waiting`, and say how many."""


class Addresses(Protocol):
    """Which lanes lead somewhere, as of the last change of a bot. Never blocks."""

    @property
    def receivers(self) -> frozenset[int]:
        """The bots that any lane leads to. Most bots have none, and a room may have many."""

    @property
    def speakers(self) -> frozenset[int]:
        """The bots that speak for accounts of ChatPion."""

    @property
    def shops(self) -> frozenset[int]:
        """The bots that speak for companies of Botlive."""

    def lead(self, lane: Lane) -> bool:
        """Whether calls of the lane have somewhere to go."""


class OutboundError(Exception):
    """A call of another server failed.

    OutboundError          broken off, or no HTTP
    ├── Unreachable        refused, reset, or the name does not resolve
    ├── TlsFailed          no handshake, or a certificate that does not hold
    ├── TookTooLong        to connect, to send the next piece, or in all
    ├── TooLarge           more than the cap
    └── NotAllowed         the address or the URL is not one that the hub calls
    """


class Unreachable(OutboundError):
    """The server refused, went away, or its name does not resolve."""


class TlsFailed(OutboundError):
    """There was no TLS handshake, or the certificate does not hold."""


class TookTooLong(OutboundError):
    """The server took too long to take the connection, to send the next piece, or in all."""


class TooLarge(OutboundError):
    """The answer is larger than the cap, as it was sent or once it is decompressed."""


class NotAllowed(OutboundError):
    """It is no URL, or one that leads to an address that the hub does not call."""


class OutboundAnswer(Protocol):
    """What another server answered. Redirects are answers like any other."""

    @property
    def status(self) -> int: ...

    @property
    def content_type(self) -> str | None:
        """As it was sent."""

    def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body, decompressed, piece by piece, once; to be closed. Raises `OutboundError`."""


class Outbound(Protocol):
    """Calls of servers that are not ours."""

    def get(self, url: str, headers: Mapping[str, str]) -> AbstractAsyncContextManager[OutboundAnswer]:
        """Ask for what is there. As `post` otherwise."""

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AbstractAsyncContextManager[OutboundAnswer]:
        """Send a request. Raises `OutboundError`. The connection ends with the block; so does its deadline."""


class FileTooLarge(Exception):
    """The file is longer than the store takes; nothing of it is kept."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a file may have {limit} bytes at most")
        self.limit = limit


class StoredFile(Protocol):
    """A file that somebody may read. Its content never changes; `digest` is its SHA-256 in hexadecimal."""

    @property
    def attachment(self) -> Attachment: ...

    @property
    def digest(self) -> str: ...

    @property
    def saved_at(self) -> int:
        """When it was uploaded, in ms since the epoch."""

    def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to and without `stop`, piece by piece. Raises `StoreUnavailable`."""


class AttachmentStore(Protocol):
    """Where files are kept that messages carry. Raises `StoreUnavailable`."""

    async def save(
        self, chunks: AsyncIterable[bytes], *, name: str, content_type: str | None, owner: Who
    ) -> Attachment:
        """Keep what the chunks make, durably, for its owner to attach. It is never in memory as a whole.

        The answer's `name` is a safe form of `name`, its `content_type` is what the bytes are: the one given only tells
        kinds of text apart. Raises `FileTooLarge`; what `chunks` raises, is raised. Then, and when it is cancelled,
        nothing is kept, and `chunks` is left where it is, for the caller to close. A file that no message carries
        within a day is gone.
        """

    async def find(self, owner: Who, ids: Sequence[int]) -> list[Attachment]:
        """The owner's uploads that a message may carry now, each once, in the order given; others are left out."""

    async def open(self, viewer: Who, id: int) -> StoredFile | None:
        """The file for whoever uploaded it, and for members of a conversation where a message carries it; else None."""


class Grant(NamedTuple):
    """What a link allows: to read the attachment `id`, as far as `viewer` may, until `expires`, s since the epoch."""

    id: int
    viewer: Who
    expires: int


class LinkSigner(Protocol):
    """Signs links to attachments with a key that nobody else has. Never blocks."""

    def sign(self, grant: Grant) -> str:
        """The signature of a link that stands for the grant, URL-safe."""

    def holds(self, grant: Grant, signature: str) -> bool:
        """Whether the signature is that of the grant. Whether it has expired is not looked at."""


class Views(Protocol):
    """How far users have got in the AuroriaLink view. Raises `StoreUnavailable`."""

    async def resume(self, user: int, since: int) -> list[Cursor]:
        """Where the user's view goes on, in each conversation that the user is in, under its epoch of today.

        That is behind what `save` was told. In other conversations it is behind what was said before the view's first
        moment, the `since` (ms since the epoch) of the user's first call, which is kept durably; and not before the
        event that let the user in.
        """

    async def save(self, user: int, positions: Mapping[int, int]) -> None:
        """Keep, durably, up to which `seq` of each conversation the user has everything. None of them goes back."""


class Passwords(Protocol):
    """argon2id behind a limiter, off the event loop. Raises `PasswordsBusy` when too many wait."""

    async def hash(self, password: str) -> str: ...

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password; takes the same time when there is no hash to compare with."""


class Clock(Protocol):
    """Wall time; monotonic time is trio's."""

    def now_ms(self) -> int:
        """Milliseconds since the epoch, UTC, never less than the last answer."""


class Numbers(Protocol):
    """Fresh ids, each greater than every one before it, and terms for the log."""

    def message(self) -> int: ...

    def conversation(self) -> int: ...

    def bot(self) -> int: ...

    def term(self) -> int: ...


Stage = Literal["receive", "conversation", "commit", "fanout", "socket", "total"]
"""Of the way of a message."""


class Meters(Protocol):
    """Where conversations count what they do. Every call is cheap and never raises."""

    def published(self, count: int) -> None:
        """So many messages were committed."""

    def delivered(self, count: int) -> None:
        """So many event frames were handed to outboxes."""

    def waited(self, stage: Stage, seconds: float, count: int) -> None:
        """How long so many messages took in this stage, all of them together. See `actors.conversation.timing`."""


class CallMeters(Protocol):
    """Where webhooks count what they do. Every call is cheap and never raises."""

    def waiting(self, lane: Lane, count: int) -> None:
        """So many calls of the lane wait now."""

    def attempted(self, kind: str, outcome: str, seconds: float) -> None:
        """One call was attempted: `ok`, `status` for an HTTP error, or the kind of failure."""

    def given_up(self, kind: str, count: int) -> None:
        """So many calls will not be attempted any more."""


class Feed(Protocol):
    """Where people watch live what their bots do (Socket.IO). No call blocks or raises.

    A socket belongs to whoever it signed in as: a user, by a cookie or by a native token, or a bot.
    """

    def emit(self, event: str, payload: dict[str, Any], *, bot: int, owner: int | None, to_bot: bool = False) -> None:
        """Show an event of the bot to its owner and to administrators; `to_bot`: to the bot's own sockets too.

        `payload` is plain JSON and is encoded here and now, once for all. Who does not keep up is disconnected.
        """

    def disconnect_user(self, user: int) -> None:
        """End every socket of the user: the account is gone."""

    def disconnect_cookies(self, user: int) -> None:
        """End the sockets that the user opened by a cookie, whichever: the password has changed."""

    def disconnect_session(self, session_id: str) -> None:
        """End the sockets that were opened by this one session's cookie: it was signed out."""

    def disconnect_bot(self, bot: int) -> None:
        """End every socket of the bot: it is gone, or its token has changed."""

    def sessions(self, user: int | None) -> int:
        """How many sockets are connected: those of the user, or all for None."""


class Lease(NamedTuple):
    """Commands that were just handed out, in order.

    `more`: there are others that nobody holds. `ends_at`: when the first of the bot's running leases ends, ms since the
    epoch; None: none runs.
    """

    commands: list[Command]
    more: bool
    ends_at: int | None


class Acknowledged(NamedTuple):
    """A command that is done; `first`: it was not before this acknowledgement, which is the one that counts."""

    command: Command
    first: bool


class Commands(Protocol):
    """The queues of all bots: first in, first out. Every write is durable when the call returns.

    All that changes the queue of one bot comes from its actor, one call after the other. Raises `StoreUnavailable`:
    then nothing was written. Times are ms since the epoch.
    """

    async def queue(self, command: Command, limit: int) -> Literal["queued", "known", "full", "no bot"]:
        """Put a command at the end, unless the bot is gone, has `limit` pending ones, or had one of this id."""

    async def lease(self, bot: int, *, now: int, until: int, limit: int, holder: str | None = None) -> Lease:
        """Hand out the oldest commands that nobody holds at `now`, `limit` at most; they are held `until` then.

        With a `holder`, which is a session of the bot, it is given so many that it holds `limit` in all.
        """

    async def give_back(self, bot: int, holder: str, ids: Sequence[str] | None = None) -> int:
        """End the leases of a holder, of these commands or all for None, and return how many that were."""

    async def acknowledge(
        self, bot: int, id: str, *, status: Literal["completed", "failed"], result: Any, now: int
    ) -> Acknowledged | None:
        """Note what became of a command, held or not, unless that is known already. None: the bot has no such one."""

    async def command(self, id: str) -> Command | None: ...

    async def waiting(self, bot: int, *, now: int, limit: int) -> list[Command]:
        """What a lease would hand out at `now`."""

    async def newest(self, bots: Sequence[int] | None, limit: int) -> list[Command]:
        """The newest commands of these bots, or of all for None, the newest first."""

    async def counts(self, bots: Sequence[int] | None) -> CommandCounts:
        """How many commands these bots have, or all for None."""

    async def types(self, bot: int) -> dict[str, int]:
        """How many commands of each type the bot ever had."""

    def ascending(self, bot: int, limit: int) -> AsyncGenerator[list[Command], None]:
        """The newest `limit` commands of the bot, the oldest first, page by page; to be closed."""


class Records(Protocol[R]):
    """What bots report, of one kind, kept up to a count for each bot and to an age. Raises `StoreUnavailable`.

    `bots` are those whose records are meant, None all.
    """

    async def add(self, bot: int, records: Sequence[R]) -> bool:
        """Keep these of one bot, durably, all or none. False: the bot is gone."""

    async def newest(self, bots: Sequence[int] | None, limit: int) -> list[R]:
        """The newest ones, the newest first."""

    def ascending(self, bots: Sequence[int] | None, limit: int) -> AsyncGenerator[list[R], None]:
        """The newest `limit` ones, the oldest first, page by page; to be closed."""

    async def count(self, bots: Sequence[int] | None) -> int:
        """How many are kept."""


class BotFiles(Protocol):
    """What bots hand over as a whole, the last time only. Raises `StoreUnavailable`."""

    async def keep(self, bot: int, kept: BotData) -> bool:
        """Replace what is kept, durably. False: the bot is gone."""

    async def kept(self, bot: int) -> BotData | None: ...


class CommandSink(Protocol):
    """The way to one session or socket of a bot that wants its commands pushed."""

    def push(self, command: Command) -> bool:
        """Send it. False: there is no room, and nothing was sent. Never blocks or raises."""


class Presences(Protocol):
    """Which bots were there, over restarts. Raises `StoreUnavailable`."""

    async def all(self) -> list[BotSeen]:
        """What was last saved of every bot that ever showed itself."""

    async def save(self, seen: BotSeen) -> None:
        """Keep a bot's presence, durably. One that is gone is no error."""


class SettingsTooLarge(Exception):
    """The settings would be longer than they may be; nothing was changed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the settings may have {limit} bytes at most")
        self.limit = limit


class BotSettings(Protocol):
    """What people set a bot to: a JSON object. Raises `StoreUnavailable`."""

    async def settings(self, bot: int) -> dict[str, Any] | None:
        """All of a bot's settings; None: there is no such bot."""

    async def change(
        self, bot: int, changes: Mapping[str, Any], limit: int, bridges: Sequence[Bridge] | None = None
    ) -> dict[str, Any] | None:
        """Set these keys, take those away that are None, durably, and return the whole; None: there is no such bot.

        `bridges` replace those that the bot had, None leaves them; `Addresses` knows them when the call returns.
        Raises `SettingsTooLarge` when the whole would be more than `limit` bytes.
        """


class Bridges(Protocol):
    """Which threads are one with which conversations. Raises `StoreUnavailable`."""

    async def bridge(self, bot: int, conv: int) -> Bridge | None:
        """The bot's bridge to the conversation."""


class CommandMeters(Protocol):
    """Where bots count what becomes of their commands. Every call is cheap and never raises."""

    def commands(self, event: str, count: int = 1) -> None:
        """So many were `queued`, `polled`, `pushed`, `returned` by a session that ended, `completed` or `failed`."""


class Gate(Protocol):
    """What a session may do to its own connection."""

    def close(self, code: CloseCode, reason: str) -> None:
        """End the connection after its outbox is flushed, or abort it at the close deadline. Never blocks."""
