"""Whom a text mentions: `@` and the exact name of somebody in the conversation.

Names may contain spaces, accents and dots; case does not matter; the longest name wins. Neither before the `@` nor
after the name may stand a word character or `-`: `ops@bob.example` and `@bobby` do not mention bob.
"""

from collections.abc import Iterable
from unicodedata import category, normalize

from protocol.frames import Actor

MAX_SIGNS = 200
"""So many `@` of one text are looked at: more is not talk, and each may be compared with every name."""


class Mentions:
    """The names of the members, ready to be found."""

    __slots__ = ("_lengths", "_named")

    def __init__(self, actors: Iterable[Actor]) -> None:
        self._named: dict[str, list[Actor]] = {}
        for actor in actors:
            self._named.setdefault(_fold(actor.name), []).append(actor)
        self._named.pop("", None)
        lengths: dict[str, set[int]] = {}
        for name in self._named:
            lengths.setdefault(name[0], set()).add(len(name))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def find(self, text: str) -> list[Actor] | None:
        """Those whom the text mentions, each once, in its order; all of a name that several bear. None: nobody."""
        folded = _fold(text)
        found: dict[Actor, None] = {}
        at = -1
        for _ in range(MAX_SIGNS):
            at = folded.find("@", at + 1)
            if at < 0:
                break
            if not _joins(folded[at - 1 : at]):
                found.update(dict.fromkeys(self._at(folded, at + 1)))
        return list(found) or None

    def _at(self, folded: str, start: int) -> list[Actor]:
        """Those whose name begins at `start`."""
        for length in self._lengths.get(folded[start : start + 1], ()):
            end = start + length
            actors = self._named.get(folded[start:end])
            if actors is not None and not _joins(folded[end : end + 1]):
                return actors
        return []


def _fold(text: str) -> str:
    """The form in which texts are compared: composed accents, no case."""
    if text.isascii():
        return text.lower()
    return normalize("NFC", normalize("NFC", text).casefold())


def _joins(char: str) -> bool:
    """Whether a name that touches this character is part of a longer word. The empty one is the text's end."""
    return char.isalnum() or char in ("_", "-") or (char != "" and category(char).startswith("M"))
