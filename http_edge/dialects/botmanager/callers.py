"""Who calls: a person by a session's cookie, or a bot by its token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from msgspec import Struct
from werkzeug.datastructures import Headers

from actors.ports import Accounts, WebSessions
from actors.values import BotLogin, Caller, ManagedBot, WebSession
from http_edge.dialects.botmanager.errors import expected, not_signed_in
from http_edge.gateway import Gateway

COOKIE: Final = "session_token"
MAX_TOKEN_CHARS: Final = 512

_BEARER: Final = re.compile(r"Bearer +(\S+) *", re.ASCII | re.IGNORECASE)


class Identity(Struct, frozen=True):
    """Who a request comes from: at most one of `user` and `bot`.

    `session_id` is that of the user's session. `sent_cookie`: the request carries a session's cookie, good or not.
    `presented`: it carries a cookie or a token, good or not; whoever presents none is anonymous.
    """

    user: Caller | None = None
    bot: BotLogin | None = None
    session_id: str | None = None
    sent_cookie: bool = False
    presented: bool = False

    @property
    def known(self) -> bool:
        """Whether it is anybody."""
        return self.user is not None or self.bot is not None

    @property
    def caller(self) -> Caller:
        """The user, or the bot. Raises `Failed`, 401, for nobody."""
        caller = self.user if self.bot is None else self.bot.caller
        if caller is None:
            raise not_signed_in()
        return caller

    @property
    def rules_hub(self) -> bool:
        """Whether it is an administrator."""
        return self.user is not None and self.user.rules_hub

    def owns(self, bot: ManagedBot) -> bool:
        """Whether it is the bot's owner, or an administrator."""
        return self.user is not None and (self.user.rules_hub or self.user.id == bot.owner)

    def is_bot(self, bot: int) -> bool:
        """Whether it is this bot."""
        return self.bot is not None and self.bot.caller.id == bot


class Callers:
    """Knows people and bots by what they present. Raises `Failed`, 503, when that cannot be looked up now."""

    __slots__ = ("_accounts", "_gateway", "_sessions")

    def __init__(self, accounts: Accounts, sessions: WebSessions, gateway: Gateway) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._gateway = gateway

    async def identify(self, headers: Headers, cookies: Mapping[str, str], body_token: str | None = None) -> Identity:
        """Tell who calls. A bot's token beats a cookie, also when it is wrong: then it is nobody."""
        cookie = cookies.get(COOKIE)
        token = token_in(headers) or body_token
        if token is not None:
            bot = await self.by_bot_token(token)
            return Identity(bot=bot, sent_cookie=cookie is not None, presented=True)
        if cookie is None:
            return Identity()
        session = await self.by_cookie(cookie)
        if session is None:
            return Identity(sent_cookie=True, presented=True)
        return Identity(user=session.caller, session_id=session.id, sent_cookie=True, presented=True)

    async def by_cookie(self, cookie: str) -> WebSession | None:
        """Whose session's cookie this is."""
        if not 0 < len(cookie) <= MAX_TOKEN_CHARS:
            return None
        return expected(await self._gateway.read(self._sessions.find(cookie)))

    async def by_bot_token(self, token: str) -> BotLogin | None:
        """Whose token this is, among bots."""
        if not 0 < len(token) <= MAX_TOKEN_CHARS:
            return None
        return expected(await self._gateway.read(self._accounts.by_bot_token(token)))

    async def by_user_token(self, token: str) -> Caller | None:
        """Whose native token this is, among people."""
        if not 0 < len(token) <= MAX_TOKEN_CHARS:
            return None
        caller = expected(await self._gateway.read(self._accounts.by_token(token)))
        return caller if caller is not None and caller.kind == "user" else None


def token_in(headers: Headers) -> str | None:
    """The token that a request's headers carry, if any."""
    token = headers.get("X-Bot-Token", "").strip()
    if token:
        return token
    match = _BEARER.fullmatch(headers.get("Authorization", ""))
    return match[1] if match else None
