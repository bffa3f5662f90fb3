"""What a route is: its place, who may call it how often, and what answers. Data, so that tests can go through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol

from quart import Request, Response

from http_edge.dialects.botlive.reading import Form, query_form

PREFIX: Final = "/botlive"
Share = Literal["message", "stats"]
"""Routes with the same one are counted together, for each address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path. `share`: what its calls count for; None: they may come as often as they like.

    `is_open`: it needs no key. `in_query`: the key may stand in the query, for clients that cannot send headers.
    """

    method: str
    rule: str
    share: Share | None = None
    is_open: bool = False
    in_query: bool = False

    @property
    def changes(self) -> bool:
        """Whether something may be another way after a call."""
        return self.method != "GET" or self.share == "message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that has passed every check but those of what it brings. `path` is what stands in the path.

    `id` is the request's, which nobody else's is.
    """

    request: Request
    id: str
    path: Mapping[str, str]

    @property
    def query(self) -> Form:
        """The fields of the query."""
        return query_form(self.request.args)


Handler = Callable[[Call], Awaitable[object]]
"""Answers a call with what is shown as JSON, or with a response. Raises `Failed` and `Invalid`.

Its docstring is the route's description.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route, what answers its calls, and what the OpenAPI document says of it.

    `query` and `body` are msgspec models that describe what is read, and check nothing. `also`: statuses beyond those
    that follow from the rest.
    """

    route: Route
    handler: Handler
    query: Any = None
    body: Any = None
    also: tuple[int, ...] = ()


class Section(Protocol):
    """A part of the API."""

    def endpoints(self) -> Sequence[Endpoint]: ...


View = Callable[..., Awaitable[Response]]
