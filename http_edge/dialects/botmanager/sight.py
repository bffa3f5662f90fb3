"""Which bots a caller's lists are about."""

from __future__ import annotations

from collections.abc import Sequence

from actors.ports import People
from http_edge.dialects.botmanager.errors import expected
from http_edge.dialects.botmanager.guard import Guard
from http_edge.dialects.botmanager.routes import Call
from http_edge.gateway import Gateway


class Sight:
    """What each caller sees: administrators everything, people their bots, a bot itself."""

    def __init__(self, guard: Guard, people: People, gateway: Gateway) -> None:
        self._guard = guard
        self._people = people
        self._gateway = gateway

    async def asked_for(self, call: Call) -> Sequence[int] | None:
        """The bot that the query names, or all that the caller sees; None: every bot. Raises `Failed`."""
        bot_id = call.request.args.get("bot_id")
        if bot_id is not None:
            return [(await self._guard.bot_of(call.identity, bot_id)).id]
        return None if call.identity.rules_hub else await self.own(call)

    async def own(self, call: Call) -> Sequence[int]:
        """The bots of the caller, an administrator's too, or the bot itself."""
        if call.identity.bot is not None:
            return [call.identity.caller.id]
        mine = expected(await self._gateway.read(self._people.managed_by(call.identity.caller.id)))
        return [bot.id for bot in mine]
