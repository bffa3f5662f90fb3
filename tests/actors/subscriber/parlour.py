"""Subscribers, conversations, webhooks and fetchers over a store in memory; servers elsewhere are scripted.

parlour = Parlour()
account = parlour.chatpion.account()
anna = parlour.chatpion.subscriber(account)
async with parlour.open():
    letter = await parlour.send(anna, "Hello!")
    assert parlour.bodies(anna) == ["Hello!"]
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import trio
import trio.testing

from actors.chatpion.values import Letter, Subscriber
from actors.conversation import conversation_kind
from actors.messages.conversation import Advance, Publish
from actors.messages.outcomes import Published
from actors.messages.subscriber import LetterSaved, Send
from actors.runtime.failure import Failure
from actors.runtime.kind import Kind
from actors.runtime.system import System
from actors.subscriber.fetching import fetcher_kind
from actors.subscriber.kind import subscriber_kind
from actors.subscriber.waking import wake_unfinished
from actors.switchboard import Switchboard
from actors.values import Caller, Who
from actors.webhook.inside import Inside
from actors.webhook.kind import wake_all, webhook_kind
from protocol.frames import Message
from tests.fakes.memory_chatpion import MemoryChatPion
from tests.fakes.memory_store import MemoryStore
from tests.fakes.outbound import FakeOutbound
from tests.fakes.passwords import TrioClock
from tests.fakes.stage import NoMeters


class Parlour:
    """Everything. `revoked` is whose sessions were ended, `failures` what the runtime contained."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.clock = TrioClock()
        self.chatpion = MemoryChatPion(self.store, self.clock.now_ms)
        self.outbound = FakeOutbound()
        self.files = FakeOutbound()
        self.revoked: list[Who] = []
        self.failures: list[Failure] = []
        self.system = self._system()
        self._cids = count(1)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Parlour"]:
        """Run all of it, and go on with what is left; opened again it is the next run."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.system.run)
            await wake_all(self.store.outbox, self.system)
            await wake_unfinished(self.chatpion.letters, self.system)
            yield self
            nursery.cancel_scope.cancel()
        assert not self.failures, [(str(f), repr(f.error)) for f in self.failures]
        self.system = self._system()

    def revoke(self, who: Who) -> None:
        """The `Revoker` port."""
        self.revoked.append(who)

    async def tell(self, to: Subscriber, message: object, *, timeout_s: float = 60.0) -> Any:
        """Ask the subscriber's actor."""
        return await self.system.ref("subscriber", to.conv).ask(message, timeout_s=timeout_s)

    async def send(self, to: Subscriber, text: str, **more: Any) -> Letter:
        """Send it something that is settled at once."""
        saved = await self.tell(to, Send(text=text, **more))
        assert isinstance(saved, LetterSaved), saved
        return saved.letter

    async def mark(self, subscriber: Subscriber, *, received: int = 0, read: int = 0, by: int | None = None) -> None:
        """A device of a member acknowledges."""
        who = self._caller(subscriber.user if by is None else by)
        advance = Advance(by=who, received=received, read=read)
        self.system.ref("conversation", subscriber.conv).tell(advance)
        await trio.sleep(0.5)

    async def says(self, subscriber: Subscriber, body: str, *, by: int | None = None) -> Published:
        """A member writes."""
        who = self._caller(subscriber.user if by is None else by)
        message = Publish(by=who, cid=f"cid-{next(self._cids)}", body=body)
        outcome = await self.system.ref("conversation", subscriber.conv).ask(message)
        assert isinstance(outcome, Published), outcome
        await trio.sleep(0.5)
        return outcome

    def more_kinds(self) -> list[Kind[Any]]:
        """What else is there, for a parlour with more in it."""
        return []

    def bodies(self, subscriber: Subscriber) -> list[str]:
        """What was said in the conversation."""
        return [message.body for message in self.said(subscriber)]

    def said(self, subscriber: Subscriber) -> list[Message]:
        """The messages in the conversation."""
        room = self.store.rooms.get(subscriber.conv)
        assert room is not None
        return [event for event in room.log if isinstance(event, Message)]

    def states(self) -> list[str]:
        """The states of all letters, by id."""
        return [letter.state for letter in self.chatpion.letters.rows.values()]

    def _caller(self, user: int) -> Caller:
        found = self.store.accounts.living(Who("user", user))
        assert found is not None
        return found

    def _system(self) -> System:
        store = self.store
        kinds: list[Kind[Any]] = [
            conversation_kind(
                log=store.log,
                library=store.library,
                switchboard=Switchboard(),
                clock=self.clock,
                numbers=store.numbers,
                meters=NoMeters(),
                addresses=store.accounts,
            ),
            webhook_kind(
                outbox=store.outbox,
                outbound=self.outbound,
                attachments=store.attachments,
                clock=self.clock,
                meters=NoMeters(),
                retry_s=(5.0, 30.0),
                inside=Inside(library=store.library, bridges=store.bot_settings, base_url="https://hub.example"),
                outside=self.chatpion.outside(self.outbound),
            ),
            subscriber_kind(self.chatpion.ports(self, self.clock)),
            fetcher_kind(outbound=self.files, attachments=store.attachments),
            *self.more_kinds(),
        ]
        system = System(kinds, codec_check=True, on_failure=self.failures.append)
        store.report = lambda conv, notice: system.ref("conversation", conv).tell(notice, urgent=True)
        return system
