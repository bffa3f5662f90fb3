"""What the actors of orders need of the world."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from actors.order.ports import Books, Ledger, Shoppers, Shops
from actors.order.reading import Reader
from actors.order.values import Shop, Shopper
from actors.ports import AttachmentStore, Clock, Library, Outbox
from actors.runtime.actor import Context
from actors.values import Caller


class Readers:
    """Who reads messages to each company: made once for its settings of today."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: dict[int, tuple[int, Reader]] = {}

    def of(self, shop: Shop) -> Reader:
        """The reader of a company."""
        version, reader = self._made.get(shop.id, (0, None))
        if reader is None or version != shop.version:
            reader = Reader(shop.company)
            self._made[shop.id] = (shop.version, reader)
        return reader


class ShopPorts(Struct, frozen=True, kw_only=True):
    """One for all orders."""

    shops: Shops
    shoppers: Shoppers
    books: Books
    ledger: Ledger
    library: Library
    outbox: Outbox
    attachments: AttachmentStore
    clock: Clock
    readers: Readers


class Scene(NamedTuple):
    """One customer as things stand, and the company that it speaks to."""

    context: Context
    shop: Shop
    shopper: Shopper

    @property
    def bot(self) -> Caller:
        """Who answers."""
        return Caller("bot", self.shop.bot, self.shop.bot_name, "bot")

    @property
    def guest(self) -> Caller:
        """Who the customer is in the room."""
        return Caller("user", self.shopper.user, self.shopper.guest_name, "guest")
