"""What a conversation's actor holds in memory during one life: all of it can be had from the log again."""

from dataclasses import dataclass
from math import inf

import msgspec

from actors.conversation.allowance import Allowance
from actors.conversation.calls import Calls
from actors.conversation.cids import Cids
from actors.conversation.known import Known
from actors.conversation.markup import Markup
from actors.conversation.mentions import Mentions
from actors.conversation.pending import Pending
from actors.conversation.receipts import Receipts
from actors.conversation.recent import Recent
from actors.conversation.state import State, identities
from actors.conversation.timing import Timing
from actors.conversation.typists import Typists
from actors.conversation.unread import Unread
from actors.ports import Addresses, Clock, Library, Log, Meters, Numbers
from actors.switchboard import Switchboard
from actors.values import Who
from protocol.frames import Actor, AnyEvent, Members


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds and times of conversations; `_s` seconds, `_ms` milliseconds, `_bytes` bytes, the rest counts.

    `replay_events`: what a session may have missed and still gets; `recent_bytes` bounds what of it is in memory.
    `pending_rows`, `pending_bytes`: what may be on its way to the disk before publishers are told `busy`.
    `members_shown`: a summary names the members of conversations up to this size.
    """

    replay_events: int = 500
    recent_bytes: int = 2_097_152
    coalesce_ms: float = 5.0
    longest_pause_ms: float = 200.0
    mailbox_limit: int = 1_024
    idle_after_s: float = 60.0
    pending_rows: int = 1_000
    pending_bytes: int = 4_194_304
    cids: int = 1_000
    known_messages: int = 200
    members_shown: int = 100
    ephemera_ms: float = 100.0
    save_marks_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What conversations need of the world: ports, the switchboard of this process, what sending may take of it."""

    log: Log
    library: Library
    switchboard: Switchboard
    clock: Clock
    numbers: Numbers
    meters: Meters
    addresses: Addresses
    sending: Allowance


class Agenda:
    """What is to be done when, in seconds of trio's clock; `inf`: nothing of the kind."""

    __slots__ = ("ephemera", "flush", "marks", "retry", "typing")

    def __init__(self) -> None:
        self.flush = self.ephemera = self.marks = self.typing = self.retry = inf

    @property
    def next(self) -> float:
        """When the first of it is due."""
        return min(self.flush, self.ephemera, self.marks, self.typing, self.retry)


class Core:
    """The parts of one conversation.

    `term` is the reign in the log. `unflushed` is committed and not shown yet, in order.
    """

    __slots__ = (
        "_mentions",
        "agenda",
        "calls",
        "cids",
        "conv",
        "known",
        "markup",
        "pending",
        "receipts",
        "recent",
        "services",
        "settings",
        "state",
        "term",
        "timing",
        "typists",
        "unflushed",
        "unread",
    )

    def __init__(self, conv: int, state: State, services: Services, settings: Settings, markup: Markup) -> None:
        self.conv = conv
        self.state = state
        self.services = services
        self.settings = settings
        self.markup = markup
        self.term = services.numbers.term()
        self.pending = Pending(settings.pending_rows, settings.pending_bytes)
        self.recent = Recent(settings.replay_events, settings.recent_bytes)
        self.cids = Cids(settings.cids)
        self.known = Known(settings.known_messages)
        # Counts that were asked for in an earlier life must not be taken for an answer in this one.
        self.unread = Unread(self.term << 20)
        self.receipts = Receipts()
        self.typists = Typists()
        self.calls = Calls(state, services.addresses, services.library.person_spoke)
        self.agenda = Agenda()
        self.unflushed: list[AnyEvent] = []
        self.timing = Timing(services.meters)
        self._mentions: Mentions | None = None

    def mentioned(self, text: str) -> list[Actor] | None:
        """Those whom a text mentions."""
        if "@" not in text:
            return None
        if self._mentions is None:
            self._mentions = Mentions(seat.actor for seat in self.state.seats.values())
        return self._mentions.find(text)

    def moved(self, event: Members) -> None:
        """Somebody came or went."""
        self._mentions = None
        self.calls.moved()
        for who in identities(event.removed):
            self.typists.stopped(who)
            self.receipts.forget(who)
            self.unread.forget(who)

    def renamed(self, who: Who, name: str) -> None:
        """Somebody has another name now."""
        self._mentions = None
        self.state.rename_actor(who, name)
        # A replay shows today's names: let the database tell it.
        self.recent.clear()

    def actor(self, who: Who, otherwise: Actor) -> Actor:
        """Who acts, by today's name; whoever is no member by the name they came with."""
        return self.state.actor(who) or otherwise
