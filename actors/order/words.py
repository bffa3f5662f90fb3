"""Words of a message without what people leave out or get wrong: case, accents, hyphens, apostrophes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

WORD: Final = re.compile(r"[^\W_]+")
MOST_CHARS: Final = 20_000
"""So much of a text is read once it is taken apart: one ligature may stand for eighteen letters."""
NUMERALS: Final = {
    "un": 1,
    "une": 1,
    "deux": 2,
    "trois": 3,
    "quatre": 4,
    "cinq": 5,
    "six": 6,
    "sept": 7,
    "huit": 8,
    "neuf": 9,
    "dix": 10,
}


class Span(NamedTuple):
    """The words from `start` up to and without `stop`."""

    start: int
    stop: int

    def meets(self, other: Span) -> bool:
        """Whether they have a word in common."""
        return self.start < other.stop and other.start < self.stop


def fold(text: str) -> str:
    """Return the words of a text, folded, with one space between them."""
    return " ".join(split(text))


def split(text: str) -> list[str]:
    """Return the folded words of a text."""
    plain = unicodedata.normalize("NFKD", text)[:MOST_CHARS]
    bare = "".join(each for each in plain if not unicodedata.combining(each))
    return WORD.findall(bare.replace("œ", "oe").replace("Œ", "OE").casefold())


def squeeze(text: str) -> str:
    """Return a text without empty lines, and with one space at most between words.

    What searches it may then say "spaces" as often as it likes without going over long runs of them again and again.
    """
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def singular(word: str) -> str:
    """Return a word without the mark of its plural."""
    return word[:-1] if len(word) > 3 and word[-1] in "sx" else word


def runs(words: list[str], longest: int) -> Iterator[tuple[Span, str]]:
    """Return all runs of words, at most `longest` of them, the long ones first."""
    for length in range(min(longest, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            yield Span(start, start + length), " ".join(words[start : start + length])


def number(word: str) -> int | None:
    """Return the small number that a word is, in digits or letters."""
    if word.isascii() and word.isdecimal() and len(word) <= 3:
        return int(word)
    return NUMERALS.get(word)
