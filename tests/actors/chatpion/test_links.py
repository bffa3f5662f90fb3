"""Links in texts lead through the hub, whatever stands around them."""

from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.chatpion.links import Link, new_token, tracked

HUB = "https://chat.example.org"


def tokens() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"token{next(numbers)}"


def body(text: str, limit: int = 10_000) -> str:
    return tracked(text, HUB + "/", limit=limit, fresh=tokens()).body


def test_each_link_gets_a_token_of_its_own() -> None:
    made = tracked("See http://a.example/x?y=1#z or HTTPS://B.example", HUB, fresh=tokens())
    assert made.body == f"See {HUB}/l/token1 or {HUB}/l/token2"
    assert made.links == (Link("token1", "http://a.example/x?y=1#z"), Link("token2", "HTTPS://B.example"))


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Read https://a.example/x.", "Read @."),
        ("(https://a.example/x)", "(@)"),
        ("https://a.example/wiki/A_(b)", "@"),
        ("**https://a.example**, yes", "**@**, yes"),
        ("<https://a.example>", "<@>"),
        ("'https://a.example/it'", "'@'"),
        ("[here](https://a.example/x)!", "[here](@)!"),
        ("https://ä.example/ü?q=é…", "@"),
    ],
)
def test_what_only_surrounds_a_link_stays(text: str, left: str) -> None:
    assert body(text) == left.replace("@", f"{HUB}/l/token1")


@pytest.mark.parametrize(
    "text",
    ["no link", "ftp://a.example", "mailto:a@b.example", "https://", "http://.", "xhttp://a.example", f"{HUB}/l/known"],
)
def test_what_is_no_link_stays_as_it_is(text: str) -> None:
    assert tracked(text, HUB).body == text
    assert tracked(text, HUB).links == ()


def test_a_text_never_grows_over_its_limit() -> None:
    text = "http://a.example http://b.example"
    assert body(text, len(text)) == text
    assert body(text, len(text) + 25) == f"{HUB}/l/token1 http://b.example"


def test_tokens_are_22_characters_that_nobody_guesses() -> None:
    drawn = {new_token() for _ in range(100)}
    assert len(drawn) == 100
    assert {len(token) for token in drawn} == {22}


@given(st.text(alphabet=st.sampled_from("htps:/.()a <\n"), max_size=60))
def test_putting_the_links_back_gives_the_text(text: str) -> None:
    made = tracked(text, HUB)
    back = made.body
    for link in made.links:
        back = back.replace(f"{HUB}/l/{link.token}", link.url)
    assert back == text
