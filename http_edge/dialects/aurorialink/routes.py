"""The one endpoint: `POST /app/bot_api.php?route=api_messenger`.

Checks come in this order: method and route, TLS, ban, parameters, key, rate, assignment. The last two are the bot's.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final

import trio
from quart import Blueprint, Response, request
from quart_schema import DataSource, document_querystring, document_request, document_response, tag_blueprint

from actors.messages.bot import Say
from actors.messages.outcomes import AnyOutcome, NotAssigned, Refused, Said
from actors.ports import Accounts
from actors.values import BotLogin
from http_edge.access import peer_of
from http_edge.dialect import Dialect
from http_edge.dialects.aurorialink import wire
from http_edge.dialects.aurorialink.auth import Doorkeeper
from http_edge.gateway import Gateway
from http_edge.openapi import Nothing
from http_edge.peers import Peer, Peers
from http_edge.ratelimit import Bans
from protocol.codes import ErrorCode

NAME: Final = "aurorialink"


class NotFound(Nothing):
    """Empty, whatever was wrong: route, method, scheme, parameter or key; so it is for an address that is banned."""


class Unavailable(Nothing):
    """Empty. Not committed everywhere; to repeat it says it only where it was not said yet. Carries `Retry-After`."""


class AuroriaLink:
    """The dialect over its ports. All its state is who is banned."""

    def __init__(
        self,
        accounts: Accounts,
        gateway: Gateway,
        peers: Peers,
        bans: Bans,
        *,
        monotonic: Callable[[], float] = trio.current_time,
    ) -> None:
        self._gateway = gateway
        self._peers = peers
        self._door = Doorkeeper(accounts, gateway, bans, monotonic)

    def dialect(self) -> Dialect:
        """Return it as a part of the edge."""
        return Dialect(NAME, self._blueprint(), ("/app",), wire.complain)

    def _blueprint(self) -> Blueprint:
        routes = Blueprint(NAME, __name__)
        tag_blueprint(routes, [NAME])

        @routes.post(wire.PATH, provide_automatic_options=False)
        @document_querystring(wire.Query)
        @document_request(wire.AddMessage, source=DataSource.FORM)
        @document_response(wire.Answered, HTTPStatus.OK)
        @document_response(NotFound, HTTPStatus.NOT_FOUND)
        @document_response(Unavailable, HTTPStatus.SERVICE_UNAVAILABLE)
        async def bot_api() -> Response:
            """Say something in every conversation that the bot is assigned to."""
            return await self._answer(peer_of(request))

        return routes

    async def _answer(self, peer: Peer) -> Response:
        if not wire.is_route(request) or not self._peers.are_safe(peer):
            return wire.nothing()
        if self._door.keeps_out(peer.network):
            return wire.nothing()
        call = await wire.read_call(request)
        if call is None:
            return wire.nothing()
        login = await self._door.sign_in(call.key_access, peer.network)
        if login is None:
            return wire.nothing()
        if isinstance(login, Refused):
            return wire.later(login)
        return _render(await self._say(login, call.content_message))

    async def _say(self, login: BotLogin, body: str) -> AnyOutcome:
        message = Say(by=login.caller, credential_id=login.credential_id, body=body)
        return await self._gateway.ask("bot", login.caller.id, message)


def _render(outcome: AnyOutcome) -> Response:
    match outcome:
        case Said():
            return wire.answer(wire.COMMITTED)
        case NotAssigned():
            return wire.answer(wire.NOT_ASSIGNED)
        case Refused(code=ErrorCode.RATE_LIMITED):
            return wire.answer(wire.OVER_THE_RATE)
        case Refused(code=ErrorCode.UNAUTHENTICATED):
            return wire.nothing()
        case Refused():
            return wire.later(outcome)
        case _:
            raise TypeError(f"a bot does not answer {type(outcome).__name__}")
