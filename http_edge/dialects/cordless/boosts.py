"""Boosts: to everybody else they are reactions. A boost's id is the `seq` of the event that put it there."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from quart import Response, request

from actors.messages.conversation import React
from actors.ports import Library
from actors.values import Put
from http_edge.dialects.cordless import wire
from http_edge.dialects.cordless.auth import Visit, known_id
from http_edge.dialects.cordless.content import Reader
from http_edge.dialects.cordless.deeds import Deeds
from http_edge.dialects.cordless.errors import Declined, expected
from http_edge.gateway import Gateway


class Boosts:
    """Every method answers one call, and raises `Declined`."""

    __slots__ = ("_deeds", "_gateway", "_library", "_reader")

    def __init__(self, gateway: Gateway, library: Library, reader: Reader) -> None:
        self._gateway = gateway
        self._library = library
        self._reader = reader
        self._deeds = Deeds(gateway)

    async def create(self, visit: Visit, message: str) -> Response:
        """Boost. The same again is the boost that is there already, as reactions are a set."""
        target = known_id(message)
        content = await self._reader.boost(request)
        await self._deeds.change(visit, React(by=visit.caller, id=target, emoji=content, on=True))
        boost = _one(put for put in await self._mine(visit, target) if put.emoji == content)
        return wire.json(wire.boost_view(boost, visit.caller.actor, visit.conv, target, visit.base), HTTPStatus.CREATED)

    async def destroy(self, visit: Visit, message: str, boost: str) -> Response:
        """Take an own boost off."""
        target, number = known_id(message), known_id(boost)
        put = _one(put for put in await self._mine(visit, target) if put.seq == number)
        await self._deeds.change(visit, React(by=visit.caller, id=target, emoji=put.emoji, on=False))
        return wire.empty(HTTPStatus.NO_CONTENT)

    async def _mine(self, visit: Visit, message: int) -> list[Put]:
        return expected(await self._gateway.read(self._library.put_on(visit.caller.who, visit.conv, message)))


def _one(puts: Iterable[Put]) -> Put:
    for put in puts:
        return put
    raise Declined(HTTPStatus.NOT_FOUND)
