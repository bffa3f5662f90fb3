"""Everything under `/rooms/{room}/{bot key}`.

A call is checked in this order: key, room, message, what it brings. Every failure is an empty answer with a status.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from quart import Blueprint, Response, request
from quart_schema import document_querystring, tag_blueprint

from actors.ports import Accounts, AttachmentStore, Library
from http_edge.access import peer_of
from http_edge.dialect import Dialect
from http_edge.dialects.cordless import wire
from http_edge.dialects.cordless.auth import Doorkeeper
from http_edge.dialects.cordless.boosts import Boosts
from http_edge.dialects.cordless.content import Reader
from http_edge.dialects.cordless.documents import Created, Done, Paging, answers
from http_edge.dialects.cordless.errors import Declined
from http_edge.dialects.cordless.messages import Messages
from http_edge.gateway import Gateway
from http_edge.peers import base_url
from http_edge.uploads import Slots

NAME: Final = "cordless"

Handler = Callable[..., Awaitable[Response]]


class Cordless:
    """The dialect over its ports. It has no state."""

    def __init__(
        self,
        *,
        accounts: Accounts,
        library: Library,
        attachments: AttachmentStore,
        gateway: Gateway,
        slots: Slots,
        max_upload_bytes: int,
        public_url: str | None = None,
    ) -> None:
        reader = Reader(attachments, gateway, slots, max_upload_bytes)
        self._public_url = public_url
        self._door = Doorkeeper(accounts, library, gateway)
        self._messages = Messages(gateway, library, reader)
        self._boosts = Boosts(gateway, library, reader)

    def dialect(self) -> Dialect:
        """Return it as a part of the edge."""
        routes = Blueprint(NAME, __name__)
        tag_blueprint(routes, [NAME])
        self._route_messages(routes)
        self._route_boosts(routes)
        return Dialect(NAME, routes, ("/rooms",), wire.empty, shows_files=True)

    def _route_messages(self, routes: Blueprint) -> None:
        messages = self._messages

        @routes.post(wire.MESSAGES, strict_slashes=False)
        @answers(HTTPStatus.CREATED, Created, but=(401, 403, 413, 422))
        async def create(room: str, key: str) -> Response:
            """Say the body, text or HTML of any type, or the file `attachment` of a multipart one."""
            return await self._serve(room, key, messages.create)

        @routes.get(wire.MESSAGES, strict_slashes=False)
        @document_querystring(Paging)
        @answers(HTTPStatus.OK, list[wire.MessageView], but=(401, 403, 422))
        async def index(room: str, key: str) -> Response:
            """List 40 messages: the newest ones, or those next to the message of `?before=` or `?after=`."""
            return await self._serve(room, key, messages.index)

        @routes.route(wire.MESSAGE, methods=["PATCH", "PUT"], strict_slashes=False)
        @answers(HTTPStatus.OK, wire.MessageView, but=(401, 403, 404, 413, 422))
        async def update(room: str, key: str, message: str) -> Response:
            """Replace the text of an own message by the body."""
            return await self._serve(room, key, messages.update, message)

        @routes.delete(wire.MESSAGE, strict_slashes=False)
        @answers(HTTPStatus.NO_CONTENT, Done, but=(401, 403, 404))
        async def destroy(room: str, key: str, message: str) -> Response:
            """Delete an own message."""
            return await self._serve(room, key, messages.destroy, message)

    def _route_boosts(self, routes: Blueprint) -> None:
        boosts = self._boosts

        @routes.post(wire.BOOSTS, strict_slashes=False)
        @answers(HTTPStatus.CREATED, wire.BoostView, but=(401, 403, 404, 413, 422))
        async def boost(room: str, key: str, message: str) -> Response:
            """Put the body, an emoji or a few words, on a message."""
            return await self._serve(room, key, boosts.create, message)

        @routes.delete(wire.BOOST, strict_slashes=False)
        @answers(HTTPStatus.NO_CONTENT, Done, but=(401, 403, 404))
        async def unboost(room: str, key: str, message: str, boost: str) -> Response:
            """Take an own boost off again."""
            return await self._serve(room, key, boosts.destroy, message, boost)

    async def _serve(self, room: str, key: str, work: Handler, *which: str) -> Response:
        try:
            visit = await self._door.enter(room, key, base_url(request, peer_of(request), self._public_url))
            return await work(visit, *which)
        except Declined as declined:
            return wire.decline(declined.status, declined.retry_after)
