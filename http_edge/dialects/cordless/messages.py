"""A room's messages: say, list, edit, delete."""

from __future__ import annotations

import secrets
from http import HTTPStatus

from quart import Response, request

from actors.messages.conversation import Delete, Edit, Publish
from actors.ports import Library
from http_edge.dialects.cordless import wire
from http_edge.dialects.cordless.auth import Visit, known_id
from http_edge.dialects.cordless.content import Reader
from http_edge.dialects.cordless.deeds import Deeds
from http_edge.dialects.cordless.errors import Declined, expected
from http_edge.gateway import Gateway
from protocol.frames import StoredMessage


class Messages:
    """Every method answers one call, and raises `Declined`."""

    __slots__ = ("_deeds", "_gateway", "_library", "_reader")

    def __init__(self, gateway: Gateway, library: Library, reader: Reader) -> None:
        self._gateway = gateway
        self._library = library
        self._reader = reader
        self._deeds = Deeds(gateway)

    async def create(self, visit: Visit) -> Response:
        """Say what the body holds. The document knows no id of the client's, so that each call is a new message."""
        content = await self._reader.message(request, visit.caller.who)
        publish = Publish(
            by=visit.caller,
            cid=f"cordless-{secrets.token_urlsafe(16)}",
            body=content.body,
            html=content.html,
            attachments=content.attachments,
        )
        said = await self._deeds.publish(visit, publish)
        return wire.created(visit.base + wire.message_path(visit.conv, said.id))

    async def index(self, visit: Visit) -> Response:
        """List a page."""
        where = wire.place(request.args)
        if where is None:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY)
        call = self._library.listing(visit.caller.who, visit.conv, **where._asdict(), limit=wire.PAGE)
        found = expected(await self._gateway.read(call))
        if found is None:
            raise Declined(HTTPStatus.FORBIDDEN)
        response = wire.json([wire.message_view(message, visit.base) for message in found.messages])
        response.headers["X-Total-Count"] = str(found.total)
        if found.more:
            response.headers["Link"] = wire.next_link(visit.base, visit.conv, visit.key, found.messages, where)
        return response

    async def update(self, visit: Visit, message: str) -> Response:
        """Replace the text of an own message, and show it."""
        own = await self._own(visit, message)
        content = await self._reader.text(request)
        await self._deeds.change(visit, Edit(by=visit.caller, id=own.id, body=content.body, html=content.html))
        return wire.json(wire.message_view(await self._message(visit, message), visit.base))

    async def destroy(self, visit: Visit, message: str) -> Response:
        """Delete an own message: also a bot that administers the room deletes no other one here."""
        own = await self._own(visit, message)
        await self._deeds.change(visit, Delete(by=visit.caller, id=own.id))
        return wire.empty(HTTPStatus.NO_CONTENT)

    async def _own(self, visit: Visit, message: str) -> StoredMessage:
        found = await self._message(visit, message)
        if (found.sender.kind, found.sender.id) != visit.caller.who:
            raise Declined(HTTPStatus.FORBIDDEN)
        return found

    async def _message(self, visit: Visit, message: str) -> StoredMessage:
        """The message, unless it was deleted."""
        call = self._library.shown(visit.caller.who, visit.conv, known_id(message))
        found = expected(await self._gateway.read(call))
        if found is None or found.deleted:
            raise Declined(HTTPStatus.NOT_FOUND)
        return found
