"""Text that is HTML to whoever wrote it, as bots for Campfire and its kin write it, and what chat makes of it. Pure.

A message has a `body`, which is text, and `html` where there is markup. Both come from one source here, so that what
search and `@Name` find is what people read.
"""

import re
from collections.abc import Iterable
from html import escape, unescape
from html.parser import HTMLParser
from typing import Final, NamedTuple

import nh3

from protocol.codes import MAX_BODY_CHARS

MAX_SOURCE_CHARS: Final = 100_000
MAX_SIGNS: Final = 15_000
MAX_TAGS: Final = 2_000
MAX_HTML_CHARS: Final = 65_536
"""Within these bounds a source takes some ten milliseconds at worst; ten times as many tags would take a second."""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


BREAKING: Final = _names("address blockquote dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 hr li ol p pre ul")
KEPT: Final = BREAKING | _names(
    "a abbr acronym b big br cite code del dfn em i ins kbd s samp small span strike strong sub sup time tt u var"
)
DROPPED: Final = _names(
    "article aside audio body button center embed font footer form frame frameset head header html iframe img input "
    "label link main mark math meta nav noscript object option script section select source style svg table tbody td "
    "textarea tfoot th thead title tr video"
)
"""What is no element of HTML is no tag: `List<String>` is text."""

ATTRIBUTES: Final = {"a": {"href", "title"}, "abbr": {"title"}, "acronym": {"title"}, "time": {"datetime"}}
SCHEMES: Final = {"http", "https", "mailto"}

_FOLD: Final = re.compile(r"[ \t\n\f\r]+")
# Neither alternative scans past the next `<`, so that a text full of them takes no longer than another. A `<` or `&`
# that begins nothing is matched by the last one.
_MARK: Final = re.compile(
    r"""<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<rest>(?:[\s/](?:[^<>"']|"[^"<]*"|'[^'<]*')*+)?)>"""
    r"""|<![dD][oO][cC][tT][yY][pP][eE][^<>]*>"""
    r"""|&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"""
    r"""|[<&]"""
)
_MAX_REST: Final = 2_100


class TooLong(ValueError):
    """It is more than a message takes: over 10,000 characters of text, or beyond all reason in markup."""


class Rich(NamedTuple):
    """What a message shows: `body` is the text; `html` is clean, and None if there is no markup in it."""

    body: str
    html: str | None


class Cleaner:
    """Reads HTML. Stateless once built; one serves the whole hub."""

    __slots__ = ("_cleaner",)

    def __init__(self) -> None:
        self._cleaner = nh3.Cleaner(
            tags=set(KEPT),
            clean_content_tags={"script", "style", "title"},
            attributes={name: set(allowed) for name, allowed in ATTRIBUTES.items()},
            url_schemes=SCHEMES,
            link_rel="noopener noreferrer nofollow",
        )

    def read(self, source: str) -> Rich:
        """What the source says. Raises `TooLong`.

        Text without markup is kept to the letter, but for `&name;`. In markup white space folds, and elements break
        lines, as in a browser.
        """
        if len(source) > MAX_SOURCE_CHARS or source.count("<") + source.count("&") > MAX_SIGNS:
            raise TooLong
        text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        rich = self._read(text) if "<" in text or "&" in text else Rich(text, None)
        if len(rich.body) > MAX_BODY_CHARS or len(rich.html or "") > MAX_HTML_CHARS:
            raise TooLong
        return rich

    def _read(self, text: str) -> Rich:
        source = _regular(_without_comments(text))
        if "<" not in source:
            return Rich(unescape(source), None)
        html = self._cleaner.clean(source).strip()
        return Rich(text_of(html), html if "<" in html else None)


def shown(body: str, html: str | None) -> str:
    """The message as HTML, whether or not it has markup; of no text there is none."""
    if html or not body:
        return html or ""
    return f"<p>{escape(body, quote=False)}</p>".replace("\n", "<br>")


def text_of(html: str) -> str:
    """The text of clean HTML."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return reader.text()


def _without_comments(text: str) -> str:
    parts, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        parts.append(text[at:start])
        at = end + 3
    parts.append(text[at:])
    return "".join(parts)


def _regular(text: str) -> str:
    """The text with no `<` but those of known tags, and no `&` but those of references."""
    source = _MARK.sub(_regular_mark, text)
    if source.count("<") > MAX_TAGS:
        raise TooLong
    return source


def _regular_mark(match: re.Match[str]) -> str:
    name = (match["name"] or "").lower()
    if not name:
        return match[0] if match[0].endswith(";") else "" if match[0].startswith("<!") else escape(match[0])
    if (name not in KEPT and name not in DROPPED) or len(match["rest"]) > _MAX_REST:
        return escape(match[0], quote=False)
    # Attributes that mean nothing go: unclosed elements that differ in one are opened again in each paragraph to come.
    return match[0] if name in ATTRIBUTES else f"<{match['close']}{name}>"


class _TextReader(HTMLParser):
    """Collects lines: elements break them, white space folds, except in `pre`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._pre = 0

    def handle_starttag(self, tag: str, attrs: Iterable[object]) -> None:
        if tag == "br":
            self._end_line()
        elif tag in BREAKING:
            self._break()
            self._pre += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if tag in BREAKING:
            self._break()
            self._pre -= tag == "pre"

    def handle_data(self, data: str) -> None:
        if not self._pre:
            folded = _FOLD.sub(" ", data)
            at_edge = not self._line or self._line.endswith(" ")
            self._line += folded.removeprefix(" ") if at_edge else folded
            return
        first, *rest = data.split("\n")
        self._line += first
        for line in rest:
            self._end_line()
            self._line = line

    def text(self) -> str:
        """All that was read."""
        self._break()
        return "\n".join(self._lines).strip("\n")

    def _break(self) -> None:
        if self._line:
            self._end_line()

    def _end_line(self) -> None:
        self._lines.append(self._line.rstrip(" "))
        self._line = ""
