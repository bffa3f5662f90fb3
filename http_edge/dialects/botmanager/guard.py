"""The checks that a call passes, in their order: caller 401, page 403, object 404, ownership 403.

Path and method came before, what the call brings comes after.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from quart import Request

from actors.ports import People, Whereabouts
from actors.values import ManagedBot
from http_edge.access import peer_of
from http_edge.dialects.botmanager.callers import Callers, Identity
from http_edge.dialects.botmanager.errors import bad_input, denied, expected, missing, not_signed_in
from http_edge.dialects.botmanager.reading import Reading
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Finder, Route
from http_edge.gateway import Gateway
from http_edge.origins import Origins
from http_edge.peers import base_url
from protocol.codes import MAX_ID

USER: Final = "user"
_ID: Final = re.compile(r"[1-9][0-9]{0,15}", re.ASCII)


class Guard:
    """Lets calls through to their handlers. `opens_bot_endpoints` is the setting of that name."""

    def __init__(
        self,
        *,
        callers: Callers,
        people: People,
        whereabouts: Whereabouts,
        gateway: Gateway,
        origins: Origins,
        opens_bot_endpoints: bool = False,
    ) -> None:
        self._callers = callers
        self._people = people
        self._whereabouts = whereabouts
        self._gateway = gateway
        self._origins = origins
        self._is_open = opens_bot_endpoints

    async def admit(self, endpoint: Endpoint, request: Request, path: Mapping[str, str]) -> Call:
        """Return the call to be handled. Raises `Failed`."""
        route = endpoint.route
        peer, reading = peer_of(request), Reading(request)
        base = base_url(request, peer, None)
        identity = await self._identify(route, request, reading)
        self._check_caller(route, identity)
        if self._is_at_risk(route, identity) and self._origins.forged(request.headers, base):
            raise denied()
        user = path.get(USER)
        bot = None if user is not None else await self._bot_in(path, endpoint.find or self.find_bot)
        if not _may(route.access, identity, bot, user):
            raise denied()
        return Call(request, identity, reading, peer, base, bot, None if user is None else _known_user(user))

    async def find_bot(self, text: str) -> ManagedBot | None:
        """The bot with this id."""
        if not _is_id(text):
            return None
        return expected(await self._gateway.read(self._people.managed(int(text))))

    async def bot_of(self, identity: Identity, value: Any) -> ManagedBot:
        """The bot that a body or a query names, which the caller must own or be. Raises `Failed`: 400, 404, 403."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise bad_input("bot_id must be a string")
        bot = await self.find_bot(str(value))
        if bot is None:
            raise missing("Bot")
        if not (identity.owns(bot) or identity.is_bot(bot.id)):
            raise denied()
        return bot

    async def _identify(self, route: Route, request: Request, reading: Reading) -> Identity:
        token = await reading.token() if route.body_token else None
        identity = await self._callers.identify(request.headers, request.cookies, token)
        if identity.bot is not None and not route.tells_presence:
            self._whereabouts.seen(identity.bot.caller.id)
        return identity

    def _check_caller(self, route: Route, identity: Identity) -> None:
        if identity.known or route.access is Access.ANYBODY:
            return
        if not (route.may_be_open and self._is_open) or identity.presented:
            raise not_signed_in()

    def _is_at_risk(self, route: Route, identity: Identity) -> bool:
        return route.checks_origin or (route.changes and identity.sent_cookie)

    async def _bot_in(self, path: Mapping[str, str], find: Finder) -> ManagedBot | None:
        for name, text in path.items():
            bot = await find(text)
            if bot is None:
                raise missing(name.capitalize())
            return bot
        return None


def _may(access: Access, identity: Identity, bot: ManagedBot | None, user: str | None) -> bool:
    """Whether somebody who passed the check of the caller may call."""
    match access:
        case Access.ANYBODY | Access.CALLER:
            return True
        case Access.PERSON:
            return identity.user is not None
        case Access.ADMINISTRATOR:
            return identity.rules_hub
        case Access.SELF:
            return identity.rules_hub or (identity.user is not None and str(identity.user.id) == user)
        case Access.OWNER:
            return bot is not None and identity.owns(bot)
        case Access.BOT:
            # Nobody at all was let in by `open_bot_endpoints`.
            return bot is not None and (not identity.known or identity.owns(bot) or identity.is_bot(bot.id))


def _known_user(text: str) -> int:
    if not _is_id(text):
        raise missing("User")
    return int(text)


def _is_id(text: str) -> bool:
    return bool(_ID.fullmatch(text)) and int(text) <= MAX_ID
