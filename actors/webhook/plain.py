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
    pattern = rf"(?P<left>\s*){hey}{_BEFORE}@(?P<name>{either}){_AFTER}[,:]?(?P<right>\s*)"
    folded = name.casefold()

    def drop(match: re.Match[str]) -> str:
        if match["name"].casefold() != folded:
            return match[0]
        gap = match["left"] + match["right"]
        return "\n" if "\n" in gap else " " if gap else ""

    return re.sub(pattern, drop, text, flags=re.IGNORECASE).strip()
