"""What holds for any sequence of messages, whatever is in them."""

from __future__ import annotations

import time
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.order import machine
from actors.order.effects import Completed
from actors.order.facts import Seen
from actors.order.payments import Evidence
from actors.order.state import Customer, Order

from .play import READERS, SHOP, USER, Player

PHRASES: Final = (
    "bonjour",
    "lingettes",
    "2 lingettes à Cocody",
    "non, le biberon plutôt",
    "biberon",
    "Yopougon ou Abobo",
    "pas Cocody mais Marcory",
    "0709876543",
    "0709876543 ou 0501020304",
    "09876543",
    "oui",
    "non",
    "1",
    "2",
    "j'ai payé",
    "Vous avez envoyé 2000F à Awa 0700000000. ID: T_ABC123XYZ9",
    "Vous avez envoyé 1500F à Awa 0700000000. ID: T_ABC123XYZ8",
    "Vous avez envoyé 500F. ID: T_ABC123XYZ7",
    "Vous avez envoyé 2000F à Koffi 0505050505. ID: T_ABC123XYZ6",
    "merci",
    "je veux parler à un conseiller",
)
GIVEN_UP: Final = ("annuler", "nouvelle commande")
SIGHTS: Final = st.sampled_from(
    (
        Seen(sight="product", product="lingettes"),
        Seen(sight="product", product="biberon"),
        Seen(sight="receipt", evidence=Evidence(2_000, "T_IMG00001")),
        Seen(sight="receipt", evidence=Evidence(None, "T_IMG00002", doubt="plusieurs montants")),
        Seen(sight="blurred"),
        Seen(sight="unsure"),
        Seen(sight="broken"),
        Seen(sight="unread"),
    )
)
TEXTS: Final = st.one_of(st.sampled_from(PHRASES), st.text(max_size=40))
MESSAGES: Final = st.tuples(TEXTS, st.lists(SIGHTS, max_size=2))
FIELDS: Final = ("product", "payment", "place", "phone")


def known(order: Order) -> set[str]:
    return {field for field in FIELDS if getattr(order, field) is not None}


@settings(max_examples=120, deadline=None)
@given(st.lists(MESSAGES, max_size=12))
def test_no_message_loses_a_confirmed_field_of_an_open_order(messages: list[tuple[str, list[Seen]]]) -> None:
    player = Player()
    for text, seen in messages:
        before = player.customer.order
        after = player.say(text, *seen).customer.order
        reads_restart = "restart" in READERS["shop"].read(text, USER).intents
        if before.completed_at is None and not reads_restart and after.number == before.number:
            assert known(before) <= known(after)
            assert before.payment in (None, after.payment)
        assert (after.completed_at is not None) == (after.rate == 100)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(MESSAGES, st.tuples(st.sampled_from(GIVEN_UP), st.just([]))), max_size=10))
def test_an_order_is_completed_once_and_by_its_four_fields(messages: list[tuple[str, list[Seen]]]) -> None:
    player, completed = Player(), []
    for text, seen in messages:
        outcome = player.say(text, *seen)
        completed += [each.order for each in outcome.effects if isinstance(each, Completed)]
    assert all(known(order) == set(FIELDS) for order in completed)
    assert len({order.number for order in completed}) == len(completed)


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGES, max_size=8))
def test_what_is_stored_is_what_goes_on(messages: list[tuple[str, list[Seen]]]) -> None:
    straight, stored = Player(), Player()
    for text, seen in messages:
        stored.customer = msgspec.json.decode(msgspec.json.encode(stored.customer), type=Customer)
        assert stored.say(text, *seen) == straight.say(text, *seen)


@settings(max_examples=60, deadline=None)
@given(st.lists(MESSAGES, max_size=6), MESSAGES)
def test_while_a_person_has_the_room_nothing_changes(messages: list[Any], last: tuple[str, list[Seen]]) -> None:
    player = Player()
    for text, seen in messages:
        player.say(text, *seen)
    before = player.customer.order
    player.customer = machine.hold(player.customer)
    outcome = player.say(last[0], *last[1])
    assert outcome.customer.order == before
    assert not outcome.effects


LONG: Final = {
    "one run of digits": "1" * 10_000,
    "digits and spaces": "1 " * 5_000,
    "digits and stops": "1." * 5_000,
    "spaces behind a label": "id" + " " * 9_990 + "x",
    "empty lines": "id:\n" * 2_500,
    "labels": "transaction id " * 660,
    "amounts": "payé 2000 F réf AB1234 " * 430,
    "an amount of thousands of digits": "paiement " + "9" * 9_000 + " F réf AB12345",
    "prefixes of references": "WAVE-" * 2_000,
    "numbers": "0709876543 " * 900,
    "zones": "cocody " * 1_400,
    "misspelt zones": "cocodi " * 1_400,
    "products": "lingettes " * 1_000,
    "words between a number and a product": "de " * 3_300 + "lingettes",
    "letters": "a " * 5_000,
    "negations": "pas " * 2_500,
    "combining marks": "e\u0301" * 5_000,
    "ligatures that grow": "\ufdfa" * 10_000,
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_message_is_read_in_bounded_time(text: str) -> None:
    spent = []
    for _ in range(3):
        begun = time.process_time()
        READERS["shop"].read(text, USER)
        spent.append(time.process_time() - begun)
    # What goes over a text again and again takes a second and more; a machine that is slow takes a tenth of one.
    assert min(spent) < 0.4


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.integers(1, 50))
def test_any_text_can_be_read(text: str, times: int) -> None:
    facts = READERS["shop"].read((text * times)[:10_000], USER)
    assert facts == READERS["shop"].read((text * times)[:10_000], USER)


def test_staff_who_accept_a_payment_of_a_completed_order_do_not_complete_it_again() -> None:
    player = Player()
    player.say("lingettes\nVous avez envoyé 2000F. ID: T_ABC123XYZ9\nCocody\n0709876543")
    player.say("Vous avez envoyé 500F. ID: T_ABC123XYZ8")
    outcome = machine.accept_payment(player.customer, SHOP, player.now, 2_500)
    assert outcome.customer.order.payment == 2_500
    assert not [each for each in outcome.effects if isinstance(each, Completed)]
