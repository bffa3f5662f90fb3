"""What both recognisers say, weighed."""

import pytest

from actors.order.facts import Seen
from actors.order.payments import Evidence
from hub.vision.judging import BLURRED, UNREAD, UNSURE, receipt_in, weigh

MTN = "MTN MoMo\nVous avez envoyé 2000 FCFA au 0700000000.\nTransaction ID: 4812345678\nSolde: 8500 FCFA."
EVIDENCE = Evidence(2_000, "4812345678", "+2250700000000")


def test_what_two_readings_agree_on_is_a_receipt() -> None:
    assert receipt_in([MTN, MTN.replace("MoMo", "M0M0")], "CI") == Seen(sight="receipt", evidence=EVIDENCE)


def test_fees_in_a_line_of_their_own_are_not_the_amount() -> None:
    text = "Transfert réussi\nMontant: 2.000F\nFrais: 20F\nID de transaction:\nT_6L8C92UAH5ACBW"
    assert receipt_in([text, text], "CI").evidence == Evidence(2_000, "T_6L8C92UAH5ACBW")


@pytest.mark.parametrize(
    "other",
    [
        MTN.replace("2000", "2008"),
        MTN.replace("4812345678", "4812345878"),
        MTN.replace("0700000000", "0700000008"),
        MTN.replace("4812345678", ""),
        "",
    ],
)
def test_readings_that_differ_in_anything_that_counts_are_no_receipt(other: str) -> None:
    assert receipt_in([MTN, other], "CI") == BLURRED
    assert receipt_in([other, MTN], "CI") == BLURRED


def test_a_receipt_without_a_reference_is_blurred() -> None:
    text = "Orange Money\nTransfert de 2000 FCFA"
    assert receipt_in([text, text], "CI") == BLURRED


def test_words_of_a_label_are_no_receipt() -> None:
    text = "Lingettes bébé 72 pièces\n2000 FCFA\nLot 4812345678"
    assert receipt_in([text, text], "CI") == UNSURE


def test_an_image_that_both_are_certain_of_is_neither() -> None:
    assert weigh("lingettes", Seen(sight="receipt", evidence=EVIDENCE)) == UNSURE


@pytest.mark.parametrize("reading", [BLURRED, UNSURE, UNREAD])
def test_a_product_that_is_certain_needs_no_reading(reading: Seen) -> None:
    assert weigh("lingettes", reading) == Seen(sight="product", product="lingettes")


@pytest.mark.parametrize("reading", [BLURRED, UNSURE, UNREAD, Seen(sight="receipt", evidence=EVIDENCE)])
def test_without_a_product_the_reading_counts(reading: Seen) -> None:
    assert weigh(None, reading) == reading
