"""Customers who write, with the machine behind them and nobody in between."""

from __future__ import annotations

from itertools import count

from actors.order.machine import advance
from actors.order.reading import Reader
from actors.order.values import Answer, Said, Shop, Shopper
from storage.botlive.assembly import Botlive
from tests.fakes.memory_botlive import MemoryBotlive

NOW = 1_700_000_000_000
"""A Tuesday evening in Abidjan: 22:13:20 on 14 November 2023."""
DAY_MS = 86_400_000


class Till:
    """`now` is what the clock shows."""

    def __init__(self, kept: Botlive | MemoryBotlive, shop: Shop) -> None:
        self.kept = kept
        self.shop = shop
        self.now = NOW
        self._numbers = count(1)

    async def customer(self, user_id: str = "1", user_name: str | None = None) -> Shopper:
        """Somebody who comes in."""
        return (await self.kept.shoppers.admit(self.shop.company.company_id, user_id, user_name, self.now)).shopper

    async def says(self, shopper: Shopper, text: str, *, id: str | None = None, key: str | None = None) -> Answer:
        """A message, dealt with."""
        company, now = self.shop.company, self.now
        facts = Reader(company).read(text, shopper.user_id)
        said = Said(id=id or f"r{next(self._numbers)}", text=text, key=key)
        settled = await self.kept.books.settle(
            self.shop, shopper, said, lambda customer, known: advance(customer, facts, company, now, known), now
        )
        return settled.answer

    async def buys(self, shopper: Shopper) -> Answer:
        """A whole order."""
        paid = f"Transfert de 2000 FCFA vers 0700000000 réussi. Ref: REF{next(self._numbers):06}"
        for text in ("lingettes", paid, "Yopougon", "0709876543"):
            answer = await self.says(shopper, text)
        return answer
