"""Regular expressions mean what they mean to Python, and cannot hang."""

import re
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.flow.errors import BadPattern
from actors.flow.pattern import MAX_TEXT, Pattern

ATOMS = st.sampled_from(["a", "b", ".", r"\d", r"\w", "[ab]", "[^a]", r"\b", r"\B", "^", "$", r"\.", r"\Z"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({'|'.join(some)})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,}", "{,2}", "{1,3}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@given(source=PATTERNS, text=st.text("ab1. \n_", max_size=8))
@settings(max_examples=300, deadline=None)
def test_a_pattern_finds_what_python_finds(source: str, text: str) -> None:
    assert Pattern(source).found_in(text) == (re.search(source, text) is not None)


@given(st.text("ab(|)[]*+?{}\\d^$,12-i:&~", max_size=12))
@settings(max_examples=300, deadline=None)
def test_what_is_taken_means_the_same_to_python(source: str) -> None:
    try:
        pattern = Pattern(source)
    except BadPattern:
        return
    with warnings.catch_warnings(action="ignore"):
        expected = re.compile(source)
    for text in ("", "a", "ab", "b)", "a|1", "-", "{1,2}"):
        assert pattern.found_in(text) == (expected.search(text) is not None)


@pytest.mark.parametrize("source", ["(a+)+b", "a*a*a*a*a*a*b", "(a|a)*b", "(a?){60}a{60}b", "(.*)*(.*)*(.*)*!"])
def test_no_pattern_hangs(source: str) -> None:
    pattern = Pattern(source)
    began = time.process_time()
    assert not pattern.found_in("a" * 10_000)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "source",
    [
        "(",
        ")",
        "*",
        "a**",
        "[a",
        "\\",
        r"(a)\1",
        "(?=a)",
        "(?P<n>a)",
        "a*+",
        "^*",
        "a{12345}",
        "a{3,2}",
        "(a{99}){99}",
        "(" * 30,
        "a" * 501,
    ],
)
def test_what_is_none_or_too_much_is_refused(source: str) -> None:
    with pytest.raises(BadPattern):
        Pattern(source)


def test_case_matters_unless_said() -> None:
    assert not Pattern("red").found_in("RED")
    assert Pattern("(?i)red").found_in("so RED")


def test_only_the_beginning_of_a_long_text_is_searched() -> None:
    assert Pattern("b").found_in("a" * (MAX_TEXT - 1) + "b")
    assert not Pattern("b").found_in("a" * MAX_TEXT + "b")
