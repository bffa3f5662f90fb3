"""Bodies in whatever encoding they come: JSON, a form, a multipart form. All become one set of fields."""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import Any, Final, cast
from urllib.parse import parse_qsl

import msgspec
from quart import Request
from werkzeug.exceptions import HTTPException
from werkzeug.formparser import MultiPartParser

from actors.values import Who
from http_edge.body import Body
from http_edge.dialects.chatpion import forms
from http_edge.dialects.chatpion.errors import Failed, bad_input
from http_edge.dialects.chatpion.fields import Fields
from http_edge.dialects.chatpion.routes import MAX_BODY_BYTES
from http_edge.uploads import RETRY_S, NoSlot, Slots

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
MAX_PAIRS: Final = 1_000


async def fields_of(request: Request, limit: int, slots: Slots, owner: Who) -> Fields:
    """Read the body, of `limit` bytes at most. Raises `Failed`, and Werkzeug's errors for what is too large.

    What may be larger than other bodies is bounded in number: each is in memory as a whole.
    """
    body = cast("Body", request.body)
    length = request.content_length
    if limit <= MAX_BODY_BYTES or (length is not None and length <= MAX_BODY_BYTES):
        return parse(request, await body)
    try:
        with slots.take(owner):
            return parse(request, await body.stream(limit))
    except NoSlot:
        raise Failed(HTTPStatus.SERVICE_UNAVAILABLE, "Too many uploads are under way", RETRY_S) from None


def parse(request: Request, body: bytes) -> Fields:
    """The fields of a body; an empty one has none. Whatever is no form is JSON."""
    if request.mimetype == FORM:
        return _form(_urlencoded(body))
    if request.mimetype == MULTIPART:
        return _form(_multipart(body, request.mimetype_params.get("boundary", "")))
    return Fields(_json(body)) if body.strip() else Fields()


def query_of(request: Request) -> Fields:
    """The fields of the query; of one that is repeated the first counts."""
    return Fields(request.args.to_dict(), textual=True)


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):  # msgspec's own are ValueErrors
        raise bad_input("The body is not valid JSON") from None
    if not isinstance(found, dict):
        raise bad_input("The body must be a JSON object")
    return found


def _form(pairs: list[tuple[str, str]]) -> Fields:
    try:
        return Fields(forms.read(pairs), textual=True)
    except forms.BadForm as error:
        raise bad_input(str(error)) from None


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_PAIRS, errors="strict")
    except ValueError:  # no UTF-8, or too many
        raise bad_input("The body is not a valid form") from None


def _multipart(body: bytes, boundary: str) -> list[tuple[str, str]]:
    parser = MultiPartParser(max_form_memory_size=None, max_form_parts=MAX_PAIRS)
    try:
        found, _ = parser.parse(BytesIO(body), boundary.encode(), len(body))
    except (ValueError, AttributeError, HTTPException):  # werkzeug takes some line breaks for granted
        raise bad_input("The body is not a valid form") from None
    return list(found.items(multi=True))
