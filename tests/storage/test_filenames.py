"""A name that strangers chose hurts nobody."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.filenames import MAX_BYTES, MAX_CHARS, ending_of, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("Übersicht 2026 – v2.tar.gz", "Übersicht 2026 – v2.tar.gz"),
        ("写真.png", "写真.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\cv.doc", "cv.doc"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("trailing. . ", "trailing"),
        ("a\r\nContent-Type: text/html\r\n\r\n.txt", "html.txt"),
        ('x"; filename="evil.exe', "x__ filename=_evil.exe"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\x7f.txt", "ab.txt"),
        ("zero\u200bwidth.txt", "zerowidth.txt"),
        ("lone\ud800.txt", "lone.txt"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("com1.tar.gz", "_com1.tar.gz"),
        ("concert.txt", "concert.txt"),
        ("a  b\u3000c\t.txt", "a b c.txt"),
        ("", "file"),
        ("///", "file"),
        ("***", "file"),
        ("e\u0301.txt", "é.txt"),
    ],
)
def test_a_name_keeps_what_is_harmless(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_nameless_file_gets_an_ending_of_ours() -> None:
    assert safe_name("\u202e", ".png") == "file.png"


def test_a_long_name_keeps_its_ending() -> None:
    assert safe_name("x" * 500 + ".jpeg") == "x" * (MAX_CHARS - 5) + ".jpeg"
    assert len(safe_name("界" * 500 + ".jpeg").encode()) <= MAX_BYTES
    assert safe_name("x." + "y" * 500) == "x." + "y" * (MAX_CHARS - 2)


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.png", ".png"), ("a.tar.gz", ".gz"), ("a", ""), (".png", ""), ("a.", ""), ("a." + "b" * 13, "")],
)
def test_an_ending_is_short(name: str, ending: str) -> None:
    assert ending_of(name) == ending


@given(st.text(max_size=400))
def test_whatever_comes_is_one_visible_bounded_name(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe) <= MAX_CHARS
    assert len(safe.encode()) <= MAX_BYTES
    assert not set(safe) & set('/\\<>:"|?*%;`$\r\n')
    assert not any(unicodedata.category(char).startswith("C") for char in safe)
    assert safe == safe.strip(". ")
    assert safe_name(safe) == safe
