"""What becomes of orders: implements `actors.order.ports.Books`.

The machine decides inside the transaction, in the writing connection's thread: so a payment is known to all orders of a
company at once, and a message that comes twice finds its answer. Raises `StoreUnavailable`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from actors.order.effects import Outcome
from actors.order.machine import hold, release
from actors.order.ports import Decide, StaffMessage
from actors.order.speech import speak
from actors.order.state import Customer
from actors.order.values import Answer, Said, Settled, Shop, Shopper, Unsaid
from storage.botlive.answer_rows import AnswerRows
from storage.botlive.journal import Journal, Occasion
from storage.botlive.shopper_rows import ShopperRows, Standing
from storage.bridge import Bridge
from storage.database import Database
from storage.together import Together

T = TypeVar("T")

MINUTE_MS: Final = 60_000


class Books:
    """The `Books` port on a database."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        together: Together,
        shoppers: ShopperRows,
        answers: AnswerRows,
        journal: Journal,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._together = together
        self._shoppers = shoppers
        self._answers = answers
        self._journal = journal

    async def customer(self, shopper: int) -> Customer:
        """The state as it is on disk."""
        return (await self._look(lambda raw: self._shoppers.standing(raw, shopper))).customer

    async def settle(self, shop: Shop, shopper: Shopper, said: Said, decide: Decide, now: int) -> Settled:
        """Deal with a message of the customer, once: the same `id`, or `key` within a day, gets the first answer."""
        on = Occasion(shop, shopper, now)

        def work(raw: sqlite3.Connection) -> Settled:
            earlier = self._earlier(raw, shopper, said, now)
            if earlier is not None:
                return Settled(answer=earlier, unsaid=None)
            self._journal.wrote(raw, on)
            return self._decided(raw, on, said.id, said, decide)

        return await self._write(work)

    async def change(
        self,
        shop: Shop,
        shopper: Shopper,
        id: str,
        decide: Decide,
        now: int,
        *,
        note: str | None = None,
        message: int | None = None,
    ) -> Settled:
        """Do what staff want, once for each `id` under which something was said, and for each `message`."""
        on = Occasion(shop, shopper, now, note)

        def work(raw: sqlite3.Connection) -> Settled:
            earlier = self._answers.known(raw, id)
            if earlier is not None:
                return Settled(answer=earlier, unsaid=None)
            return self._decided(raw, on, id, None, self._once(raw, on, message, decide))

        return await self._write(work)

    async def heard(self, shop: Shop, shopper: Shopper, message: StaffMessage, now: int) -> None:
        """Staff have written: the engine waits, for so long as the company says; once for each message."""
        on = Occasion(shop, shopper, now)
        until = now + shop.company.handover_minutes * MINUTE_MS

        def work(raw: sqlite3.Connection) -> None:
            standing = self._shoppers.standing(raw, shopper.id)
            if message.id > standing.staff_message:
                held = Standing(hold(_woken(standing, now)), until, message.id)
                self._shoppers.stand(raw, shopper.id, held)
                self._journal.record(raw, on, Outcome(held.customer))
                self._journal.staff_wrote(raw, on, message)

        await self._write(work)

    async def unsaid(self, shopper: int) -> list[Unsaid]:
        """What is still to be said in the room, in order."""
        return await self._look(lambda raw: self._answers.unsaid(raw, shopper))

    async def said(self, shopper: int, id: str) -> None:
        """It stands in the room."""
        await self._write(lambda raw: self._answers.said(raw, id))

    async def unfinished(self, after: int, limit: int) -> list[int]:
        """The conversations behind `after` in which something is still to be said, ascending."""
        return await self._look(lambda raw: self._answers.rooms(raw, after, limit))

    async def answer(self, id: str) -> Answer | None:
        """The answer to the request of this id."""
        return await self._look(lambda raw: self._answers.known(raw, id))

    async def keyed(self, shopper: int, key: str, now: int) -> Answer | None:
        """The answer of the last day under this idempotency key."""
        return await self._look(lambda raw: self._answers.keyed(raw, shopper, key, now))

    def _once(self, raw: sqlite3.Connection, on: Occasion, message: int | None, decide: Decide) -> Decide:
        """What to do, unless this message of staff was dealt with: then nothing."""
        if message is None:
            return decide
        standing = self._shoppers.standing(raw, on.shopper.id)
        if message <= standing.staff_message:
            return lambda customer, _: Outcome(customer)
        self._shoppers.stand(raw, on.shopper.id, standing._replace(staff_message=message))
        return decide

    def _earlier(self, raw: sqlite3.Connection, shopper: Shopper, said: Said, now: int) -> Answer | None:
        known = self._answers.known(raw, said.id)
        if known is None and said.key is not None:
            known = self._answers.keyed(raw, shopper.id, said.key, now)
        return known

    def _decided(self, raw: sqlite3.Connection, on: Occasion, id: str, said: Said | None, decide: Decide) -> Settled:
        standing = self._shoppers.standing(raw, on.shopper.id)
        outcome = decide(_woken(standing, on.at), partial(self._journal.is_known, raw, on.shop))
        until = standing.held_until if outcome.customer.held else None
        self._shoppers.stand(raw, on.shopper.id, standing._replace(customer=outcome.customer, held_until=until))
        self._journal.record(raw, on, outcome)
        answer = _answer(on, id, outcome)
        if said is None and not answer.response:
            return Settled(answer=answer, unsaid=None)
        return Settled(answer=answer, unsaid=self._answers.add(raw, on.shopper.id, answer, said))

    async def _look(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._database.look(work))

    async def _write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await self._bridge.call(lambda: self._together.write(work))


def _woken(standing: Standing, now: int) -> Customer:
    """Whoever has the room and has not written for so long has handed it back."""
    is_over = standing.held_until is not None and standing.held_until <= now
    return release(standing.customer) if is_over else standing.customer


def _answer(on: Occasion, id: str, outcome: Outcome) -> Answer:
    order = outcome.customer.order
    response = speak(outcome.lines, order, on.shop.company)
    return Answer(id=id, at=on.at, response=response, order_status=on.status(outcome), next_step=order.step)
