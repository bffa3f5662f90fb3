"""What AuroriaLink's clients send and are answered, to the byte."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, Final, Literal
from urllib.parse import parse_qsl

import msgspec
from msgspec import UNSET, Struct, UnsetType
from quart import Request, Response

from actors.messages.outcomes import Refused
from http_edge.gateway import retry_after
from protocol.codes import MAX_BODY_CHARS

PATH: Final = "/app/bot_api.php"
ROUTE: Final = "api_messenger"
QUERY: Final = f"route={ROUTE}".encode()
"""What nearly every client sends, to the byte: it need not be taken apart."""
ACTION: Final = "add_message"

COMMITTED: Final = b'{"return_code": 0}'
NOT_ASSIGNED: Final = b'{"return_info": "your key access is not affected"}'
OVER_THE_RATE: Final = b'{"return_info": "Please respect the imposed usage limit of 10 requests per minute"}'
"""The document's words, whatever `aurorialink_rate` is set to: clients compare them."""

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
JSON: Final = "application/json"
MAX_FIELDS: Final = 100


class Query(Struct):
    """Which of the old program's routes is meant."""

    route: Literal["api_messenger"]


class AddMessage(Struct, frozen=True):
    """A message for every conversation that the bot is assigned to."""

    CONTENT_TYPES: ClassVar = (FORM, MULTIPART, JSON)

    key_access: str
    type_action: Literal["add_message"]
    content_message: str


class Answered(Struct, omit_defaults=True):
    """One of the two: `return_code` 0 when the message is on disk in every conversation, else `return_info` says why.

    The bot is assigned to no conversation, or it said too much within the last minute: wait 60 seconds.
    """

    return_code: Literal[0] | UnsetType = UNSET
    return_info: str | UnsetType = UNSET


async def read_call(request: Request) -> AddMessage | None:
    """Return what the body asks for; None when a parameter is missing, blank or unknown.

    Raises Werkzeug's errors for a body that is too large or does not come.
    """
    try:
        fields = await _fields(request)
    except (ValueError, RecursionError):  # msgspec's errors, which are ValueErrors; and JSON of a million brackets
        return None
    key, content = fields.get("key_access"), fields.get("content_message")
    if not key or not isinstance(key, str) or fields.get("type_action") != ACTION or not isinstance(content, str):
        return None
    content = content[:MAX_BODY_CHARS]
    return AddMessage(key, ACTION, content) if content.strip() else None


def is_route(request: Request) -> bool:
    """Whether the query names the one route there is."""
    return request.query_string == QUERY or request.args.get("route") == ROUTE


def spellings(key: str) -> tuple[str, ...]:
    """Return what may have been meant: a `+` that was not percent-encoded arrives as a space."""
    return (key, key.replace(" ", "+")) if " " in key else (key,)


def answer(body: bytes) -> Response:
    """Return a documented answer."""
    return Response(body, HTTPStatus.OK, content_type=JSON)


def nothing() -> Response:
    """Return the empty 404, the same whatever failed: it tells a stranger nothing."""
    return _empty(HTTPStatus.NOT_FOUND)


def later(refused: Refused) -> Response:
    """Return an empty 503: the document knows no temporary failure, and a 404 would say that the key is wrong."""
    response = _empty(HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Retry-After"] = str(retry_after(refused))
    return response


def complain(status: int) -> Response:
    """Return what is said of failures outside the handler: a crash is the hub's fault, all else the client's."""
    return _empty(status) if status >= HTTPStatus.INTERNAL_SERVER_ERROR else nothing()


def _empty(status: int) -> Response:
    response = Response(b"", status)
    del response.headers["Content-Type"]
    return response


async def _fields(request: Request) -> Mapping[str, Any]:
    """Return the body's parameters, the last one of each name as PHP does. Raises ValueError."""
    if request.mimetype == MULTIPART:
        return {name: values[-1] for name, values in (await request.form).lists()}
    body = await request.get_data(cache=False, as_text=False, parse_form_data=False)
    if request.mimetype == JSON or (request.mimetype != FORM and body.lstrip().startswith(b"{")):
        return msgspec.json.decode(body, type=dict[str, Any])
    # The document only recommends the Content-Type. What is no UTF-8 is shown as such rather than refused.
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
