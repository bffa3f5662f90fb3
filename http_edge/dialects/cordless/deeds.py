"""What a bot does in a room. It goes by way of the bot's actor: a key that was replaced meanwhile does nothing."""

from __future__ import annotations

from typing import Final, TypeVar

from actors.messages.bot import Act
from actors.messages.conversation import Delete, Edit, Publish, React
from actors.messages.outcomes import Changed, Published
from http_edge.dialects.cordless.auth import Visit
from http_edge.dialects.cordless.errors import declined
from http_edge.gateway import Gateway

T = TypeVar("T", Published, Changed)

MESSAGE: Final = "id"
"""The field that a conversation names when there is no such message in it."""


class Deeds:
    """Has conversations do what bots ask for. Raises `Declined` for what is refused."""

    __slots__ = ("_gateway",)

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def publish(self, visit: Visit, deed: Publish) -> Published:
        """Say something."""
        return await self._do(visit, deed, Published)

    async def change(self, visit: Visit, deed: Edit | Delete | React) -> Changed:
        """Do something to a message."""
        return await self._do(visit, deed, Changed)

    async def _do(self, visit: Visit, deed: Publish | Edit | Delete | React, done: type[T]) -> T:
        login = visit.login
        act = Act(by=login.caller, credential_id=login.credential_id, conv=visit.conv, deed=deed)
        outcome = await self._gateway.ask("bot", login.caller.id, act)
        if isinstance(outcome, done):
            return outcome
        raise declined(outcome, MESSAGE)
