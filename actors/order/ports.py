"""What companies and their orders need of the world: storage implements it in `storage.botlive`, all but
`Recogniser` and `Gallery`, which are in `hub.vision`.

Every write is one transaction and on disk when the call returns. All raise the `PortError` kinds of `actors.ports`:
then nothing was written. Cancelling a call abandons its answer only. Times are ms since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from actors.order.company import Company
from actors.order.effects import Outcome
from actors.order.facts import Seen
from actors.order.state import Customer
from actors.order.turn import Known
from actors.order.values import (
    ActiveOrders,
    Activity,
    Answer,
    Intervention,
    Range,
    Said,
    Settled,
    Shop,
    ShopEvent,
    ShopHook,
    Shopper,
    Statistics,
    Unsaid,
)

Decide = Callable[[Customer, Known], Outcome]
"""The machine with all that it needs but the customer's state. It is called in the transaction: quick, and pure."""


class Recogniser(Protocol):
    """What sees products and receipts in images."""

    async def look(self, company: Company, images: Sequence[bytes]) -> list[Seen]:
        """Say of each image what it is, in order. Never raises: what cannot be decoded is `broken`."""


class Picture(NamedTuple):
    """An image as it was fetched; its type is what it says of itself, not what the server said."""

    data: bytes
    content_type: str


class Gallery(Protocol):
    """Where images are fetched from."""

    async def fetch(self, urls: Sequence[str]) -> list[Picture | None]:
        """Return what is there, in order, within 10 s. Never raises: what cannot be had, or is no image, is None."""


class Shops(Protocol):
    """The companies."""

    async def shop(self, company_id: str) -> Shop | None:
        """The company; None: nobody has set it up, and no customer has written to it."""

    async def by_id(self, id: int) -> Shop | None:
        """The company with the hub's own number for it."""

    async def save(self, company: Company, now: int) -> Shop:
        """Have these settings, with a new company and its bot if there is none. Raises `UnknownStaff`, `NoSuchPhoto`.

        Staff who come or go do so in rooms that there are by `actors.shop.staff.spread`, in the rooms to come at once.
        """

    async def settings(self, company_id: str) -> Company | None:
        """The settings as they are kept: photos by the SHA-256 of what is in them."""

    async def rooms(self, shop: int) -> list[int]:
        """The conversations of its customers, ascending."""


class UnknownStaff(Exception):
    """No user has this name: nothing was written. `place` counts in `staff`."""

    def __init__(self, place: int, name: str) -> None:
        super().__init__(f"there is no user {name!r}")
        self.place = place


class NoSuchPhoto(Exception):
    """There is no file with this SHA-256: nothing was written."""

    def __init__(self, digest: str) -> None:
        super().__init__(f"there is no photo {digest!r}")
        self.digest = digest


class Admitted(NamedTuple):
    """A customer, and the company; `is_new`: the room was founded by this call; `is_renamed`: by another name."""

    shop: Shop
    shopper: Shopper
    is_new: bool
    is_renamed: bool = False


class Shoppers(Protocol):
    """The customers."""

    async def admit(self, company_id: str, user_id: str, user_name: str | None, now: int) -> Admitted:
        """Have the customer, with its user and its room; and the company, with the defaults, if there is none.

        A name that is given replaces the one that is known; a room keeps its name.
        """

    async def by_conversation(self, conv: int) -> Shopper | None:
        """Whose room this is."""

    async def find(self, company_id: str, user_id: str) -> Shopper | None:
        """The customer; None: it never wrote to the company."""

    async def of_user(self, user_id: str) -> list[Shopper]:
        """The customers of all companies that have this `user_id`."""


class Books(Protocol):
    """What becomes of orders. State, activity, interventions, figures, events and the answer are one transaction."""

    async def customer(self, shopper: int) -> Customer:
        """The state as it is on disk; an empty one for a customer that never wrote."""

    async def settle(self, shop: Shop, shopper: Shopper, said: Said, decide: Decide, now: int) -> Settled:
        """Deal with a message of the customer, once: the same `id`, or `key` within a day, gets the first answer."""

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
        """Do what staff want, once for each `id` under which something was said. It is no message of the customer's.

        `note` is kept with the interventions that are settled by it. What stands in the room as `message` is done once
        too, and not after what was written later.
        """

    async def heard(self, shop: Shop, shopper: Shopper, message: StaffMessage, now: int) -> None:
        """Staff have written: the engine waits, for so long as the company says; once for each message."""

    async def unsaid(self, shopper: int) -> list[Unsaid]:
        """What is still to be said in the room, in order."""

    async def said(self, shopper: int, id: str) -> None:
        """It stands in the room."""

    async def unfinished(self, after: int, limit: int) -> list[int]:
        """The conversations behind `after` in which something is still to be said, ascending."""

    async def answer(self, id: str) -> Answer | None:
        """The answer to the request of this id, for whoever did not get all of it."""

    async def keyed(self, shopper: int, key: str, now: int) -> Answer | None:
        """The answer of the last day under this idempotency key."""


class StaffMessage(NamedTuple):
    """Something that a member of the staff wrote in a room."""

    id: int
    text: str
    staff: str


class Ledger(Protocol):
    """What companies are shown. Of a company that there is not: nothing, and zeros."""

    async def statistics(self, company_id: str, range: Range, now: int) -> Statistics:
        """The day, ISO week or month of the company in which `now` is, and the one before."""

    async def active(self, company_id: str, limit: int) -> ActiveOrders:
        """The active orders, the one that changed last first."""

    async def interventions(self, company_id: str) -> list[Intervention]:
        """The open ones, the newest first."""

    async def intervention(self, id: int) -> Intervention | None:
        """One, open or resolved."""

    async def activity(self, company_id: str, limit: int) -> list[Activity]:
        """What happened, the newest first."""


class RegisteredHook(NamedTuple):
    """An endpoint and its secret, which is shown each time it is registered."""

    hook: ShopHook
    secret: str

    def __repr__(self) -> str:
        return f"RegisteredHook(hook={self.hook!r})"


class ShopTarget(NamedTuple):
    """Where events go, and what they are signed with."""

    url: str
    secret: str

    def __repr__(self) -> str:
        return f"ShopTarget(url={self.url!r})"


class ShopHooks(Protocol):
    """Where events of companies go. Secrets are sealed."""

    async def register(self, company_id: str, *, url: str, events: Sequence[ShopEvent], now: int) -> RegisteredHook:
        """Have the endpoint: one that the company has keeps its id and secret. A company that is none is made."""

    async def hooks(self, company_id: str) -> list[ShopHook]:
        """Those of the company, by id."""

    async def delete(self, id: int, now: int) -> bool:
        """End it. What waits for it finds no target, and ends too. False: there is none."""

    async def target(self, id: int) -> ShopTarget | None:
        """Where its events go today; None: nowhere any more, or its secret went with its master key."""

    async def by_url(self, url: str) -> ShopTarget | None:
        """Any registered endpoint at this URL: the first one that there is."""
