"""What kind of file some bytes are, by their first bytes and never by what somebody calls them. Pure.

Follows the patterns of the WHATWG MIME Sniffing Standard where it has them, and adds what people send each other. What
is not known is text if nothing in it could not be, and else just bytes.
"""

from __future__ import annotations

import codecs
from typing import Final, NamedTuple

HEAD_BYTES: Final = 4_096
BYTES: Final = "application/octet-stream"
TEXT: Final = "text/plain"
ZIP: Final = "application/zip"

# Nothing in the bytes tells these from other texts, and none of them is one that a browser runs.
_KINDS_OF_TEXT: Final = frozenset(
    {"text/csv", "text/markdown", "text/calendar", "text/vcard", "text/tab-separated-values", "application/json"}
)


class _Pattern(NamedTuple):
    magic: bytes
    kind: str
    at: int = 0


_PATTERNS: Final = (
    _Pattern(b"\x89PNG\r\n\x1a\n", "image/png"),
    _Pattern(b"\xff\xd8\xff", "image/jpeg"),
    _Pattern(b"GIF87a", "image/gif"),
    _Pattern(b"GIF89a", "image/gif"),
    _Pattern(b"II*\x00", "image/tiff"),
    _Pattern(b"MM\x00*", "image/tiff"),
    _Pattern(b"\x00\x00\x01\x00", "image/x-icon"),
    _Pattern(b"8BPS\x00\x01", "image/vnd.adobe.photoshop"),
    _Pattern(b"%PDF-", "application/pdf"),
    _Pattern(b"%!PS-Adobe-", "application/postscript"),
    _Pattern(b"{\\rtf", "application/rtf"),
    _Pattern(b"ID3", "audio/mpeg"),
    _Pattern(b"\xff\xfb", "audio/mpeg"),
    _Pattern(b"\xff\xf3", "audio/mpeg"),
    _Pattern(b"OggS\x00", "application/ogg"),
    _Pattern(b"fLaC", "audio/flac"),
    _Pattern(b"MThd\x00\x00\x00\x06", "audio/midi"),
    _Pattern(b"\x1f\x8b\x08", "application/gzip"),
    _Pattern(b"BZh", "application/x-bzip2"),
    _Pattern(b"\xfd7zXZ\x00", "application/x-xz"),
    _Pattern(b"\x28\xb5\x2f\xfd", "application/zstd"),
    _Pattern(b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    _Pattern(b"Rar!\x1a\x07", "application/vnd.rar"),
    _Pattern(b"ustar", "application/x-tar", 257),
    _Pattern(b"wOFF", "font/woff"),
    _Pattern(b"wOF2", "font/woff2"),
    _Pattern(b"OTTO\x00", "font/otf"),
    _Pattern(b"\x00\x01\x00\x00\x00", "font/ttf"),
    _Pattern(b"\x7fELF", "application/x-elf"),
    _Pattern(b"\x00asm", "application/wasm"),
    _Pattern(b"SQLite format 3\x00", "application/vnd.sqlite3"),
    _Pattern(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heif",
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
}
_ZIPS: Final = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
# What a browser would run or draw when it is let. Told apart so that nobody takes it for harmless text.
_MARKUP: Final = (
    (b"<!doctype html", "text/html"),
    (b"<html", "text/html"),
    (b"<script", "text/html"),
    (b"<iframe", "text/html"),
    (b"<head", "text/html"),
    (b"<body", "text/html"),
    (b"<svg", "image/svg+xml"),
    (b"<?xml", "text/xml"),
)
_MARKS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# The WHATWG's "binary data bytes".
_BINARY: Final = frozenset(range(0x09)) | {0x0B} | frozenset(range(0x0E, 0x1B)) | frozenset(range(0x1C, 0x20))


def sniff(head: bytes, said: str | None = None) -> str:
    """Return the type of a file whose first `HEAD_BYTES` (or all, if it is shorter) are these.

    `said` is what its sender calls it: believed only where it tells one harmless kind of text from another.
    """
    known = _known(head)
    if known is not None:
        return known
    if not _is_text(head):
        return BYTES
    markup = _markup(head)
    if markup is not None:
        return markup
    kind = (said or "").partition(";")[0].strip().lower()
    return kind if kind in _KINDS_OF_TEXT else TEXT


def _known(head: bytes) -> str | None:
    for pattern in _PATTERNS:
        if head.startswith(pattern.magic, pattern.at):
            return pattern.kind
    if head.startswith(b"PK\x03\x04"):
        return _zip(head)
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm" if b"webm" in head[:64] else "video/x-matroska"
    return _weak(head)


def _weak(head: bytes) -> str | None:
    """Magic of two letters, which texts may begin with: believed where the bytes are none."""
    if _is_text(head):
        return None
    if head.startswith(b"BM"):
        return "image/bmp"
    if head.startswith(b"MZ"):
        return "application/vnd.microsoft.portable-executable"
    return None


def _zip(head: bytes) -> str:
    """The office formats are archives; a file in the right folder is among their first entries."""
    if head.startswith(b"mimetypeapplication/", 30):
        kind = head[38:].partition(b"PK")[0][:80]
        return kind.decode("ascii", "replace") if kind in _OPEN_DOCUMENTS else ZIP
    if b"[Content_Types].xml" in head:
        return next((kind for folder, kind in _ZIPS if folder in head), ZIP)
    return ZIP


_OPEN_DOCUMENTS: Final = frozenset(
    b"application/" + kind
    for kind in (
        b"epub+zip",
        b"vnd.oasis.opendocument.text",
        b"vnd.oasis.opendocument.spreadsheet",
        b"vnd.oasis.opendocument.presentation",
    )
)


def _is_text(head: bytes) -> bool:
    return head.startswith(_MARKS) or (bool(head) and _BINARY.isdisjoint(head))


def _markup(head: bytes) -> str | None:
    start = head.removeprefix(codecs.BOM_UTF8).lstrip().lower()
    found = next((kind for tag, kind in _MARKUP if start.startswith(tag)), None)
    if found == "text/xml" and b"<svg" in start:
        return "image/svg+xml"
    return found
