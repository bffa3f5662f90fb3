"""A company with its customers, staff, conversations and webhooks, in virtual time.

stall = Stall()
async with stall.open():
    sophie = await stall.customer("+2250700000001", "Sophie")
    answer = await stall.says(sophie, "Bonjour")
    assert stall.bodies(sophie)[-1] == answer.response
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any

import trio
from msgspec.structs import replace

from actors.conversation import conversation_kind
from actors.messages.conversation import CommitFailed, Committed, Publish
from actors.messages.order import Answered, Handle, StaffWrote
from actors.messages.outcomes import Published
from actors.messages.webhook import Wake
from actors.order.company import Company, Product
from actors.order.facts import Seen
from actors.order.ports import ShopTarget
from actors.order.state import Order
from actors.order.values import Answer, Said, Shopper
from actors.runtime.errors import Refusal
from actors.runtime.failure import Failure
from actors.runtime.kind import Kind
from actors.runtime.system import System
from actors.shop.counter import Counter
from actors.shop.kind import order_kind
from actors.shop.waking import wake_unsaid
from actors.switchboard import Switchboard
from actors.values import Lane
from actors.webhook.inside import Inside
from actors.webhook.kind import wake_all, webhook_kind
from protocol.frames import Message
from tests.fakes.memory_botlive import MemoryBotlive
from tests.fakes.memory_chatpion import SECRET, MemoryChatPion
from tests.fakes.memory_store import MemoryStore
from tests.fakes.outbound import FakeOutbound
from tests.fakes.passwords import TrioClock
from tests.fakes.stage import NoMeters

COMPANY = Company(company_id="C", name="Chez Awa", staff=("awa",), catalogue=(Product(name="lingettes", price=5_000),))
PAID = "Transfert de 2000 FCFA vers 0700000000 réussi. Ref: ABC123456"
SHORT = "Transfert de 1500 FCFA vers 0700000000 réussi. Ref: SHORT15"


class Endpoint:
    """Where all events go."""

    async def target(self, id: int) -> ShopTarget | None:
        return ShopTarget("http://endpoint/", SECRET)


class Stall:
    """Everything. `failures` is what the runtime contained; opened again it is the next run."""

    def __init__(self, company: Company = COMPANY) -> None:
        self.company = company
        self.store = MemoryStore()
        self.clock = TrioClock()
        self.kept = MemoryBotlive(self.store, wake=self._wake)
        self.people = {name: self.kept.employ(name) for name in ("awa", "bob")}
        self.outbound = FakeOutbound()
        self.failures: list[Failure] = []
        self.switchboard = Switchboard()
        self._requests = count(1)
        self.system = self._system()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Stall]:
        """Run all of it, and go on with what is left."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self.system.run)
            await self.kept.shops.save(self.company, 0)
            await wake_all(self.store.outbox, self.system)
            await wake_unsaid(self.kept.books, self.system)
            yield self
            nursery.cancel_scope.cancel()
        assert not self.failures, [(str(f), repr(f.error)) for f in self.failures]
        self.system = self._system()

    @property
    def counter(self) -> Counter:
        """Where customers come in."""
        return Counter(
            shops=self.kept.shops,
            shoppers=self.kept.shoppers,
            library=self.store.library,
            accounts=self.store.accounts,
            refs=self.system,
            switchboard=self.switchboard,
            clock=self.clock,
        )

    async def customer(self, user_id: str, user_name: str | None = None) -> Shopper:
        """Somebody who comes in."""
        return (await self.counter.admit(self.company.company_id, user_id, user_name)).shopper

    async def listen(self, *events: str) -> None:
        """Have an endpoint for these events."""
        shop = await self.kept.shops.shop(self.company.company_id)
        assert shop is not None
        self.kept.listen(shop, *events)

    async def says(
        self, shopper: Shopper, text: str, *, id: str | None = None, seen: Sequence[Seen] = (), **more: Any
    ) -> Answer:
        """The customer writes through the API."""
        said = Said(id=id or f"r{next(self._requests)}", text=text, **more)
        answered = await self.tell(shopper, Handle(said=said, seen=tuple(seen)))
        assert isinstance(answered, Answered), answered
        return answered.answer

    async def orders(self, shopper: Shopper, *texts: str) -> Answer:
        """The customer writes all of these, and nothing else happens."""
        for text in texts:
            answer = await self.says(shopper, text)
        return answer

    async def tell(self, shopper: Shopper, message: object) -> Any:
        """Ask the customer's actor."""
        return await self.system.ref("order", shopper.conv).ask(message, timeout_s=60.0)

    async def writes(self, name: str, shopper: Shopper, body: str, *, settled: bool = True) -> Published:
        """Staff write in the room, and, when it has `settled`, whoever is to hear of it has done so."""
        message = Publish(by=self.people[name], cid=f"cid-{next(self._requests)}", body=body)
        outcome = await self.system.ref("conversation", shopper.conv).ask(message)
        assert isinstance(outcome, Published), outcome
        await trio.sleep(0.5 if settled else 0)
        return outcome

    async def wrote(self, shopper: Shopper, message: int) -> Any:
        """Tell the actor once more that something was written."""
        return await self.tell(shopper, StaffWrote(message=message))

    async def order(self, shopper: Shopper) -> Order:
        """The order as it is on disk."""
        return (await self.kept.books.customer(shopper.id)).order

    def said(self, shopper: Shopper) -> list[Message]:
        """The messages in the customer's room."""
        room = self.store.rooms.get(shopper.conv)
        assert room is not None
        return [event for event in room.log if isinstance(event, Message)]

    def bodies(self, shopper: Shopper) -> list[str]:
        """What was said there."""
        return [message.body for message in self.said(shopper)]

    def _wake(self, lane: Lane) -> None:
        self.system.ref("webhook", lane.key).tell(Wake())

    def _system(self) -> System:
        store, chatpion = self.store, MemoryChatPion(self.store, self.clock.now_ms)
        kinds: list[Kind[Any]] = [
            conversation_kind(
                log=store.log,
                library=store.library,
                switchboard=self.switchboard,
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
                outside=replace(chatpion.outside(self.outbound), shops=Endpoint()),
            ),
            order_kind(self.kept.ports(self.clock)),
        ]
        system = System(kinds, codec_check=True, on_failure=self.failures.append)
        store.report = self._report
        return system

    def _report(self, conv: int, notice: Committed | CommitFailed) -> None:
        with suppress(Refusal):  # what ends in the middle of something is told nothing any more
            self.system.ref("conversation", conv).tell(notice, urgent=True)
