"""Markdown to sanitised HTML: bold, italic, code, fences and links.

Two walls: the parser knows no raw HTML and escapes it, and what it makes is cleaned with an allow-list all the same,
so that a bug of one of them is not a hole. Most lines of a chat have no markup: they never reach the parser.
"""

import logging
import re
from typing import Final

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

log = logging.getLogger("hubbub.conversation")

MAX_MARKS = 1_000
"""A text with more characters that mean something to the parser is shown as it is: each costs time, some squared."""

_MARK: Final = re.compile(r"[*_`\[\]<~\\\n]")
_MARKUP: Final = re.compile(r"[*_`]|~~~|\]\(|<(?:https?:|mailto:|[^\s<>@]+@)")
_PLAIN: Final = frozenset(
    {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "softbreak", "hardbreak"}
)


class Markup:
    """Renders bodies. Stateless once built; building it takes a millisecond, so one serves the whole hub."""

    __slots__ = ("_cleaner", "_parser")

    def __init__(self) -> None:
        rules = ["emphasis", "backticks", "fence", "link", "autolink", "escape", "newline"]
        self._parser = MarkdownIt("zero", {"breaks": True, "html": False}).enable(rules)
        self._cleaner = nh3.Cleaner(
            tags={"p", "br", "strong", "em", "code", "pre", "a"},
            attributes={"a": {"href", "title"}},
            url_schemes={"http", "https", "mailto"},
            link_rel="noopener noreferrer nofollow",
        )

    def render(self, body: str) -> str | None:
        """The body as HTML, or None if it has no markup: then the text says it all."""
        if _MARKUP.search(body) is None or len(_MARK.findall(body)) > MAX_MARKS:
            return None
        try:
            return self._render(body)
        except Exception:
            # A bug of the parser over one text must not take the conversation down: it is shown without markup.
            log.exception("markup of a message could not be rendered")
            return None

    def _render(self, body: str) -> str | None:
        env: dict[str, object] = {}
        tokens = self._parser.parse(body, env)
        if not any(map(_is_markup, tokens)):
            return None
        html: str = self._parser.renderer.render(tokens, self._parser.options, env)
        return self._cleaner.clean(html).strip()


def _is_markup(token: Token) -> bool:
    return token.type not in _PLAIN or any(map(_is_markup, token.children or ()))
