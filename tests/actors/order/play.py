"""Plays written dialogues: a shop, one customer, and what the engine has to know after each message."""

from __future__ import annotations

from typing import Any, Final

from actors.order import machine
from actors.order.company import Company, Product
from actors.order.effects import Outcome, Validated
from actors.order.facts import Seen
from actors.order.payments import Evidence
from actors.order.reading import Reader
from actors.order.speech import speak
from actors.order.state import Customer
from actors.order.status import status_of

MINUTE_MS: Final = 60_000
START: Final = 1_790_000_000_000
USER: Final = "+2250102030405"
CATALOGUE: Final = (
    Product(name="lingettes", aliases=("lingette bébé",), price=5_000),
    Product(name="couches taille 3", aliases=("couches t3",), price=9_000),
    Product(name="couches taille 4", aliases=("couches t4",), price=9_500),
    Product(name="biberon"),
    Product(name="savon noir", aliases=("savon",), price=1_000),
)
SHOP: Final = Company(
    company_id="shop", name="Chez Awa", catalogue=CATALOGUE, payment_numbers=("+2250700000000",), staff=("alice",)
)
BARE: Final = Company(company_id="bare", name="Sans catalogue")
READERS: Final = {"shop": Reader(SHOP), "bare": Reader(BARE)}


class Player:
    """One customer of one company, from message to message."""

    def __init__(self, company: Company = SHOP, used: tuple[str, ...] = ()) -> None:
        self.company = company
        self.customer = Customer()
        self.now = START
        self.used = set(used)
        self.response = ""
        self.effects: tuple[Any, ...] = ()

    def say(self, text: str = "", *seen: Seen) -> Outcome:
        """The customer sends a message."""
        facts = READERS[self.company.company_id].read(text, USER, seen)
        outcome = machine.advance(self.customer, facts, self.company, self.now, self.used.__contains__)
        self._take(outcome)
        return outcome

    def play(self, step: dict[str, Any]) -> None:
        """Do what one step of a dialogue says."""
        self.now += step.get("after_min", 0) * MINUTE_MS
        match step.get("staff"):
            case "hold":
                self.customer = machine.hold(self.customer)
            case "release":
                self.customer = machine.release(self.customer)
            case "accept":
                self._take(machine.accept_payment(self.customer, self.company, self.now, step.get("amount")))
            case "reject":
                self._take(machine.reject_payment(self.customer, self.company, self.now))
            case "clear":
                self._take(machine.clear(self.customer, self.company, self.now))
            case _:
                self.say(step["say"], *(sight(each) for each in step.get("seen", ())))

    def stands(self) -> dict[str, Any]:
        """What programs would be shown."""
        status = status_of(self.customer.order, self.company.currency)
        fields = {name: getattr(status, name) for name in ("produit", "paiement", "zone", "numero")}
        return {**{name: value for name, value in fields.items() if value}, "next": self.customer.order.step}

    def _take(self, outcome: Outcome) -> None:
        self.customer = outcome.customer
        self.effects = outcome.effects
        self.response = speak(outcome.lines, outcome.customer.order, self.company)
        self.used |= {each.reference for each in outcome.customer.order.paid}
        self.used |= {each.reference for each in outcome.effects if isinstance(each, Validated)}


def sight(said: dict[str, Any]) -> Seen:
    """What a recogniser made of an image, as dialogues write it."""
    if said["sight"] == "receipt":
        return Seen(sight="receipt", evidence=Evidence(said.get("amount"), said["reference"], said.get("recipient")))
    return Seen(sight=said["sight"], product=said.get("product"))
