"""What staff do to an order, and what a completed one is to later messages."""

from __future__ import annotations

from actors.order import machine
from actors.order.effects import Completed, Dropped, Happened, Settled, Validated
from actors.order.state import Order

from .play import MINUTE_MS, SHOP, Player

ALL: str = "lingettes\nVous avez envoyé 2000F. ID: T_ABC123XYZ9\nCocody\n0709876543"


def completed() -> Player:
    player = Player()
    player.say(ALL)
    return player


def test_the_activities_of_an_order_come_in_their_order() -> None:
    player = completed()
    kinds = [each.type for each in player.effects if isinstance(each, Happened)]
    assert kinds == ["commande_demarree", "paiement_en_cours", "paiement_valide", "commande_enregistree"]
    assert [each.product for each in player.effects if isinstance(each, Happened)][-1] == "1x lingettes"


def test_staff_cancel_a_completed_order_and_the_next_one_has_another_number() -> None:
    player = completed()
    outcome = machine.cancel_completed(player.customer, SHOP, player.now)
    assert [each.order for each in outcome.effects if isinstance(each, Dropped)] == [player.customer.order]
    assert outcome.customer.order == Order(number=2)


def test_staff_cancel_no_open_order() -> None:
    player = Player()
    player.say("lingettes")
    assert machine.cancel_completed(player.customer, SHOP, player.now).customer.order == player.customer.order


def test_accepting_the_last_missing_field_completes_the_order() -> None:
    player = Player()
    player.say("lingettes Cocody 0709876543")
    outcome = machine.accept_payment(player.customer, SHOP, player.now)
    assert [each.amount for each in outcome.effects if isinstance(each, Validated)] == [SHOP.deposit]
    assert any(isinstance(each, Completed) for each in outcome.effects)


def test_handing_back_settles_that_a_person_was_wanted() -> None:
    player = Player()
    player.say("je veux parler à un conseiller")
    assert machine.release(machine.hold(player.customer)).issues == ()


def test_clearing_settles_what_is_open_and_ends_the_hand_over() -> None:
    player = Player()
    player.say("je veux parler à un conseiller, lingettes")
    outcome = machine.clear(machine.hold(player.customer), SHOP, player.now)
    assert not outcome.customer.held
    assert outcome.customer.order == Order(number=2)
    assert [each.type for each in outcome.effects if isinstance(each, Settled)] == ["person_wanted"]


def test_a_product_after_completion_begins_an_empty_order() -> None:
    player = completed()
    player.now += MINUTE_MS
    order = player.say("le biberon").customer.order
    assert (order.number, order.payment, order.place, order.phone) == (2, None, None, None)
    assert order.product is not None
    assert order.product.name == "biberon"


def test_a_completed_order_is_not_completed_again_by_a_correction() -> None:
    player = completed()
    outcome = player.say("finalement Abobo")
    assert not any(isinstance(each, Completed) for each in outcome.effects)
    assert outcome.customer.order.completed_at == player.now
