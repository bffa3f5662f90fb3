"""What subscribers need of the world."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from msgspec import Struct

from actors.chatpion.ports import Letters, NewReply
from actors.chatpion.values import Account, Letter, SocialAccount, Subscriber
from actors.messages.outcomes import Outcome
from actors.messages.subscriber import Fetched
from actors.ports import AttachmentStore, Clock, Library
from actors.runtime.actor import Context
from actors.values import Caller, Who


class Owners(Protocol):
    """Whose subscribers they are; `actors.chatpion.ports.Tenants` knows."""

    async def account(self, id: int) -> Account | None: ...


class Addressees(Protocol):
    """As much of `actors.chatpion.ports.Subscribers` as their actors need."""

    async def by_conversation(self, conv: int) -> Subscriber | None: ...

    async def subscriber(self, account: int, id: int) -> Subscriber | None: ...

    async def delete(self, account: int, id: int, now: int) -> Subscriber | None: ...


class Connections(Protocol):
    """By what platforms are reached; `actors.chatpion.ports.SocialAccounts` knows."""

    async def active(self, account: int, platform: str) -> SocialAccount | None: ...


class Revoker(Protocol):
    """Ends live sessions."""

    def revoke(self, who: Who) -> None: ...


class Scene(NamedTuple):
    """One subscriber in one life of its actor, and the bot that speaks to it."""

    context: Context
    subscriber: Subscriber
    bot: Caller


class Turn(NamedTuple):
    """What a flow has done, in one transaction: letters that it queued, in order, and what is to be answered.

    The answer is given once all of them were said, or have failed.
    """

    letters: Sequence[Letter] = ()
    outcome: Outcome | None = None


class Flows(Protocol):
    """The flow that leads the conversation with one subscriber, if any does. Raises `PortError` kinds.

    Each call is one transaction at most: what it queues (`storage.chatpion.steps`, `queue`), sets and waits for is on
    disk together. A call that fails has done nothing and is made again.
    """

    async def start(self) -> Turn:
        """A life of the actor begins: go on with what was missed."""

    async def heard(self, reply: NewReply) -> Turn:
        """The subscriber has spoken: note it (`Steps.hear`) and go on. What was noted before changes nothing."""

    async def begin(self, flow: int) -> Turn:
        """Start this flow, which ends another. The outcome is `FlowStarted` or `Refused`."""

    async def due(self) -> Turn:
        """A time that stands in the agenda has come."""

    async def fetched(self, answer: Fetched) -> Turn:
        """A webhook node has its answer. Told again it changes nothing."""

    async def let_in(self, run: str) -> Turn:
        """Those whom a run wanted are in the conversation. Told again it changes nothing."""

    async def release(self) -> Turn:
        """People who took over hand back, if any did. The outcome is `Done`."""

    async def members_left(self) -> Turn:
        """Somebody left the conversation: perhaps the last of those who took over."""

    async def end(self) -> None:
        """The subscriber is deleted: what runs has ended, silently."""


class SubscriberPorts(Struct, frozen=True, kw_only=True):
    """One for all subscribers. `platforms` are those that a connector leads to; `public_url` is where the hub is."""

    owners: Owners
    subscribers: Addressees
    connections: Connections
    letters: Letters
    library: Library
    attachments: AttachmentStore
    revoker: Revoker
    clock: Clock
    flows: Callable[[Scene], Flows]
    platforms: frozenset[str]
    public_url: str
