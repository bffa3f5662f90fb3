"""What a request brings: a JSON body, read once; and the checks that several routes share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final, TypeVar, cast

import msgspec
from quart import Request

from http_edge.body import Body
from http_edge.dialects.botmanager.errors import Failed, bad_input

T = TypeVar("T")

JSON: Final = "application/json"
MAX_OBJECT_BYTES: Final = 65_536
MAX_DEPTH: Final = 32
MAX_LIMIT: Final = 1_000

_LIMIT: Final = re.compile(r"[0-9]{1,18}", re.ASCII)


class Reading:
    """The body of one request."""

    __slots__ = ("_body", "_found", "_request")

    def __init__(self, request: Request) -> None:
        self._request = request
        self._body: bytes | None = None
        self._found: Any = None

    async def document(self) -> Any:
        """The JSON value; an empty body is `{}`. Raises `Failed`, 400, and Werkzeug's errors for what is too large."""
        if self._body is None:
            self._body = body = await cast("Body", self._request.body)
            self._found = self._parse(body)
        if isinstance(self._found, Failed):
            raise self._found
        return self._found

    async def object(self) -> dict[str, Any]:
        """The JSON object. Raises as `document`."""
        found = await self.document()
        if not isinstance(found, dict):
            raise bad_input("The body must be a JSON object")
        return found

    async def into(self, model: type[T]) -> T:
        """The object as a model's. Raises as `document`; keys that the model does not have are ignored."""
        return convert(await self.object(), model)

    async def token(self) -> str | None:
        """What stands in the body as `token`. A body that is none has none."""
        try:
            found = await self.document()
        except Failed:
            return None
        token = found.get("token") if isinstance(found, dict) else None
        return token if isinstance(token, str) and token else None

    def _parse(self, body: bytes) -> Any:
        if not body:
            return {}
        if self._request.mimetype != JSON:
            return bad_input(f"The Content-Type must be {JSON}")
        try:
            return msgspec.json.decode(body)
        except (ValueError, RecursionError):  # msgspec's own are ValueErrors
            return bad_input("The body is not valid JSON")


def convert(value: Any, model: type[T]) -> T:
    """The value as a model's. Raises `Failed`, 400."""
    try:
        return msgspec.convert(value, model)
    except msgspec.ValidationError as error:
        raise bad_input(str(error)) from None


def kept_object(value: Mapping[str, Any], what: str, limit: int = MAX_OBJECT_BYTES) -> str:
    """An object to be kept, as JSON. Raises `Failed`: 413 beyond `limit` bytes, 400 when it is nested too deep."""
    if _depth_exceeds(value, MAX_DEPTH):
        raise bad_input(f"{what} may be nested {MAX_DEPTH} deep at most")
    text = msgspec.json.encode(value)
    if len(text) > limit:
        raise Failed(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"{what} may have {limit} bytes at most")
    return text.decode()


def limit_in(args: Mapping[str, str], default: int, most: int = MAX_LIMIT) -> int:
    """How many records are asked for: never more than `most`. Raises `Failed`, 400, for what is no number."""
    text = args.get("limit")
    if text is None:
        return default
    if not _LIMIT.fullmatch(text):
        raise bad_input("limit must be a whole number, 0 or more")
    return min(int(text), most)


def _depth_exceeds(value: Any, most: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if most == 0:
        return True
    inner = value.values() if isinstance(value, dict) else value
    return any(_depth_exceeds(each, most - 1) for each in inner)
