"""What is compared when people search: text without case, accents and vowel signs.

SQLite's trigram tokenizer learnt to remove accents in 3.45 only, and knows nothing of Arabic vowel signs; so both the
stored copy and the query are folded here. Letters of every script stay letters: marks are taken off only where readers
write the same word with and without them (Latin, Greek, Cyrillic accents; Arabic vowel signs and the stretching line).
"""

import re
import unicodedata

GRAM = 3
# More than enough to find few candidates; each one is then compared with the whole word.
MAX_GRAMS = 24
# Control characters go too: FTS5 and LIKE end at a NUL, and the separator of search keys must not be typed.
_MARKS = re.compile("[\u0300-\u036f\u0640\u064b-\u0652\u0670\0-\x08\x0e-\x1f\x7f]")
SEPARATOR = "\x1f"


def fold(text: str) -> str:
    """Return the form of a text that is searched. Folding twice changes nothing."""
    if text.isascii():
        lower = text.lower()
        return lower if lower.isprintable() else _MARKS.sub("", lower)
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    # Composed again, so that a Hangul syllable or a Japanese voiced letter is one character, as its reader thinks.
    return unicodedata.normalize("NFC", _MARKS.sub("", decomposed).casefold())


def words(q: str) -> list[str]:
    """Return the folded words of a query; a text is found when it contains each of them somewhere."""
    return list(dict.fromkeys(fold(q).split()))


def grams(words: list[str]) -> list[str]:
    """Return runs of three characters that a text with these words must have; none when all words are shorter."""
    found = dict.fromkeys(word[i : i + GRAM] for word in words for i in range(len(word) - GRAM + 1))
    return list(found)[:MAX_GRAMS]


def like_pattern(part: str) -> str:
    """Return the LIKE pattern (escape character `\\`) for texts that contain `part`, whatever characters it has."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
