"""The text of a message as the bot that it is said to wants it: without its own `@Name`. Pure.

Source: resolutions of the Cordless document. "Hey @bot, what's the weather?" is "what's the weather?".
"""

import re
from collections.abc import Iterable
from unicodedata import normalize

_HEY = r"(?:(?<![\w-])hey,?\s+)?"
_BEFORE = r"(?<![\w-])"
_AFTER = r"(?![\w-])"


def plain(body: str, bot: str, mentioned: Iterable[str]) -> str:
    """The body without mentions of the bot and what belongs to them. `mentioned` are all names that it mentions.

    A comma or colon that touches the name goes with it, and so does a "Hey" before it, unless nothing would remain.
    """
    text = normalize("NFC", body)
    name = normalize("NFC", bot)
    if f"@{name}".casefold() not in text.casefold():
        return text.strip()
    names = {normalize("NFC", each) for each in mentioned} | {name}
    return _without(text, name, names, _HEY) or _without(text, name, names, "")


def _without(text: str, name: str, names: set[str], hey: str) -> str:
    # All names stand in it, the longest first: "@bot two" is no mention of "bot".
    either = "|".join(re.escape(each) for each in sorted(names, key=len, reverse=True))
    mention = re.compile(rf"{hey}{_BEFORE}@(?P<name>{either}){_AFTER}[,:]?", re.IGNORECASE)
    rest, at = "", 0
    for found in mention.finditer(text):
        if found["name"].casefold() == name.casefold():
            rest, at = _joined(rest, text[at : found.start()]), found.end()
    return _joined(rest, text[at:]).strip()


def _joined(left: str, right: str) -> str:
    """Two parts between which something was, with one space for those that it leaves."""
    before, after = left.rstrip(), right.lstrip()
    gap = left[len(before) :] + right[: len(right) - len(after)]
    return before + ("\n" if "\n" in gap else " " if gap else "") + after
