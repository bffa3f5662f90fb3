"""What each recogniser makes of words: names, numbers, and operators' messages."""

from __future__ import annotations

import pytest

from actors.order import payments, phones
from actors.order.choosing import Choice, Named, choose
from actors.order.company import Product, Zone
from actors.order.payments import Evidence
from actors.order.products import Index, Item
from actors.order.words import Span, fold, singular, split, squeeze
from actors.order.zones import Gazetteer

from .play import CATALOGUE, READERS, SHOP, USER


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Attécoubé", "attecoube"), ("PORT-BOUËT", "port bouet"), ("l'œuf", "l oeuf"), ("a_b", "a b"), ("…", "")],
)
def test_case_accents_hyphens_and_ligatures_do_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_plurals_lose_their_mark_but_short_words_do_not() -> None:
    assert [singular(word) for word in ("lingettes", "gateaux", "les")] == ["lingette", "gateau", "les"]


def test_squeezing_keeps_lines() -> None:
    assert squeeze("  a \t b\r\n\n\n c ") == "a b\nc"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("x non y", "y"),
        ("x plutot y", "y"),
        ("pas x mais y", "y"),
        ("y pas x", "y"),
        ("y a la place de x", "y"),
        ("x", "x"),
        ("pas encore paye x", "x"),
    ],
)
def test_words_say_which_of_two_is_meant(text: str, meant: str) -> None:
    words = text.split()
    named = [Named(word, Span(place, place + 1)) for place, word in enumerate(words) if word in ("x", "y")]
    assert choose(words, named) == Choice(meant)


def test_of_two_beside_each_other_none_is_meant() -> None:
    named = [Named("x", Span(0, 1)), Named("y", Span(2, 3))]
    assert choose(["x", "ou", "y"], named) == Choice(options=("x", "y"))


def zones(text: str, *more: Zone) -> list[str]:
    found = Gazetteer((*SHOP.zones, *more)).find(split(text))
    return ["/".join(zone.name for zone in each.value) for each in found]


@pytest.mark.parametrize("text", ["gâteau", "madame", "plato", "Bouaké", "coco", "1500", "je veux payer"])
def test_other_words_are_no_zones(text: str) -> None:
    assert zones(text) == []


def test_quarters_are_known_as_aliases_only() -> None:
    assert zones("Angré") == []
    assert zones("Angré", Zone(name="Cocody Angré", fee=2_000, aliases=("Angré",))) == ["Cocody Angré"]


def test_a_word_near_two_zones_may_be_either() -> None:
    assert zones("marcovy", Zone(name="Marcody", fee=1)) == ["Marcory/Marcody"]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("deux paquets de lingettes", [Item("lingettes", 2)]),
        ("lingettes x 12", [Item("lingettes", 12)]),
        ("couche taille 4", [Item("couches taille 4")]),
        ("couche taille 5", []),
        ("0709876543 lingettes", [Item("lingettes")]),
        ("0 lingettes", [Item("lingettes")]),
    ],
)
def test_products_come_with_how_many_of_them(text: str, items: list[Item]) -> None:
    assert [each.value for each in Index(CATALOGUE).find(split(text))] == [(item,) for item in items]


def test_an_alias_of_two_products_may_be_either() -> None:
    index = Index((Product(name="a1", aliases=("lait",)), Product(name="b2", aliases=("lait",))))
    assert [each.value for each in index.find(["lait"])] == [(Item("a1"), Item("b2"))]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("+225 07 09 87 65 43", "0709876543"),
        ("002250709876543", "0709876543"),
        ("225.07.09.87.65.43", "0709876543"),
        ("27 22 44 55 66", "2722445566"),
        ("+33612345678", "+33612345678"),
        ("09876543", None),
        ("0000000000", None),
    ],
)
def test_numbers_are_kept_as_their_country_writes_them(text: str, kept: str | None) -> None:
    assert phones.canonical(text, "CI") == kept


def test_digits_that_are_no_number_are_unclear() -> None:
    assert phones.find("09876543", "CI") == phones.Phones((), unclear=True)
    assert phones.find("2000 FCFA", "CI") == phones.Phones()


def test_the_company_s_and_the_customer_s_own_numbers_are_none_to_call() -> None:
    assert READERS["shop"].read("0700000000", USER).phone == Choice()
    assert READERS["shop"].read(f"{USER} 0709876543", USER).phone == Choice("0709876543")


@pytest.mark.parametrize(
    ("text", "amount", "reference", "recipient"),
    [
        (
            "Vous avez envoyé 2.000F à AWA KONE 0700000000. Frais: 20F. Nouveau solde: 15.300F. ID: T_9KLM4TRQ2W",
            2_000,
            "T_9KLM4TRQ2W",
            "+2250700000000",
        ),
        (
            "Transfert de 2020.00 FCFA vers 0700000000 effectué. Frais 20.00 FCFA. Ref: PP261125.1530.A12345",
            2_020,
            "PP261125.1530.A12345",
            "+2250700000000",
        ),
        (
            "You have sent 2000 FCFA to AWA (2250700000000). Transaction Id: 7712345678. Fee: 20. Balance: 30 FCFA",
            2_000,
            "7712345678",
            "+2250700000000",
        ),
        ("Moov Money: envoyé 2 000 F CFA au 0140000000. Réf: MOOV-98765A", 2_000, "MOOV-98765A", "+2250140000000"),
        ("Paiement de 2,000 FCFA reçu. TID: 12345678", 2_000, "12345678", None),
        ("Transaction de 15000 FCFA réussie. Réf wave-abc123", 15_000, "WAVE-ABC123", None),
        ("Transfert vers 0700000000 de 2000 FCFA. Id: 12345678", 2_000, "12345678", "+2250700000000"),
        ("Envoyé 2000 FCFA, 20 FCFA de frais. Id: 12345678", 2_000, "12345678", None),
    ],
)
def test_an_operator_s_message_says_what_was_transferred(
    text: str, amount: int, reference: str, recipient: str | None
) -> None:
    assert payments.evidence(text, "CI") == Evidence(amount, reference, recipient)


@pytest.mark.parametrize(
    "text",
    ["2000 F", "j'ai payé 2000 F", "ref: AB12CD34", "je paye 2000 F tranquillement", "Solde: 2000 F. Id: 12345678"],
)
def test_without_amount_and_reference_there_is_no_evidence(text: str) -> None:
    assert payments.evidence(text, "CI") is None


def test_two_amounts_are_one_doubt() -> None:
    found = payments.evidence("Envoyé 2000 F et 3000 F. Id: 12345678", "CI")
    assert found == Evidence(None, "12345678", None, "plusieurs montants")


def test_numbers_between_an_operator_s_sentences_are_the_operator_s() -> None:
    text = "Cocody\nMontant: 3000 FCFA\nDestinataire: 0505050505\nRéférence: AB12CD34\n0709876543"
    assert payments.part(text).customer == "Cocody\n0709876543"
