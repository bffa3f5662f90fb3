"""A request as a value: what is asked for, before anything is sent.

What is None is left out: for ChatPion null and absent are the same, but in a PUT, whose body goes as given.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeAlias

Params: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Request:
    """`path` begins at the hub's root, `query` holds texts, `body` is JSON or None for no body."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def safe(self) -> bool:
        """Whether asking twice does no more than asking once did."""
        return self.method == "GET"

    def page(self, number: int) -> "Request":
        """The same for another page."""
        return replace(self, query=self.query | {"page": str(number)})


def get(path: str, /, **query: object) -> Request:
    """Ask for something; dates and times are written as ISO 8601. Raises ValueError for a time without a zone."""
    return Request("GET", path, {key: _text(value) for key, value in query.items() if value is not None})


def post(path: str, /, **body: object) -> Request:
    """Make or do something."""
    return Request("POST", path, body=encode({key: value for key, value in body.items() if value is not None}))


def put(path: str, body: Params) -> Request:
    """Change something: what `body` does not name stays, None is null."""
    return Request("PUT", path, body=encode(body))


def delete(path: str) -> Request:
    """Remove something."""
    return Request("DELETE", path)


def encode(body: Params) -> bytes:
    """The body as JSON; bytes become base64, dates and times ISO 8601. Raises TypeError for what JSON does not know."""
    return json.dumps(body, ensure_ascii=False, allow_nan=False, default=_plain).encode()


def _plain(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"a {type(value).__name__} is nothing that JSON knows")


def _text(value: object) -> str:
    # The hub takes a naive time for UTC; the program's author may have meant the clock on the wall.
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return value.isoformat() if isinstance(value, date) else str(value)
