"""A file's type comes from its bytes; what its sender says tells harmless texts apart and nothing else."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.sniff import BYTES, TEXT, sniff


def zipped(*names: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in names:
            archive.writestr(name, "application/epub+zip" if name == "mimetype" else "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x10\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x10\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"\x00\x00\x00\x1cftypavif\x00", "image/avif"),
        (b"\x00\x00\x00\x18ftypmp42\x00", "video/mp4"),
        (b"\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"),
        (b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm", "video/webm"),
        (b"\x1a\x45\xdf\xa3\x01B\x82\x88matroska", "video/x-matroska"),
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"ID3\x04\x00", "audio/mpeg"),
        (b"OggS\x00\x02", "application/ogg"),
        (b"\x1f\x8b\x08\x00", "application/gzip"),
        (b"x" * 257 + b"ustar\x0000", "application/x-tar"),
        (b"BM\x46\x00\x00\x00\x00\x00", "image/bmp"),
        (b"MZ\x90\x00\x03\x00", "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\x02\x01", "application/x-elf"),
        (zipped("a.txt"), "application/zip"),
        (zipped("mimetype", "META-INF/container.xml"), "application/epub+zip"),
        (
            zipped("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (
            zipped("[Content_Types].xml", "xl/workbook.xml"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        (b"<!DOCTYPE HTML><title>x", "text/html"),
        (b"\xef\xbb\xbf\n  <HTML>", "text/html"),
        (b"<script>alert(1)</script>", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<!-- a --><svg/>", "image/svg+xml"),
        (b"<?xml version='1.0'?><feed/>", "text/xml"),
        ("Grüße, 世界\r\n\tja\n".encode(), TEXT),
        ("hello".encode("utf-16"), TEXT),
        (b"BMW is a car, MZ a motorcycle", TEXT),
        (b"MZ was a motorcycle", TEXT),
        (b"\x1b[31mred\x1b[0m", TEXT),
        (b"\x01\x02\x03", BYTES),
        (b"RIFF\x10\x00\x00\x00XXXX", BYTES),
        (b"", BYTES),
    ],
)
def test_the_bytes_say_what_it_is(head: bytes, kind: str) -> None:
    assert sniff(head) == kind


@pytest.mark.parametrize("said", ["text/csv", "Text/CSV; charset=utf-8", " text/csv"])
def test_a_harmless_kind_of_text_is_believed(said: str) -> None:
    assert sniff(b"a,b\n1,2\n", said) == "text/csv"


@pytest.mark.parametrize("said", ["text/html", "image/svg+xml", "image/png", "application/javascript", "nonsense", ""])
def test_nothing_else_is_believed(said: str) -> None:
    assert sniff(b"a,b\n1,2\n", said) == TEXT
    assert sniff(b"\x00\x01", said) == BYTES
    assert sniff(b"<html>", said) == "text/html"


def test_markup_and_bytes_do_not_pass_for_a_harmless_text() -> None:
    assert sniff(b"<html>", "text/csv") == "text/html"
    assert sniff(b"\x00", "text/csv") == BYTES


@given(st.binary(max_size=300), st.text(max_size=30))
def test_whatever_comes_has_a_type_that_can_stand_in_a_header(head: bytes, said: str) -> None:
    kind = sniff(head, said)
    assert kind.isascii()
    assert kind.isprintable()
    assert kind.count("/") == 1
