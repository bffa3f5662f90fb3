"""What a route is: its place, who may call it, and what answers. Data, so that tests can go through all of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from quart import Request, Response

from actors.values import ManagedBot
from http_edge.dialects.botmanager.callers import Identity
from http_edge.dialects.botmanager.reading import Reading
from http_edge.peers import Peer


class Access(Enum):
    """Who may call a route. Administrators may call all of them; others get 403, nobody 401."""

    ANYBODY = "anybody"
    PERSON = "people"
    ADMINISTRATOR = "administrators"
    SELF = "the user whose id is in the path"
    CALLER = "people and bots"
    OWNER = "the owner of the bot in the path"
    BOT = "the owner of the bot in the path, or the bot"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One method of one path, in which `<user>` is a user's id and every other part leads to a bot.

    `body_token`: bots may present their token in the body. `may_be_open`: `open_bot_endpoints` lets in those who
    present nothing. `checks_origin`: a page that may not use cookies is refused even where none is sent.
    `tells_presence`: what a bot says here is about its presence, which the call itself is no sign of.
    """

    method: str
    rule: str
    access: Access
    body_token: bool = False
    may_be_open: bool = False
    checks_origin: bool = False
    tells_presence: bool = False

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return self.method not in ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that has passed every check but that of its input.

    `bot` is the one that the path leads to, `user` the id that stands in it. `base` is the hub's URL as the caller's
    `Host` has it.
    """

    request: Request
    identity: Identity
    reading: Reading
    peer: Peer
    base: str
    named_bot: ManagedBot | None = None
    named_user: int | None = None

    @property
    def bot(self) -> ManagedBot:
        """The bot in the path."""
        if self.named_bot is None:
            raise TypeError("this route leads to no bot")
        return self.named_bot

    @property
    def user(self) -> int:
        """The user's id in the path."""
        if self.named_user is None:
            raise TypeError("this route leads to no user")
        return self.named_user


Handler = Callable[[Call], Awaitable[Response]]
"""Answers a call. Raises `errors.Failed`. Its docstring is the route's description."""


Finder = Callable[[str], Awaitable[ManagedBot | None]]
"""From what stands in a path to the bot that it leads to. Raises `errors.Failed`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route, what answers its calls, and what the OpenAPI document says of it.

    `find`: how the path leads to a bot; without it by the bot's id. `answer`, `body` and `query` are msgspec models.
    `also`: statuses beyond those that follow from the rest.
    """

    route: Route
    handler: Handler
    answer: Any
    find: Finder | None = None
    body: Any = None
    query: Any = None
    also: tuple[int, ...] = ()


class Section(Protocol):
    """A part of the document."""

    def endpoints(self) -> Sequence[Endpoint]: ...
