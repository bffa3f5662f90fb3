"""What the answers look like."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from http import HTTPStatus
from types import TracebackType
from typing import Final
from urllib.parse import quote

import msgspec
from msgspec import Struct
from quart import Response
from quart.wrappers.response import ResponseBody

from actors.messages.outcomes import Refused
from actors.ports import StoredFile
from http_edge.attachments.ranges import Cut, Version
from http_edge.errors import error
from http_edge.gateway import retry_after
from protocol.codes import ErrorCode

INERT_IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""What is shown where it stands. No other type is: not SVG, which holds scripts, nor PDF."""

_PLAIN: Final = re.compile(r"[^\x20-\x7e]|[\"\\]")


class Link(Struct, frozen=True):
    """A link that needs no token until `expires_at`, ms since the epoch."""

    url: str
    expires_at: int


class Slice(ResponseBody):
    """Bytes of a file, on their way. It closes the file however the sending ends."""

    def __init__(self, file: StoredFile, cut: Cut) -> None:
        self._chunks = file.chunks(cut.start, cut.stop)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> AsyncIterator[bytes]:
        await self._stack.enter_async_context(contextlib.aclosing(self._chunks))  # type: ignore[type-var]
        return self._chunks

    async def __aexit__(self, kind: type, error: BaseException, trace: TracebackType) -> None:
        await self._stack.aclose()


def json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Return a value as JSON that nobody keeps."""
    response = Response(msgspec.json.encode(value), status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def unauthorized() -> Response:
    """Return the answer to whoever does not say, or cannot prove, who asks."""
    response = error(HTTPStatus.UNAUTHORIZED, "send `Authorization: Bearer` with a native token, or a link that holds")
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def unavailable(seconds: int, message: str) -> Response:
    """Return the answer to what may be tried again."""
    response = error(HTTPStatus.SERVICE_UNAVAILABLE, message)
    response.headers["Retry-After"] = str(seconds)
    return response


def refused(outcome: Refused) -> Response:
    """Return the answer to what a port did not do: temporary, or a fault of ours."""
    if ErrorCode(outcome.code).temporary:
        return unavailable(retry_after(outcome), outcome.message)
    return error(HTTPStatus.INTERNAL_SERVER_ERROR)


def download(file: StoredFile, cut: Cut, version: Version, *, with_body: bool) -> Response:
    """Return a file, a part of it, or only what is to be known of it. Nothing in it is executed anywhere.

    `nosniff` and `sandbox` hold for whoever opens it in a browser all the same; `no-cache` because somebody may lose
    the right to read it: what is kept is asked about each time, which costs a 304.
    """
    content = file.attachment
    has_body = with_body and cut.stop > cut.start
    response = Response(Slice(file, cut) if has_body else b"", cut.status, content_type=content.content_type)
    response.timeout = None  # the connection's own deadline is on the pace, not on the whole
    headers = response.headers
    headers["ETag"] = version.tag
    headers["Last-Modified"] = version.date
    headers["Accept-Ranges"] = "bytes"
    headers["Cache-Control"] = "private, no-cache"
    headers["Vary"] = "Authorization"
    headers["Content-Disposition"] = disposition(content.name, content.content_type)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    headers["Referrer-Policy"] = "no-referrer"
    if cut.status is HTTPStatus.NOT_MODIFIED:
        del headers["Content-Length"], headers["Content-Type"]
    else:
        headers["Content-Length"] = str(cut.stop - cut.start)
    if cut.status is HTTPStatus.PARTIAL_CONTENT:
        headers["Content-Range"] = f"bytes {cut.start}-{cut.stop - 1}/{content.size}"
    elif cut.status is HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
        headers["Content-Range"] = f"bytes */{content.size}"
    return response


def disposition(name: str, content_type: str) -> str:
    """Return the value of `Content-Disposition`: shown only if it is an inert image (RFC 6266; RFC 8187 for names)."""
    kind = "inline" if content_type in INERT_IMAGES else "attachment"
    plain = _PLAIN.sub("_", name)
    if plain == name:
        return f'{kind}; filename="{name}"'
    # The names are told apart by encoding: who understands the second one takes it.
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
