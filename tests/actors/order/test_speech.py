"""What is said, what programs are shown, and which texts of companies are taken."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.order.effects import Line
from actors.order.speech import DEFAULTS, BadText, check_texts, speak
from actors.order.state import Chosen, Order, Paid, Place
from actors.order.status import OrderStatus, bare_fields, status_of, turnover

from .play import SHOP, Player

FULL = Order(
    product=Chosen(name="lingettes", source="VISION", price=5_000),
    paid=(Paid(2_020, "WAVE-ABC123"),),
    payment=2_020,
    place=Place("Yopougon", 1_500),
    phone="0709876543",
)


def test_the_status_of_an_order_is_the_documented_one() -> None:
    assert status_of(FULL, "FCFA") == OrderStatus(
        produit="✅PRODUIT:lingettes[VISION]",
        paiement="✅PAIEMENT:2020 FCFA[TRANSACTIONS]",
        zone="✅ZONE:Yopougon-1500 FCFA[MESSAGE]",
        numero="✅NUMÉRO:0709876543[MESSAGE]",
        completion_rate=100,
        is_complete=True,
    )


def test_of_an_empty_order_nothing_is_shown() -> None:
    empty = OrderStatus(produit="", paiement="", zone="", numero="", completion_rate=0, is_complete=False)
    assert status_of(Order(), "FCFA") == empty


def test_bare_fields_always_say_how_many() -> None:
    shown = {"produit": "1x lingettes", "paiement": "2020 FCFA", "zone": "Yopougon", "numero": "0709876543"}
    assert bare_fields(FULL, "FCFA") == shown
    assert set(bare_fields(Order(), "FCFA").values()) == {""}


def test_an_order_counts_its_price_or_else_what_was_paid() -> None:
    several = replace(FULL, product=Chosen(name="lingettes", quantity=3, source="MESSAGE", price=5_000))
    assert turnover(several) == 15_000
    assert turnover(replace(FULL, product=Chosen(name="biberon", source="MESSAGE"))) == 2_020


@pytest.mark.parametrize(
    ("texts", "complaint"),
    [
        ({"nothing": "x"}, "there is no such text"),
        ({"greeting": "{phone}"}, "no field {phone}"),
        ({"greeting": "{"}, "a brace is written twice"),
        ({"greeting": "{}"}, "is no field"),
        ({"greeting": "{company.__class__}"}, "is no field"),
        ({"greeting": "{deposit:zz}"}, "is no field"),
        ({"greeting": "{deposit!r}"}, "is no field"),
    ],
)
def test_texts_that_could_not_be_said_are_refused(texts: dict[str, str], complaint: str) -> None:
    with pytest.raises(BadText, match=complaint.replace("{", r"\{")):
        check_texts(texts)


def test_all_default_texts_are_texts() -> None:
    check_texts(DEFAULTS)


def test_a_company_s_text_replaces_the_default() -> None:
    shop = replace(SHOP, texts={"photo_ok": "Vu ! {deposit} {currency} chez {company}"})
    assert speak((Line("photo_ok"),), Order(), shop) == "Vu ! 2000 FCFA chez Chez Awa"
    assert speak((), Order(), shop) == ""


def test_choices_are_numbered() -> None:
    player = Player()
    player.say("Yopougon ou Cocody")
    assert "1. Yopougon 2. Cocody" in player.response


def test_an_unknown_place_is_answered_with_the_zones() -> None:
    player = Player()
    player.say("lingettes\nVous avez envoyé 2000F. ID: T_ABC123XYZ9")
    player.say("Bouaké")
    assert "Port-Bouët" in player.response


def test_the_summary_names_all_of_the_order() -> None:
    said = speak((Line("summary"),), FULL, SHOP)
    assert all(part in said for part in ("lingettes", "2020 FCFA", "Yopougon", "1500 FCFA", "0709876543"))
