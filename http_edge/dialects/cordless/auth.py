"""Whose key stands in the path, and which of its rooms is meant."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Final, NamedTuple

from actors.ports import Accounts, Library
from actors.values import BotLogin, Caller
from http_edge.dialects.cordless.errors import Declined, expected
from http_edge.dialects.cordless.wire import number
from http_edge.gateway import Gateway

_KEY: Final = re.compile(r"[1-9][0-9]{0,15}-[A-Za-z0-9]{1,200}", re.ASCII)
"""`{bot id}-{token}`. In Campfire an empty token let in as any person; what has not this form is not even looked up."""


class Visit(NamedTuple):
    """A bot in one of its rooms. `key` is what it came in by; `base` the hub's URL as the bot knows it."""

    login: BotLogin
    key: str
    conv: int
    base: str

    @property
    def caller(self) -> Caller:
        """The bot."""
        return self.login.caller

    def __repr__(self) -> str:
        # Without the key: tracebacks end in logs.
        return f"Visit(bot={self.caller.id}, conv={self.conv})"


def known_id(text: str) -> int:
    """The id that stands in a path. Raises `Declined`, 404, when nothing can have it."""
    found = number(text)
    if found is None:
        raise Declined(HTTPStatus.NOT_FOUND)
    return found


class Doorkeeper:
    """Lets bots into their rooms."""

    __slots__ = ("_accounts", "_gateway", "_library")

    def __init__(self, accounts: Accounts, library: Library, gateway: Gateway) -> None:
        self._accounts = accounts
        self._library = library
        self._gateway = gateway

    async def enter(self, room: str, key: str, base: str) -> Visit:
        """Raises `Declined`: 401 for a wrong key, 403 for a room that the bot is not in, be there one or not."""
        login = await self._sign_in(key)
        rooms = expected(await self._gateway.read(self._library.memberships(login.caller.who)))
        conv = number(room)
        if conv is None or conv not in rooms:
            raise Declined(HTTPStatus.FORBIDDEN)
        return Visit(login, key, conv, base)

    async def _sign_in(self, key: str) -> BotLogin:
        call = self._accounts.by_bot_key(key) if _KEY.fullmatch(key) else None
        login = None if call is None else expected(await self._gateway.read(call))
        if login is None:
            raise Declined(HTTPStatus.UNAUTHORIZED)
        return login
