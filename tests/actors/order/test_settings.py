"""Settings of companies: what is right comes back as it is shown, and what is wrong is named by its place."""

from __future__ import annotations

from typing import Any

import pytest

from actors.order.company import ABIDJAN, Company, Product, Zone
from actors.order.settings import BadSettings, company_table, parse_company

WHOLE: dict[str, Any] = {
    "company_id": "4OS4",
    "name": "Chez Awa",
    "country": "CI",
    "timezone": "Africa/Abidjan",
    "currency": "FCFA",
    "deposit": 2_500,
    "payment_numbers": ["0700000000", "+2250500000000"],
    "handover_minutes": 20,
    "staff": ["alice"],
    "vision_min_inliers": 20,
    "ocr": "off",
    "catalogue": [{"name": "lingettes", "aliases": ["lingette bébé"], "price": 5_000, "photos": ["a.jpg"]}],
    "zones": [{"name": "Yopougon", "fee": 1_500, "aliases": ["yop"]}],
    "texts": {"photo_ok": "Reçue ! {deposit} {currency}"},
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no id": ({"company_id": None}, "companies[0]: object missing required field company_id"),
    "a key that there is not": ({"zone": []}, "companies[0].zone: unknown key; the nearest one is zones"),
    "a text for a number": ({"deposit": "2000"}, "companies[0].deposit: expected int, got str"),
    "no deposit": ({"deposit": 0}, "companies[0].deposit: expected int >= 1"),
    "a country that there is not": ({"country": "XX"}, "companies[0].country: no country has the code 'XX'"),
    "a way out of the zones": ({"timezone": "../UTC"}, "companies[0].timezone: there is no time zone '../UTC'"),
    "a long currency": ({"currency": "COURONNES"}, "companies[0].currency: expected str"),
    "no phone number": ({"payment_numbers": ["0700000000", "12"]}, "companies[0].payment_numbers[1]: expected a phone"),
    "a name twice": (
        {"zones": [{"name": "A", "fee": 1}, {"name": "A", "fee": 2}]},
        "companies[0].zones[1].name: 'A' stands in zones[0] already",
    ),
    "brackets": (
        {"catalogue": [{"name": "a [b]"}]},
        "companies[0].catalogue[0].name: expected a name without brackets",
    ),
    "a field that there is not": ({"texts": {"photo_ok": "{sum}"}}, "companies[0].texts.photo_ok: no field {sum}"),
    "what steers terminals": ({"name": "\x1b[2J"}, "companies[0].name: expected printable characters"),
}


def test_everything_is_read() -> None:
    assert parse_company(WHOLE) == Company(
        company_id="4OS4",
        name="Chez Awa",
        deposit=2_500,
        payment_numbers=("+2250700000000", "+2250500000000"),
        handover_minutes=20,
        staff=("alice",),
        vision_min_inliers=20,
        ocr="off",
        catalogue=(Product(name="lingettes", aliases=("lingette bébé",), price=5_000, photos=("a.jpg",)),),
        zones=(Zone(name="Yopougon", fee=1_500, aliases=("yop",)),),
        texts={"photo_ok": "Reçue ! {deposit} {currency}"},
    )


def test_what_is_shown_is_read_again() -> None:
    company = parse_company(WHOLE)
    assert parse_company(company_table(company)) == company


def test_nothing_but_an_id_is_a_company_with_the_defaults() -> None:
    assert parse_company({"company_id": "x", "name": None}) == Company(company_id="x", name="x")
    assert parse_company({"company_id": "x"}).zones == ABIDJAN
    assert parse_company({"company_id": "x", "zones": []}).zones == ()


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_by_its_place(case: str) -> None:
    change, complaint = WRONG[case]
    with pytest.raises(BadSettings) as caught:
        parse_company(WHOLE | change, "companies[0]")
    assert str(caught.value).startswith(complaint)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(BadSettings, match=r"^settings: expected object"):
        parse_company([])
