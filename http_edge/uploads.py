"""Files that requests bring: as the body itself, or as one part of a form. Never in memory as a whole."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Final, cast

from quart import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Event, File, MultipartDecoder, NeedData

from actors.values import Who
from http_edge.body import Body

MULTIPART: Final = "multipart/form-data"
MAX_PARTS: Final = 100
FORM_BYTES: Final = 65_536
"""What a form may hold beside the file."""
PIECE_BYTES: Final = 65_536
HEAD_BYTES: Final = 131_072
SLOTS: Final = 16
SLOTS_EACH: Final = 4
RETRY_S: Final = 2


class NoSlot(Exception):
    """As many uploads as there may be are under way, all in all or of this owner: come back in `RETRY_S`."""


class Slots:
    """Bounds how many uploads are under way: each holds a file, a buffer and a connection. One for the hub."""

    def __init__(self, total: int = SLOTS, each: int = SLOTS_EACH) -> None:
        self._total = total
        self._each = each
        self._taken: Counter[Who] = Counter()

    @contextlib.contextmanager
    def take(self, owner: Who) -> Iterator[None]:
        """Hold a slot for the block. Raises `NoSlot` at once rather than wait."""
        if self._taken.total() >= self._total or self._taken[owner] >= self._each:
            raise NoSlot
        self._taken[owner] += 1
        try:
            yield
        finally:
            self._taken[owner] -= 1
            if not self._taken[owner]:
                del self._taken[owner]


class Upload:
    """One file on its way in: what its sender calls it, and its bytes, once, to be iterated.

    Raises Werkzeug's errors while it is iterated: 400 for a form that is none, 408, 413.
    """

    def __init__(self, name: str, content_type: str | None, pieces: AsyncIterator[bytes]) -> None:
        self.name = name
        self.content_type = content_type
        self._pieces = pieces

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces


async def upload_in(request: Request, field: str, limit: int) -> Upload | None:
    """Return the file that a request brings, `limit` bytes at most: the body, or the part `field` of a form.

    None for a form without such a file. The body's name stands in `?name=` or in its `Content-Disposition`.
    """
    body = cast("Body", request.body)
    if request.mimetype != MULTIPART:
        return Upload(_name_of(request), request.content_type, body.stream(limit))
    form = _Form(body.stream(limit + FORM_BYTES), request.mimetype_params.get("boundary", ""))
    part = await form.find(field)
    return None if part is None else Upload(part.filename, part.headers.get("Content-Type"), form)


def _name_of(request: Request) -> str:
    given = request.args.get("name")
    if given is not None:
        return given
    _, options = parse_options_header(request.headers.get("Content-Disposition"))
    return options.get("filename", "")


class _Form:
    """A form whose one file is wanted: found with `find`, then iterated. Everything else in it is read past."""

    def __init__(self, body: Body, boundary: str) -> None:
        if not boundary:
            raise BadRequest
        self._body = body
        self._decoder = MultipartDecoder(boundary.encode("utf-8", "replace"), HEAD_BYTES, max_parts=MAX_PARTS)
        self._piece = memoryview(b"")
        self._beside = 0
        self._in_file = False

    async def find(self, field: str) -> File | None:
        """Read up to the first file in this field."""
        while not isinstance(event := await self._next(), Epilogue):
            if isinstance(event, File) and event.name == field:
                self._in_file = True
                return event
            self._pass(event)
        return None

    def __aiter__(self) -> _Form:
        return self

    async def __anext__(self) -> bytes:
        while self._in_file:
            event = await self._next()
            if isinstance(event, Data):
                self._in_file = event.more_data
                if event.data:
                    return event.data
        await self._read_past()
        raise StopAsyncIteration

    async def _read_past(self) -> None:
        """Up to the end: a connection that is to be used again must not have a rest in it."""
        while not self._decoder.complete:
            self._pass(await self._next())

    def _pass(self, event: Event) -> None:
        if isinstance(event, Data):
            self._beside += len(event.data)
        if self._beside > FORM_BYTES:
            raise RequestEntityTooLarge

    async def _next(self) -> Event:
        try:
            while isinstance(event := self._decoder.next_event(), NeedData):
                self._decoder.receive_data(await self._more())
        except (ValueError, AttributeError):  # the decoder takes some line breaks for granted
            raise BadRequest from None
        return event

    async def _more(self) -> bytes | None:
        """The next bytes, None at the end."""
        if not self._piece:
            try:
                self._piece = memoryview(await anext(self._body))
            except StopAsyncIteration:
                return None
        more, self._piece = self._piece[:PIECE_BYTES], self._piece[PIECE_BYTES:]
        return bytes(more)
