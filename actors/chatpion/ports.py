"""What ChatPion's accounts need of storage: one protocol a noun, implemented in `storage.chatpion`.

Every write is one transaction and on disk when the call returns. All raise the `PortError` kinds of `actors.ports`:
then nothing was written. Cancelling a call abandons its answer only. What is asked for with an `account` is never
another account's: that is as absent as what does not exist. Times are ms since the epoch.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple, Protocol

from msgspec import UNSET, Struct, UnsetType

from actors.chatpion.analytics import Dashboard, Span
from actors.chatpion.broadcasting import Wish
from actors.chatpion.limits import Allowed, Limits, Refused
from actors.chatpion.links import Link
from actors.chatpion.values import (
    Account,
    ApiKey,
    Broadcast,
    Direction,
    Event,
    EventHook,
    FlowRecord,
    FlowStatus,
    Item,
    Letter,
    LetterState,
    LetterType,
    SocialAccount,
    SocialSecrets,
    SocialStatus,
    Subscriber,
)


class Tenants(Protocol):
    """The accounts."""

    async def account(self, id: int) -> Account | None: ...

    async def by_name(self, name: str) -> Account | None: ...

    async def accounts(self) -> list[Account]:
        """All, by id."""

    async def create(
        self, *, name: str, email: str | None = None, plan: str = "free", owner: int | None = None
    ) -> Account:
        """Make an account and its bot, which has its name and, if a user is given, that owner. Raises `NameTaken`."""


class KeyLogin(NamedTuple):
    """A key that was presented, and whose it is."""

    key: ApiKey
    account: Account


class MadeKey(NamedTuple):
    """A new key. The secret is shown this once."""

    key: ApiKey
    secret: str

    def __repr__(self) -> str:
        return f"MadeKey(key={self.key!r})"


class Keys(Protocol):
    """The keys of accounts. Stored are keyed hashes."""

    async def login(self, secret: str) -> KeyLogin | None:
        """Whose key this is; None for one that is none or was revoked."""

    async def create(self, account: int, *, name: str, scopes: Sequence[str]) -> MadeKey:
        """Make a key. Raises `NameTaken` when the account has a living one of this name."""

    async def revoke(self, account: int, name: str) -> bool:
        """End the living key of this name; False: there is none."""

    async def keys(self, account: int) -> list[ApiKey]:
        """All of the account, the revoked too, by id."""


class Limiter(Protocol):
    """How often keys may be used; outlives restarts. Each request is counted once, whatever becomes of it."""

    limits: Limits

    async def take(self, key: int, now: int) -> Allowed | Refused:
        """Count a request, if there is room for it. It is not on disk yet: `keep` it while the request is served."""

    async def keep(self, key: int) -> None:
        """Return once every request of the key that was taken before is on disk: only then it may be answered."""


class SocialAccounts(Protocol):
    """Connections to platforms. Secrets are sealed, each for its row."""

    async def list(
        self, account: int, *, platform: str | None = None, status: SocialStatus | None = None
    ) -> list[SocialAccount]:
        """Those of the account, by id."""

    async def connect(
        self, account: int, *, platform: str, name: str | None, url: str | None, secrets: SocialSecrets, now: int
    ) -> SocialAccount: ...

    async def social_account(self, id: int) -> SocialAccount | None:
        """One of whatever account: for what comes from the platform."""

    async def active(self, account: int, platform: str) -> SocialAccount | None:
        """The one that messages to this platform go by: the active one with the highest id."""

    async def secrets(self, id: int) -> SocialSecrets | None: ...


class NewSubscriber(Struct, frozen=True, kw_only=True):
    """What an upsert gives. None: not given."""

    platform: str
    platform_id: str
    name: str | None = None
    email: str | None = None
    tags: tuple[str, ...] = ()


class SubscriberChanges(Struct, frozen=True, kw_only=True):
    """What an update gives; what is not given stays. Tags and fields replace."""

    name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    fields: Mapping[str, Any] | UnsetType = UNSET


class Saved(NamedTuple):
    """A subscriber as it is on disk now, and what became of it."""

    subscriber: Subscriber
    change: Literal["created", "updated", "unchanged"]


class SubscriberPage(NamedTuple):
    """A page by ascending id; `total` counts all that match."""

    total: int
    subscribers: list[Subscriber]


class Subscribers(Protocol):
    """Those whom accounts write to. What is deleted is absent, where it is not said otherwise."""

    async def upsert(self, account: Account, new: NewSubscriber, now: int) -> Saved:
        """Have a subscriber. A new one has its guest user and its conversation with the account's bot at once.

        Of one who is there, name and e-mail are replaced if given, and tags are appended.
        """

    async def subscriber(self, account: int, id: int) -> Subscriber | None: ...

    async def known(self, account: int, platform: str, platform_id: str) -> Subscriber | None: ...

    async def by_conversation(self, conv: int) -> Subscriber | None:
        """Whose conversation this is, of whatever account, deleted or not."""

    async def page(
        self, account: int, *, page: int, limit: int, platform: str | None = None, tag: str | None = None
    ) -> SubscriberPage: ...

    async def update(self, account: int, id: int, changes: SubscriberChanges, now: int) -> Saved | None: ...

    async def delete(self, account: int, id: int, now: int) -> Subscriber | None:
        """End it, and what its guest user signs in with; None: there is none. Its messages stay.

        Live sessions of the user are left to whoever calls this: `Doorman.revoke`.
        """

    async def issue_token(self, account: int, id: int) -> str | None:
        """Make a further native token of its guest user; None: there is no such subscriber."""


class Agenda(Protocol):
    """What waits for its time. One item at most for each kind and key.

    Items are planned and dropped in the transactions of what they belong to, see `storage.chatpion.agenda`.
    """

    async def due(self, after: Item | None, now: int, limit: int) -> tuple[list[Item], int | None]:
        """What is due at `now` behind `after`, at most `limit`, in order; and the first time after `now`."""

    async def left(self, items: Sequence[Item]) -> list[Item]:
        """Those of these that are still planned for just that time."""


class NewLetter(Struct, frozen=True, kw_only=True):
    """Something to be said to a subscriber. With an `error` it has failed before anything was tried.

    `attachment` without a `file` is a URL that is fetched before it is said. `at` is when it was asked for. `links` are
    those in the body that lead through the hub.
    """

    account: int
    subscriber: int
    platform: str
    at: int
    text: str
    body: str
    type: LetterType = "text"
    attachment: str | None = None
    file: int | None = None
    error: str | None = None
    broadcast: int | None = None
    flow: int | None = None
    links: tuple[Link, ...] = ()


class NewReply(Struct, frozen=True, kw_only=True):
    """Something that a subscriber said: message `message` of its conversation, at `seq`."""

    account: int
    subscriber: int
    platform: str
    at: int
    text: str
    seq: int
    message: int
    type: LetterType = "text"
    file: int | None = None


class LetterPage(NamedTuple):
    """A page by ascending id; `total` counts all that match."""

    total: int
    letters: list[Letter]


class Unfinished(NamedTuple):
    """A subscriber with messages to be said, or whose marks are ahead of what its messages tell."""

    conv: int
    user: int
    received: int
    read: int


class Standing(NamedTuple):
    """What is to be said to a subscriber, in order; and its marks, where they say more than its messages tell."""

    queued: list[Letter]
    received: int = 0
    read: int = 0


class Letters(Protocol):
    """What is said to subscribers and by them.

    Each step of a message is taken once, in one transaction with its events and what is counted of it; to ask for a
    step again is harmless. In others' transactions: `storage.chatpion.letters`, `queue` and `hear`.
    """

    async def queue(self, new: NewLetter) -> Letter:
        """Have it said, or failed."""

    async def queue_once(self, new: NewLetter, broadcast: int) -> Letter | None:
        """The same of a broadcast, in the transaction that takes the subscriber out of its audience.

        The letter that the subscriber has of it already is returned instead. None: it is not being sent now, or not to
        this subscriber.
        """

    async def standing(self, subscriber: int) -> Standing:
        """What is left to be done for a subscriber."""

    async def attached(self, letter: int, file: int) -> None:
        """Its attachment was fetched, and is this upload of the account's bot."""

    async def sent(self, letter: int, *, seq: int, message: int, at: int) -> Letter:
        """It is in its conversation, there. For a platform elsewhere it waits from now on for its connector."""

    async def fail(self, letter: int, error: str, at: int) -> Letter:
        """It will not reach anybody. One that was delivered has not failed any more."""

    async def mark(self, subscriber: int, *, received: int, read: int, at: int) -> list[Letter]:
        """Up to these `seq`s all of the subscriber's is delivered or read. Returns what is new of that, in order."""

    async def told(self, letter: int, state: Literal["delivered", "read"], at: int) -> Letter | None:
        """It is delivered, or read, which is both. None: there is no such message."""

    async def hear(self, new: NewReply) -> Letter | None:
        """Note a reply, and count it. None: that was done before."""

    async def letter(self, account: int, id: int) -> Letter | None:
        """One that was said, or failed."""

    async def page(
        self,
        account: int,
        *,
        page: int,
        limit: int,
        subscriber: int | None = None,
        state: LetterState | None = None,
        direction: Direction | None = "out",
    ) -> LetterPage:
        """Those that were said or failed; of both directions for None."""

    async def unfinished(self, after: int, limit: int) -> list[Unfinished]:
        """Where something is left to be done from an earlier run, by ascending conversation behind `after`."""


class MadeHook(NamedTuple):
    """A new endpoint. The secret is shown this once."""

    hook: EventHook
    secret: str

    def __repr__(self) -> str:
        return f"MadeHook(hook={self.hook!r})"


class Target(NamedTuple):
    """Where events go, and what they are signed with."""

    url: str
    secret: str

    def __repr__(self) -> str:
        return "Target(…)"


class Hooks(Protocol):
    """Where events of accounts go. In others' transactions: `storage.chatpion.hooks`, `post`. Secrets are sealed."""

    async def create(self, account: int, *, url: str, events: Sequence[Event | Literal["*"]], now: int) -> MadeHook: ...

    async def hooks(self, account: int) -> list[EventHook]:
        """Those of the account, by id."""

    async def delete(self, account: int, id: int, now: int) -> bool:
        """End it, with what waits for it; False: there is none."""

    async def target(self, id: int) -> Target | None:
        """Where its events go today; None: nowhere any more."""


class Analytics(Protocol):
    """What dashboards show. Counted in the transactions of what is counted, see `storage.chatpion.tallies`."""

    async def dashboard(self, account: int, asked: Span, platform: str | None, now: int) -> Dashboard:
        """Count what happened in this span, on one platform or on all for None."""


class Links(Protocol):
    """Links that lead through the hub. They are kept with the text that they stand in, see `storage.chatpion.links`."""

    async def url(self, token: str) -> str | None:
        """Where a link leads; None: there is no such link."""

    async def clicked(self, token: str, now: int) -> None:
        """Count a click."""


class NewFlow(Struct, frozen=True, kw_only=True):
    """A flow that was found right. `definition` is JSON as it was given."""

    name: str
    description: str | None
    status: FlowStatus
    definition: Mapping[str, Any]


class FlowPage(NamedTuple):
    """A page by ascending id; `total` counts all that match."""

    total: int
    flows: list[FlowRecord]


class Flows(Protocol):
    """The flows of accounts. What is saved anew is another version; those who are in an earlier one finish on it."""

    async def flow(self, account: int, id: int) -> FlowRecord | None:
        """As it was saved last."""

    async def page(self, account: int, *, page: int, limit: int, status: FlowStatus | None = None) -> FlowPage: ...

    async def create(self, account: int, new: NewFlow, now: int) -> FlowRecord: ...

    async def replace(self, account: int, id: int, new: NewFlow, now: int) -> FlowRecord | None:
        """Have another version of it; None: there is none."""

    async def delete(self, account: int, id: int, now: int) -> bool:
        """Delete it, and end it for everybody who is in it; False: there is none."""


class NewBroadcast(Struct, frozen=True, kw_only=True):
    """One message to many. `target` and `schedule` are as they were given, and were found right.

    `target` may have `tags`, of which a subscriber has one at least, and `platforms`, of which it is on one; a list
    that is absent, null or empty restricts nothing.
    """

    account: int
    name: str
    text: str
    type: LetterType = "text"
    attachment: str | None = None
    file: int | None = None
    personalize: bool = False
    track_links: bool = False
    target: Mapping[str, Any] | None = None
    schedule: Mapping[str, Any] | None = None
    due_at: int


class BroadcastPage(NamedTuple):
    """A page by ascending id; `total` counts all that match."""

    total: int
    broadcasts: list[Broadcast]


class Addressee(NamedTuple):
    """Somebody who is still to get a broadcast, and the conversation that the actor of it has as its key."""

    subscriber: int
    conv: int


class Broadcasts(Protocol):
    """Messages to many. Each step is taken once, in one transaction with its event and its place in the agenda.

    `sent` and `failed` are counted from the messages that there are; once a broadcast is completed they stay.
    """

    async def create(self, new: NewBroadcast, now: int) -> Broadcast:
        """Have one, which stands in the agenda for the time at which it is due."""

    async def broadcast(self, account: int, id: int) -> Broadcast | None: ...

    async def page(self, account: int, *, page: int, limit: int) -> BroadcastPage: ...

    async def known(self, id: int) -> Broadcast | None:
        """One of whatever account: for its actor."""

    async def begin(self, id: int, now: int) -> Broadcast:
        """Start it, if it is scheduled and due: its audience is fixed, and `broadcast.started` told."""

    async def move(self, id: int, wish: Wish, now: int) -> Broadcast | None:
        """Pause, resume or cancel it; None: as it stands, it cannot. What has come true already changes nothing."""

    async def attached(self, id: int, file: int) -> Broadcast:
        """Its attachment was fetched, and is this upload of the account's bot."""

    async def audience(self, id: int, after: int, limit: int) -> list[Addressee]:
        """Who is still to get it, by ascending subscriber behind `after`."""

    async def fail(self, id: int, error: str, now: int, limit: int) -> int:
        """Let it fail for the next ones of its audience, and return for how many it has."""

    async def complete(self, id: int, now: int) -> Broadcast:
        """End it, if it is started and everybody has it or will not: `broadcast.completed` is told."""


class Circumstances(NamedTuple):
    """In which a flow takes a step. `obstacle` is why nothing can be said, if so; links lead through `public_url`."""

    at: int
    obstacle: str | None
    public_url: str


class Led(NamedTuple):
    """What came of a step: the letters that it queued, in order, and whether the flow goes on.

    `inactive`: the flow may not be started. `fault` is why it ended, if it could not go on.
    """

    letters: tuple[Letter, ...] = ()
    running: bool = False
    started_at: int = 0
    inactive: bool = False
    fault: str | None = None


class Handed(NamedTuple):
    """Persons have the conversation; `there`: they were let in already."""

    run: str
    there: bool


class Leading(Protocol):
    """The flows that lead conversations. Each call is one transaction, and told again it changes nothing more."""

    async def begin(self, subscriber: int, flow: int, now: Circumstances) -> Led | None:
        """Start a flow of the subscriber's account, which ends another. None: there is none."""

    async def heard(self, reply: NewReply, now: Circumstances) -> Led:
        """Note what the subscriber said; it leads its flow on, or starts one by a keyword."""

    async def due(self, subscriber: int, now: Circumstances) -> Led:
        """A time that stands in the agenda has come."""

    async def answered(self, subscriber: int, run: str, number: int, *, ok: bool, json: Any, now: Circumstances) -> Led:
        """Call `number` of a run has ended."""

    async def released(self, subscriber: int, now: Circumstances) -> Led:
        """Those who had the conversation hand it back."""

    async def let_in(self, subscriber: int, run: str) -> None:
        """Those whom the run wanted are in the conversation."""

    async def handed(self, subscriber: int) -> Handed | None:
        """Whether persons have the conversation, by the flow's will."""

    async def end(self, subscriber: int, now: int) -> None:
        """End what runs, silently."""
