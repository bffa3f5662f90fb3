"""What a route is: its place, which scope it needs, and what answers. Data, so that tests can go through all of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from quart import Request, Response

from actors.chatpion.ports import KeyLogin
from actors.chatpion.scopes import Access
from actors.chatpion.values import Account
from http_edge.dialects.chatpion.errors import missing
from http_edge.dialects.chatpion.fields import Fields
from protocol.codes import MAX_ID

MAX_BODY_BYTES: Final = 1_048_576
FILE_BODY_BYTES: Final = 20 * 2**20
"""What a body may have in which a file of the largest size stands, in base64, or one that is too large."""


_ID: Final = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


def known_id(text: str, what: str) -> int:
    """The id that stands in a path. Raises `Failed`, 404: what cannot be one is as absent as any."""
    if not _ID.fullmatch(text) or int(text) > MAX_ID:
        raise missing(what)
    return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path, in which `<id>` is an object's id. `noun` is what scopes call the things here."""

    method: str
    rule: str
    noun: str

    @property
    def access(self) -> Access:
        """What a key must be allowed: to read what it gets, to write for everything else."""
        return "read" if self.method in ("GET", "HEAD") else "write"

    @property
    def has_body(self) -> bool:
        """Whether what comes with it is read."""
        return self.method in ("POST", "PUT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that has passed every check but those of what it brings, and of the object that it is about.

    `fields` are those of the body, `args` those of the query. `id` is what stands in the path.
    """

    request: Request
    login: KeyLogin
    fields: Fields
    args: Fields
    id: str = ""

    @property
    def account(self) -> Account:
        """Whose key it is: nobody else's objects are there for this call."""
        return self.login.account

    def object_id(self, what: str) -> int:
        """The id in the path. Raises `Failed`, 404, for what cannot be one."""
        return known_id(self.id, what)


Handler = Callable[[Call], Awaitable[object]]
"""Answers a call with its `data`. Raises `errors.Failed`. Its docstring is the route's description.

Bad input is told before absent objects: read all of the fields first.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route, what answers its calls, and what the OpenAPI document says of it.

    `query` and `body` are msgspec models that describe what is read, and check nothing. `max_bytes` is what a body may
    have. `also`: statuses beyond those that follow from the rest.
    """

    route: Route
    handler: Handler
    query: Any = None
    body: Any = None
    max_bytes: int = MAX_BODY_BYTES
    also: tuple[int, ...] = ()


class Section(Protocol):
    """A part of the API."""

    def endpoints(self) -> Sequence[Endpoint]: ...


Path = Mapping[str, str]
"""What stands in a path, by name."""

View = Callable[..., Awaitable[Response]]
