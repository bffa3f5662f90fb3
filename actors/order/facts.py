"""What one message says, as far as an order is concerned. Nothing here depends on what was said before."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from actors.order.choosing import Choice
from actors.order.company import Zone
from actors.order.payments import Evidence
from actors.order.products import Item

Intent = Literal["cancel", "restart", "person", "greeting", "yes", "no"]
Sight = Literal["product", "receipt", "blurred", "unsure", "broken", "unread"]


class Seen(Struct, frozen=True, kw_only=True):
    """What a recogniser made of one image.

    `product` and `receipt` are sure. `blurred`: a receipt whose amount or reference cannot be read; `unsure`: neither a
    product nor a receipt for certain; `broken`: no image, or not to be had; `unread`: there is nobody to read receipts.
    """

    sight: Sight
    product: str | None = None
    evidence: Evidence | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """All of it. `pick` is a lone small number: the answer to a list of choices."""

    item: Choice[Item] = Choice()
    zone: Choice[Zone] = Choice()
    phone: Choice[str] = Choice()
    has_unclear_phone: bool = False
    evidence: tuple[Evidence, ...] = ()
    claims_payment: bool = False
    takes_back: bool = False
    intents: frozenset[Intent] = frozenset()
    pick: int | None = None
    has_words: bool = False
    seen: tuple[Seen, ...] = ()
