"""Markdown in, sanitised HTML out, whatever comes in."""

import time

import nh3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actors.conversation.markup import MAX_MARKS, Markup

MARKUP = Markup()
REL = 'rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("**bold** and __bold__", "<p><strong>bold</strong> and <strong>bold</strong></p>"),
        ("*it* and _it_", "<p><em>it</em> and <em>it</em></p>"),
        ("`a < b`", "<p><code>a &lt; b</code></p>"),
        ("```py\nx = 1\n```", "<pre><code>x = 1\n</code></pre>"),
        ("~~~\n*x*\n~~~", "<pre><code>*x*\n</code></pre>"),
        ("[hub](https://x.example/?a=1&b)", f'<p><a href="https://x.example/?a=1&amp;b" {REL}>hub</a></p>'),
        ("<https://x.example>", f'<p><a href="https://x.example" {REL}>https://x.example</a></p>'),
        ("*a*\nb", "<p><em>a</em><br>\nb</p>"),
        ("*a*\n\nb", "<p><em>a</em></p>\n<p>b</p>"),
        ("*a* \\*b\\*", "<p><em>a</em> *b*</p>"),
        ("*a* <b onclick=x>b</b> & c", "<p><em>a</em> &lt;b onclick=x&gt;b&lt;/b&gt; &amp; c</p>"),
    ],
)
def test_markup_is_rendered(body: str, html: str) -> None:
    assert MARKUP.render(body) == html


@pytest.mark.parametrize(
    "body",
    [
        "hello",
        "2 * 3 * 4",
        "snake_case_name",
        "# no heading\n- no list\n> no quote",
        "<b>no html</b>",
        "1 < 2",
        "\\*no\\*",
        "`open",
        "[no](javascript:alert(1))",
        "<javascript:alert(1)>",
        "    four spaces",
        "https://bare.example/url",
        "",
    ],
)
def test_a_body_without_markup_needs_no_html(body: str) -> None:
    assert MARKUP.render(body) is None


HOSTILE = [
    "[" * 10_000,
    "*a " * 3_333,
    "*a_ " * 2_500,
    "*_" * 5_000,
    "[a](" * 2_500,
    "[a](<b" * 1_600,
    "](" * 5_000,
    "~~~\n" * 2_500,
    "*\n" * 5_000,
    "*" + "a\n" * 4_999,
    "[a](b '" + "\\'" * 4_990,
    "".join("`" * n + " " for n in range(1, 139)),
    "<http:" * 1_600,
    "\\*" * 5_000,
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:6]))
def test_hostile_bodies_take_a_few_milliseconds(body: str) -> None:
    for text in (body, body[:MAX_MARKS], body[: MAX_MARKS // 2]):
        best = min(timed(text) for _ in range(3))
        assert best < 0.05  # measured: at most 0.006


def timed(body: str) -> float:
    began = time.process_time()
    MARKUP.render(body)
    return time.process_time() - began


@given(st.text(alphabet=st.sampled_from("*_`~[]()<>\\ \nab:/\"'&=javscriptonhttp"), max_size=300))
@settings(deadline=None, max_examples=300)
def test_nothing_dangerous_comes_out(body: str) -> None:
    html = MARKUP.render(body)
    if html is not None:
        tags = {"p", "br", "strong", "em", "code", "pre", "a"}
        schemes = {"http", "https", "mailto"}
        attributes = {"a": {"href", "title"}}
        assert html == nh3.clean(
            html, tags=tags, attributes=attributes, url_schemes=schemes, link_rel="noopener noreferrer nofollow"
        )
        assert "javascript:" not in [part.partition('"')[0] for part in html.split('href="')[1:]]


def test_a_bug_of_the_parser_costs_the_markup_only(monkeypatch: pytest.MonkeyPatch) -> None:
    markup = Markup()

    def fail(body: str) -> str:
        raise RecursionError

    monkeypatch.setattr(Markup, "_render", lambda self, body: fail(body))
    assert markup.render("**x**") is None
