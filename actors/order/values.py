"""Companies and their customers as they are kept. Times are ms since the epoch, ids are the hub's own sequences."""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from actors.order.company import Company
from actors.order.effects import ActivityType
from actors.order.state import IssueType, Order, Step
from actors.order.status import OrderStatus
from actors.values import display_name

ShopEvent = Literal["order_completed", "payment_validated", "intervention_required", "staff_message"]
DOCUMENTED: Final[tuple[ShopEvent, ...]] = ("order_completed", "payment_validated", "intervention_required")
"""The events that an endpoint gets which names none. `staff_message` is for those that name it."""
Range = Literal["today", "week", "month"]


class Shop(Struct, frozen=True, kw_only=True):
    """A company with its place in the hub: `bot` speaks in the rooms of all its customers, under its name.

    `version` grows with each change of the settings. Photos in the catalogue are paths of files that are there.
    """

    id: int
    bot: int
    version: int
    company: Company

    @property
    def bot_name(self) -> str:
        """What the bot is called in rooms."""
        return display_name(self.company.name, "shop")


class Shopper(Struct, frozen=True, kw_only=True):
    """One customer of a company: `user` is who it is in its room `conv`, where all others are the bot and staff."""

    id: int
    shop: int
    user_id: str
    user_name: str | None
    conv: int
    user: int

    @property
    def shown_name(self) -> str:
        """What programs are shown."""
        return self.user_name or self.user_id

    @property
    def guest_name(self) -> str:
        """What it is called in its room."""
        return display_name(self.user_name, "") or display_name(self.user_id, "") or "client"


class Said(Struct, frozen=True, kw_only=True):
    """What a customer said, as it is to stand in the room; `files` are uploads of its user. `id` is the request's.

    `key` is an idempotency key: with the same one within a day it is the same message.
    """

    id: str
    text: str
    files: tuple[int, ...] = ()
    key: str | None = None


class Answer(Struct, frozen=True, kw_only=True):
    """What became of a message, as it is on disk. `response` may be empty: a person has the room."""

    id: str
    at: int
    response: str
    order_status: OrderStatus
    next_step: Step


class Unsaid(Struct, frozen=True, kw_only=True):
    """What is on disk and still to be said in a room: the customer's message, if there is one, then the response."""

    id: str
    text: str | None
    files: tuple[int, ...]
    response: str


class Settled(Struct, frozen=True, kw_only=True):
    """A message's answer, which may be that of an earlier time, and what is to be said because of it, if it is new."""

    answer: Answer
    unsaid: Unsaid | None


class ActiveOrder(Struct, frozen=True, kw_only=True):
    """An order of which something is known and something is not."""

    user_id: str
    user_name: str
    order: Order


class ActiveOrders(Struct, frozen=True, kw_only=True):
    """The ones changed last, in the currency of the company, and how many there are in all."""

    orders: tuple[ActiveOrder, ...] = ()
    total: int = 0
    currency: str = ""


class Intervention(Struct, frozen=True, kw_only=True):
    """Something that staff have to settle. `message` is the short text, `detail` the long one.

    `note` is what whoever settled it had to say.
    """

    id: int
    user_id: str
    conv: int
    type: IssueType
    message: str
    detail: str
    order_status: OrderStatus
    created_at: int
    resolved_at: int | None = None
    note: str | None = None


class Activity(Struct, frozen=True, kw_only=True):
    """Something that happened to an order."""

    type: ActivityType
    client: str
    product: str | None
    at: int


class Figures(Struct, frozen=True, kw_only=True):
    """What one period came to: turnover, orders completed, and customers who wrote."""

    turnover: int = 0
    orders: int = 0
    clients: int = 0


class Statistics(Struct, frozen=True, kw_only=True):
    """A period so far, the whole one before it, and what is open now."""

    now: Figures = Figures()
    before: Figures = Figures()
    interventions: int = 0


class ShopHook(Struct, frozen=True, kw_only=True):
    """Where a company's events go."""

    id: int
    company_id: str
    url: str
    events: tuple[ShopEvent, ...]
    created_at: int
