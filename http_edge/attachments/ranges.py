"""Which part of a file is asked for, and whether the client has it already (RFC 9110, sections 13 and 14). Pure.

One range is served; of several the whole file is, which section 14.2 allows, and which spares both sides a body of
many parts. What is no range at all counts for nothing, as the same section wants it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, NamedTuple

from werkzeug.datastructures import Headers
from werkzeug.http import http_date, parse_date

_RANGE: Final = re.compile(r"bytes[ \t]*=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*", re.ASCII | re.IGNORECASE)
_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"')


class Version(NamedTuple):
    """What tells one state of a file from another. Files here never change, so there is one."""

    tag: str
    saved_at: datetime

    @classmethod
    def of(cls, digest: str, saved_at_ms: int) -> Version:
        """The version of a file with this digest. HTTP counts in whole seconds."""
        return cls(f'"{digest[:32]}"', datetime.fromtimestamp(saved_at_ms // 1_000, UTC))

    @property
    def date(self) -> str:
        """The value of `Last-Modified`."""
        return http_date(self.saved_at)


class Cut(NamedTuple):
    """What is answered: a status, and the bytes from `start` to `stop` with it."""

    status: HTTPStatus
    start: int
    stop: int


def cut(headers: Headers, size: int, version: Version) -> Cut:
    """Return what a GET or HEAD with these headers gets of a file, in the order of section 13.2.2."""
    status = _precondition(headers, version)
    if status is not None:
        return Cut(status, 0, 0)
    if "Range" in headers and _if_range(headers, version):
        return _range(headers["Range"], size)
    return Cut(HTTPStatus.OK, 0, size)


def _precondition(headers: Headers, version: Version) -> HTTPStatus | None:
    if "If-Match" in headers:
        if not _names(headers["If-Match"], version.tag):
            return HTTPStatus.PRECONDITION_FAILED
    elif _is_later(version, headers.get("If-Unmodified-Since")):
        return HTTPStatus.PRECONDITION_FAILED
    if "If-None-Match" in headers:
        is_known = _names(headers["If-None-Match"], version.tag, weakly=True)
    else:
        is_known = _is_later(version, headers.get("If-Modified-Since")) is False
    return HTTPStatus.NOT_MODIFIED if is_known else None


def _names(header: str, tag: str, *, weakly: bool = False) -> bool:
    """Whether a list of entity tags has this one in it. The weak comparison takes a weak tag for a strong one."""
    if header.strip() == "*":
        return True
    tags = _TAG.findall(header)
    return tag in tags or (weakly and f"W/{tag}" in tags)


def _is_later(version: Version, header: str | None) -> bool | None:
    """Whether the version came after a date; None for what is no date."""
    date = None if header is None else parse_date(header)
    return None if date is None else version.saved_at > date


def _if_range(headers: Headers, version: Version) -> bool:
    """Whether the range is of what the client has the rest of. A weak tag never proves that."""
    header = headers.get("If-Range", "").strip()
    return header in ("", version.tag, version.date)


def _range(header: str, size: int) -> Cut:
    match = _RANGE.fullmatch(header)
    if match is None or match[1] == match[2] == "":
        return Cut(HTTPStatus.OK, 0, size)
    start, stop = _bounds(match[1], match[2], size)
    if match[1] and match[2] and int(match[2]) < int(match[1]):
        return Cut(HTTPStatus.OK, 0, size)
    if start >= stop:
        return Cut(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, 0, 0)
    return Cut(HTTPStatus.PARTIAL_CONTENT, start, stop)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
