"""What a text means that is HTML to its writer: its words, its clean form, and what is refused."""

from __future__ import annotations

import contextlib
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.hypertext import KEPT, MAX_SOURCE_CHARS, MAX_TAGS, Cleaner, Rich, TooLong, shown

CLEANER = Cleaner()


@pytest.mark.parametrize(
    "text",
    [
        "Hello from my bot!",
        "two\nlines\n\n  and an indent",
        "  spaces around  ",
        "a < b and c > d",
        "<3",
        "x<5 && y>6",
        "List<String> names",
        "vector<unique_ptr<Foo>>",
        "<user@example.com> wrote",
        "<https://example.com>",
        "<b unfinished",
        "<b<b<b",
        "</",
        "AT&T",
        "https://example.com/?a=1&copy=2&lt=3",
        "**not markdown**",
        "<!-- never closed",
        "<?php echo 1 ?>",
        "名前 👋",
    ],
)
def test_text_without_markup_is_kept_to_the_letter(text: str) -> None:
    assert CLEANER.read(text) == Rich(text, None)


@pytest.mark.parametrize(
    ("source", "body"),
    [
        ("&lt;b&gt; &amp; &eacute;&#33;&#x21;", "<b> & é!!"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("nul\0l", "null"),
        ("<!-- said to nobody -->hi", "hi"),
        ("<!doctype html>hi", "hi"),
        ("<script>alert(1)</script>hi", "hi"),
        ("<style>p {}</style>hi", "hi"),
        ("<img src=x onerror=alert(1)>hi", "hi"),
        ("<svg onload=alert(1)><p>", ""),
        ("<iframe src='https://example.com'></iframe>hi", "hi"),
        ("&#0;", "\ufffd"),
    ],
)
def test_what_is_left_without_markup_is_text(source: str, body: str) -> None:
    assert CLEANER.read(source).body == body


@pytest.mark.parametrize(
    ("source", "rich"),
    [
        ("<b>bold</b> word", Rich("bold word", "<b>bold</b> word")),
        ("<B CLASS=x onclick=alert(1)>bold</B>", Rich("bold", "<b>bold</b>")),
        ("<b>1 < 2 & 3</b>", Rich("1 < 2 & 3", "<b>1 &lt; 2 &amp; 3</b>")),
        ("<i>&lt;script&gt;</i>", Rich("<script>", "<i>&lt;script&gt;</i>")),
        ("a<br>b<br/><br />c", Rich("a\nb\n\nc", "a<br>b<br><br>c")),
        ("<p>one\n two</p>\n<p>three</p>", Rich("one two\nthree", "<p>one\n two</p>\n<p>three</p>")),
        ("<ul>\n <li>x\n <li>y</ul>", Rich("x\ny", "<ul>\n <li>x\n </li><li>y</li></ul>")),
        ("so:<pre>a\n  b\n\nc</pre>", Rich("so:\na\n  b\n\nc", "so:<pre>a\n  b\n\nc</pre>")),
        ("<b>@Al</b>ice, see", Rich("@Alice, see", "<b>@Al</b>ice, see")),
        ("<div>x</div >", Rich("x", "<div>x</div>")),
    ],
)
def test_markup_gives_text_and_its_clean_form(source: str, rich: Rich) -> None:
    assert CLEANER.read(source) == rich


@pytest.mark.parametrize("scheme", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", " java\nscript:x"])
def test_a_link_that_does_something_else_than_lead_is_none(scheme: str) -> None:
    assert CLEANER.read(f'<a href="{scheme}">x</a>').html == '<a rel="noopener noreferrer nofollow">x</a>'


def test_links_keep_their_address_and_do_not_tell_where_one_comes_from() -> None:
    html = CLEANER.read('<a title="1 > 0" href="https://example.com/?a=1&b=2" target=_top>x</a>').html
    assert html == (
        '<a title="1 &gt; 0" href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer nofollow">x</a>'
    )


def test_ten_thousand_characters_of_text_fit_whatever_the_source_takes() -> None:
    assert len(CLEANER.read("x" * 10_000).body) == 10_000
    assert len(CLEANER.read("&lt;" * 10_000).body) == 10_000
    assert len(CLEANER.read("<b>" + "x" * 10_000 + "</b>").body) == 10_000
    assert len(CLEANER.read("<" * 10_000).body) == 10_000


@pytest.mark.parametrize(
    "source",
    [
        "x" * 10_001,
        "<b>" + "x" * 10_001,
        "&lt;" * 10_001,
        "<b>" * (MAX_TAGS + 1),
        " " * (MAX_SOURCE_CHARS + 1),
        "<b></b>" + " " * 70_000 + "x",
    ],
)
def test_more_than_a_message_takes_is_refused(source: str) -> None:
    with pytest.raises(TooLong):
        CLEANER.read(source)


FORMATS = ["b", "i", "em", "strong", "small", "big", "code", "s", "strike", "tt", "u"]


@pytest.mark.parametrize(
    "source",
    [
        "".join(f"<b id={n}><p>" for n in range(990)),
        "".join(f"<{name}>" for name in FORMATS * 3) + "<p>" * 1_900,
        "<div>" * 1_990,
        "<" * 15_000,
        "<" * 99_000,
        "<!--" * 24_000,
        '<a \'"<a "' * 1_600,
        "<!doctype" * 11_000,
        "<a " + " ".join(f"x{n}" for n in range(14_000)) + ">",
    ],
    ids=lambda source: source[:12],
)
def test_nothing_that_fits_holds_up_the_others(source: str) -> None:
    # Processor time, and far more than it takes: an unbounded parser needs from seconds to a minute for most of these.
    began = time.process_time()
    with contextlib.suppress(TooLong):
        CLEANER.read(source)
    assert time.process_time() - began < 0.5


def test_any_message_is_shown_as_html() -> None:
    assert shown("a < b\nc", None) == "<p>a &lt; b<br>c</p>"
    assert shown("bold", "<b>bold</b>") == "<b>bold</b>"
    assert shown("", None) == ""


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert {name for name, _ in attrs} <= {"href", "title", "rel", "datetime"}


PIECES = [
    "<b>",
    "</b>",
    "<script>",
    "</script>",
    "<!--",
    "-->",
    "<p",
    ">",
    "'",
    '"',
    "&",
    "&lt;",
    "x",
    " ",
    "<svg>",
    "<a href=",
]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_nothing_gets_through_that_is_not_on_the_list(source: str) -> None:
    rich = CLEANER.read(source)
    tags = Tags()
    tags.feed(rich.html or "")
    assert set(tags.found) <= KEPT
    assert rich.html is None or tags.found, "html without markup"


@given(st.text(alphabet=st.characters(exclude_characters="<&\r\0", exclude_categories=["Cs"]), max_size=200))
def test_any_text_means_itself(text: str) -> None:
    assert CLEANER.read(text) == Rich(text, None)
