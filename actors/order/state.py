"""What there is to know of one customer of one company. Frozen, and JSON by msgspec: this is what is stored."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

Source = Literal["VISION", "MESSAGE"]
Field = Literal["produit", "paiement", "zone", "numero"]
Step = Literal["produit", "paiement", "zone", "numero", "completed"]
IssueType = Literal["payment_issue", "product_needed", "person_wanted"]


class Chosen(Struct, frozen=True, kw_only=True):
    """The product of an order, with the price of the day on which it was chosen."""

    name: str
    quantity: int = 1
    source: Source
    price: int | None = None

    @property
    def label(self) -> str:
        """How it is called where the number counts only if there are several."""
        return self.name if self.quantity == 1 else f"{self.quantity}x {self.name}"


class Paid(Struct, frozen=True):
    """A payment that was accepted."""

    amount: int
    reference: str


class Place(Struct, frozen=True):
    """Where to deliver, and for what."""

    name: str
    fee: int


class Order(Struct, frozen=True, kw_only=True):
    """One order. `payment` is the sum that was found valid; `paid` may be less than is required.

    `number` counts the customer's orders. Times are ms since the epoch: the first confirmed field, the last change.
    """

    number: int = 1
    product: Chosen | None = None
    paid: tuple[Paid, ...] = ()
    payment: int | None = None
    place: Place | None = None
    phone: str | None = None
    started_at: int | None = None
    changed_at: int | None = None
    completed_at: int | None = None

    @property
    def step(self) -> Step:
        """What is to be known next."""
        fields = (("produit", self.product), ("paiement", self.payment), ("zone", self.place), ("numero", self.phone))
        missing: list[Step] = [name for name, value in fields if value is None]  # type: ignore[misc]
        return missing[0] if missing else "completed"

    @property
    def rate(self) -> int:
        """How much of it is known, in percent."""
        return 25 * sum(each is not None for each in (self.product, self.payment, self.place, self.phone))

    @property
    def received(self) -> int:
        """What was paid in all."""
        return sum(paid.amount for paid in self.paid)

    @property
    def is_active(self) -> bool:
        """Whether something of it is known, and something is still to come."""
        return self.rate > 0 and self.completed_at is None


class Asked(Struct, frozen=True):
    """What the customer was asked to decide: between `options`, or to have the one option instead of what is."""

    about: Literal["product", "replacement", "zone", "phone"]
    options: tuple[str, ...]
    quantity: int = 1


class Issue(Struct, frozen=True):
    """Something that staff have to settle; one of each type is open at most. `detail` is for them."""

    type: IssueType
    message: str
    detail: str


class Customer(Struct, frozen=True, kw_only=True):
    """All of it. `held`: a person has the room, and the engine waits; `blurred` receipts came in a row."""

    order: Order = Order()
    asked: Asked | None = None
    held: bool = False
    told_held: bool = False
    blurred: int = 0
    issues: tuple[Issue, ...] = ()

    def issue(self, type: IssueType) -> Issue | None:
        """The open one of a type."""
        return next((issue for issue in self.issues if issue.type == type), None)

    def without(self, *types: IssueType) -> Customer:
        """With these settled."""
        return replace(self, issues=tuple(issue for issue in self.issues if issue.type not in types))
