"""The forms that images and users come in."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from http_edge.dialects.botlive.reading import Form, letter_in_query, letter_of

A, B = "https://a.example/1.jpg", "http://b.example/2,3.jpg"


@pytest.mark.parametrize(
    ("given", "images"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        ("[]", ()),
        ([None, "", " "], ()),
        ([A, B], (A, B)),
        (A, (A,)),
        (B, (B,)),
        (f"{A},{B}", (A, B)),
        (f" {A} ,  {B}, ", (A, B)),
        (f'["{A}", null, "{B}"]', (A, B)),
        ([f"{A},{B}"], (A, B)),
        ("[broken", ("[broken",)),
        ("data:image/png;base64,AAAA", ("data:image/png;base64,AAAA",)),
    ],
)
def test_images_come_in_many_forms(given: Any, images: tuple[str, ...]) -> None:
    form = Form("body", {"company_id": "C", "user_id": "u", "message": "x", "images": given})
    assert letter_of(form).images == images


@pytest.mark.parametrize(("given", "user"), [("+225X", "+225X"), (" u ", " u "), (0, "0"), (10**15, "1" + "0" * 15)])
def test_a_user_is_who_it_says_and_a_number_its_digits(given: Any, user: str) -> None:
    assert letter_of(Form("body", {"company_id": "C", "user_id": given, "message": "x"})).user_id == user


@pytest.mark.parametrize(("given", "user"), [(" 225", "+225"), ("225", "225"), ("  225", "  225"), (" a", " a")])
def test_a_plus_that_a_query_lost_comes_back_before_digits_only(given: str, user: str) -> None:
    args = MultiDict([("company_id", "C"), ("user_id", given), ("images", A), ("images", f'["{B}"]')])
    letter = letter_in_query(args)
    assert (letter.user_id, letter.images) == (user, (A, B))


def test_of_a_history_only_the_lines_are_counted_whatever_it_is() -> None:
    fields = {"company_id": "C", "user_id": "u", "message": "x"}
    histories: list[Any] = ["User: a\nBot: b", ["a"], {"a": 1}, None]
    lines = [letter_of(Form("body", {**fields, "conversation_history": each})).history_lines for each in histories]
    assert lines == [2, 1, 0, 0]
