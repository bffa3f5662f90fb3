"""Links in texts that lead through the hub, so that clicks on them can be counted. Pure but for the tokens drawn.

A link is an http or https URL as people write it: up to white space, a quote or an angle bracket, without the
punctuation that ends a sentence and without a closing bracket that nothing in it opens, as GitHub's Markdown has it.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from protocol.codes import MAX_BODY_CHARS

_LINK: Final = re.compile(r"\bhttps?://[^\s<>\"'`\x00-\x1f]+", re.IGNORECASE)
_PUNCTUATION: Final = "?!.,:;*_~"
_BRACKETS: Final = {")": "(", "]": "[", "}": "{"}
TOKEN_BYTES: Final = 16
"""22 characters: nobody guesses where another text leads."""


class Link(NamedTuple):
    """One link of a text: `{public_url}/l/{token}` leads to `url`."""

    token: str
    url: str


class Tracked(NamedTuple):
    """A text as the subscriber sees it, and the links in it; they are kept in the transaction that keeps the text."""

    body: str
    links: tuple[Link, ...]


def new_token() -> str:
    """22 characters that are safe in a URL."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def tracked(
    text: str, public_url: str, *, limit: int = MAX_BODY_CHARS, fresh: Callable[[], str] = new_token
) -> Tracked:
    """Have the links of a text lead through this hub, each by a token of its own.

    Those that the text would grow over `limit` characters by stay as they are, and so do those that lead here already.
    """
    prefix = f"{public_url.rstrip('/')}/l/"
    pieces, links, length, done = [], [], len(text), 0
    for start, end in _found(text):
        url, link = text[start:end], Link(fresh(), text[start:end])
        grown = len(prefix) + len(link.token) - len(url)
        if url.startswith(prefix) or length + grown > limit:
            continue
        pieces += [text[done:start], prefix, link.token]
        links.append(link)
        length, done = length + grown, end
    return Tracked("".join([*pieces, text[done:]]), tuple(links))


def _found(text: str) -> Iterator[tuple[int, int]]:
    for match in _LINK.finditer(text):
        url = _trimmed(match[0])
        if not url.endswith("//"):
            yield match.start(), match.start() + len(url)


def _trimmed(url: str) -> str:
    while url[-1] in _PUNCTUATION or _closes_nothing(url):
        url = url[:-1]
    return url


def _closes_nothing(url: str) -> bool:
    opening = _BRACKETS.get(url[-1])
    return opening is not None and url.count(url[-1]) > url.count(opening)
