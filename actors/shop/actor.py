"""The actor of one customer: hands each message to the machine, and says in the room what came of it.

Everything that counts is on disk before anybody is answered; what is in memory is what is still to be said. Messages of
one customer are dealt with one after the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Final, assert_never

import trio

from actors.faults import refusal_for
from actors.messages.conversation import Type
from actors.messages.order import (
    Answered,
    AnyOrderMessage,
    Busy,
    CancelCompleted,
    Clear,
    HandBack,
    Handle,
    Resolve,
    Resume,
    StaffWrote,
)
from actors.messages.outcomes import Done, Outcome, Refused, not_found
from actors.order.lanes import STAFF
from actors.order.ports import Decide, StaffMessage
from actors.order.values import Settled
from actors.ports import PortError
from actors.runtime.actor import Actor, Context
from actors.runtime.errors import NoSuchActor, Refusal
from actors.runtime.reply import Reply
from actors.shop import deciding
from actors.shop.ports import Scene, ShopPorts
from actors.shop.saying import Saying
from actors.values import Lane
from protocol.codes import ErrorCode
from protocol.frames import Message

DONE: Final = Done()
AT_ONCE: Final = 50
COMMANDS: Final[Mapping[str, HandBack | CancelCompleted]] = {"/reprendre": HandBack(), "/annuler": CancelCompleted()}
"""What staff write in the room for the engine, and not for the customer."""


class ShopActor(Actor[AnyOrderMessage]):
    """Answers one customer."""

    __slots__ = ("_context", "_ports", "_saying", "_scene")

    _scene: Scene

    def __init__(self, context: Context, ports: ShopPorts) -> None:
        self._context = context
        self._ports = ports
        self._saying = Saying(ports)

    async def start(self) -> None:
        """Know the customer; what an earlier life left to be said is looked for at once."""
        self._scene = await self._look()
        self._arm()

    async def receive(self, message: AnyOrderMessage, reply: Reply) -> None:
        """Do it. Whoever asked hears of it when it is on disk, or that it cannot be now."""
        try:
            outcome = await self._handle(message)
        except PortError as error:
            self._saying.doubt()
            outcome = refusal_for(error)
        if outcome is not None:
            reply.answer(outcome)
        await self._go_on()

    async def wake(self) -> None:
        """Try again what was put off."""
        await self._go_on()

    def may_sleep(self) -> bool:
        """Not while something is to be said."""
        return self._saying.idle

    async def _go_on(self) -> None:
        await self._saying.go_on(self._scene)
        self._arm()

    def _arm(self) -> None:
        due = self._saying.go_on_at
        self._context.wake_at(None if due == inf else max(due, trio.current_time()))

    async def _look(self) -> Scene:
        """The customer and the company as they are today."""
        shopper = await self._ports.shoppers.by_conversation(int(self._context.address.key))
        shop = None if shopper is None else await self._ports.shops.by_id(shopper.shop)
        if shopper is None or shop is None:
            raise NoSuchActor(self._context.address)
        return Scene(self._context, shop, shopper)

    async def _handle(self, message: AnyOrderMessage) -> Outcome | None:
        """The answer; None: nobody waits for one."""
        match message:
            case Handle():
                return await self._answer(message)
            case Busy():
                self._type(on=message.on)
                return None
            case StaffWrote():
                return await self._staff_wrote(message)
            case Resolve():
                return await self._resolve(message)
            case HandBack() | Clear() | CancelCompleted():
                return await self._order(message)
            case Resume():
                return None
            case _:
                assert_never(message)

    async def _answer(self, message: Handle) -> Answered:
        self._type(on=True)
        await self._hear_staff()
        self._scene = await self._look()
        shop, shopper = self._scene.shop, self._scene.shopper
        facts = self._ports.readers.of(shop).read(message.said.text, shopper.user_id, message.seen)
        now = self._ports.clock.now_ms()
        decide = deciding.to_answer(facts, shop.company, now)
        settled = await self._ports.books.settle(shop, shopper, message.said, decide, now)
        if not settled.answer.response:
            self._type(on=False)
        return self._answered(settled)

    async def _hear_staff(self) -> None:
        """Deal with what was written before the customer's message: the lane tells of it a moment later, in vain."""
        lane = Lane(STAFF, self._scene.shopper.conv)
        due = await self._ports.outbox.due(lane, self._ports.clock.now_ms(), AT_ONCE)
        for call in due.calls:
            await self._staff_wrote(StaffWrote(message=call.message))

    async def _staff_wrote(self, message: StaffWrote) -> Done:
        record = await self._ports.library.message(self._scene.shopper.conv, message.message)
        if record is None or self._is_customers(record.message):
            return DONE
        text = record.message.body.strip()
        if text in COMMANDS:
            return await self._order(COMMANDS[text], message=message.message)
        scene = self._scene = await self._look()
        said = StaffMessage(message.message, record.message.body, record.message.sender.name)
        await self._ports.books.heard(scene.shop, scene.shopper, said, self._ports.clock.now_ms())
        return DONE

    async def _resolve(self, message: Resolve) -> Outcome:
        intervention = await self._ports.ledger.intervention(message.intervention)
        if intervention is None or intervention.conv != self._scene.shopper.conv:
            return not_found("intervention")
        request = f"resolve-{message.intervention}-{message.action}"
        if intervention.resolved_at is not None:
            earlier = await self._ports.books.answer(request)
            return _settled_already() if earlier is None else Answered(answer=earlier)
        company, now = self._scene.shop.company, self._ports.clock.now_ms()
        decide = deciding.to_resolve(intervention.type, message, company, now)
        return await self._change(request, decide, now, note=message.note)

    async def _order(self, order: HandBack | Clear | CancelCompleted, *, message: int | None = None) -> Done:
        now = self._ports.clock.now_ms()
        # To do it again is harmless: it needs no id by which it would be known.
        request = f"{type(order).__name__}-{self._scene.shopper.conv}-{now}"
        await self._change(request, self._decide(order, now), now, message=message)
        return DONE

    def _decide(self, order: HandBack | Clear | CancelCompleted, now: int) -> Decide:
        company = self._scene.shop.company
        match order:
            case HandBack():
                return deciding.to_release
            case Clear():
                return deciding.to_clear(company, now)
            case CancelCompleted():
                return deciding.to_cancel(company, now)

    async def _change(
        self, id: str, decide: Decide, now: int, *, note: str | None = None, message: int | None = None
    ) -> Answered:
        scene = self._scene = await self._look()
        settled = await self._ports.books.change(scene.shop, scene.shopper, id, decide, now, note=note, message=message)
        return self._answered(settled)

    def _answered(self, settled: Settled) -> Answered:
        if settled.unsaid is not None:
            self._saying.put(settled.unsaid)
        return Answered(answer=settled.answer)

    def _type(self, *, on: bool) -> None:
        """Nobody loses anything if that is not shown."""
        try:
            self._context.ref("conversation", self._scene.shopper.conv).tell(Type(by=self._scene.bot, on=on))
        except Refusal:
            return

    def _is_customers(self, message: Message) -> bool:
        return (message.sender.kind, message.sender.id) == ("user", self._scene.shopper.user)


def _settled_already() -> Refused:
    return Refused(code=ErrorCode.CONFLICT, message="this intervention is settled already")
