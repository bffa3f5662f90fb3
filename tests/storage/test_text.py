"""Folding: what is compared when people search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text import fold, grams, like_pattern, words


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Déjeuner PRÊT", "dejeuner pret"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("ﬁn", "fin"),
        ("мой", "мои"),
        ("صَبَاحُ", "صباح"),
        ("أحمد", "أحمد"),
        ("کتـــاب", "کتاب"),
        ("会議", "会議"),
        ("がぎぐ", "がぎぐ"),
        ("한국어", "한국어"),
        ("a\0b\x1fc\nd", "abc\nd"),
    ],
)
def test_case_and_accents_fall_away_and_letters_stay(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(), st.text(), st.text())
def test_a_part_of_plain_words_is_found_in_the_whole(before: str, part: str, after: str) -> None:
    whole = f"{before} {part} {after}"
    assert all(word in fold(whole) for word in words(part))


def test_words_are_distinct_and_grams_cover_the_long_ones() -> None:
    assert words(" Hello  hello WORLD ab ") == ["hello", "world", "ab"]
    assert grams(["hello", "ab"]) == ["hel", "ell", "llo"]
    assert grams(["会", "ab"]) == []
    assert len(grams(["x".join(map(str, range(200)))])) == 24


def test_a_pattern_takes_every_character_for_itself() -> None:
    assert like_pattern("50%_\\") == "%50\\%\\_\\\\%"
