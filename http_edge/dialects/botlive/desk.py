"""What a customer says, on its way to the answer: admitted, looked at, dealt with by the order's actor."""

from __future__ import annotations

import logging

from actors.messages.order import Answered, Busy, Handle
from actors.order.ports import Admitted, Books, Shoppers
from actors.order.values import Answer, Said
from actors.ports import Clock
from actors.shop.counter import Counter
from actors.values import Who
from http_edge.dialects.botlive.errors import expected, failed
from http_edge.dialects.botlive.reading import Letter
from http_edge.dialects.botlive.sights import Sighted, Sights
from http_edge.gateway import Gateway

log = logging.getLogger("hubbub.botlive")


class Desk:
    """Deals with messages. What an actor has taken is dealt with to its end, whether somebody waits for it or not."""

    def __init__(
        self, *, counter: Counter, shoppers: Shoppers, books: Books, sights: Sights, gateway: Gateway, clock: Clock
    ) -> None:
        self._counter = counter
        self._shoppers = shoppers
        self._books = books
        self._sights = sights
        self._gateway = gateway
        self._clock = clock

    async def first(self, letter: Letter, key: str | None) -> Answer | None:
        """What was answered first under this idempotency key of the customer's. Raises `Failed`."""
        if key is None:
            return None
        finding = self._shoppers.find(letter.company_id, letter.user_id)
        shopper = expected(await self._gateway.read(finding))
        if shopper is None:
            return None
        return expected(await self._gateway.read(self._books.keyed(shopper.id, key, self._clock.now_ms())))

    async def deal(self, letter: Letter, id: str, key: str | None) -> tuple[Answer, Sighted]:
        """Have the message dealt with, durably, under this id. Raises `Failed`."""
        if letter.history_lines:
            log.info("history given", extra={"request_id": id, "lines": letter.history_lines})
        admitting = self._counter.admit(letter.company_id, letter.user_id, letter.user_name)
        admitted = expected(await self._gateway.read(admitting))
        conv = admitted.shopper.conv
        self._gateway.tell("order", conv, Busy())
        is_answered = False
        try:
            sighted = await self._look(letter, admitted)
            said = Said(id=id, text=letter.message, files=sighted.files, key=key)
            outcome = await self._gateway.ask("order", conv, Handle(said=said, seen=sighted.seen))
            is_answered = True
        finally:
            # The actor stops typing when it answers; before that there is nobody else to say so.
            if not is_answered:
                self._gateway.tell("order", conv, Busy(on=False))
        if not isinstance(outcome, Answered):
            raise failed(outcome)
        return outcome.answer, sighted

    async def _look(self, letter: Letter, admitted: Admitted) -> Sighted:
        owner = Who("user", admitted.shopper.user)
        return await self._sights.of(admitted.shop.company, letter.images, owner)
