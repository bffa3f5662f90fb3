"""Figures: of the whole hub for administrators, of their bots for others."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from quart import Response

from actors.ports import Commands, Feed, People, Records
from actors.values import BotLog, BotMessage
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.errors import expected
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.dialects.botmanager.sight import Sight
from http_edge.gateway import Gateway


class Overview(Struct, frozen=True):
    """What there is. Users and bots are the hub's, `user_bots` the caller's own, the rest is what the caller sees."""

    total_users: int
    total_bots: int
    user_bots: int
    total_commands: int
    pending_commands: int
    total_logs: int
    total_messages: int
    connected_clients: int


class BotStatistics(Struct, frozen=True):
    """What a bot had to do and has reported."""

    total_commands: int
    pending_commands: int
    completed_commands: int
    failed_commands: int
    total_logs: int
    total_messages: int
    command_types: dict[str, int]


class StatisticsSection:
    """Routes that count. Nothing is counted when it is asked for: the counters move with what they count."""

    def __init__(
        self,
        *,
        sight: Sight,
        gateway: Gateway,
        people: People,
        commands: Commands,
        logs: Records[BotLog],
        messages: Records[BotMessage],
        feed: Feed,
    ) -> None:
        self._sight = sight
        self._gateway = gateway
        self._people = people
        self._commands = commands
        self._logs = logs
        self._messages = messages
        self._feed = feed

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        return [
            Endpoint(
                route=Route(method="GET", rule="/api/stats/overview", access=Access.PERSON),
                handler=self.overview,
                answer=Overview,
            ),
            Endpoint(
                route=Route(method="GET", rule="/api/stats/bot/<bot>", access=Access.OWNER),
                handler=self.of_bot,
                answer=BotStatistics,
            ),
        ]

    async def overview(self, call: Call) -> Response:
        """Tell how much there is."""
        read, everything = self._gateway.read, call.identity.rules_hub
        census = expected(await read(self._people.census()))
        own = await self._sight.own(call)
        seen = None if everything else own
        commands = expected(await read(self._commands.counts(seen)))
        return wire.json(
            Overview(
                total_users=census.users,
                total_bots=census.bots,
                user_bots=len(own),
                total_commands=commands.total,
                pending_commands=commands.pending,
                total_logs=expected(await read(self._logs.count(seen))),
                total_messages=expected(await read(self._messages.count(seen))),
                connected_clients=self._feed.sessions(None if everything else call.identity.caller.id),
            )
        )

    async def of_bot(self, call: Call) -> Response:
        """Tell how much the bot had to do and has reported."""
        read, bots = self._gateway.read, [call.bot.id]
        commands = expected(await read(self._commands.counts(bots)))
        return wire.json(
            BotStatistics(
                total_commands=commands.total,
                pending_commands=commands.pending,
                completed_commands=commands.completed,
                failed_commands=commands.failed,
                total_logs=expected(await read(self._logs.count(bots))),
                total_messages=expected(await read(self._messages.count(bots))),
                command_types=expected(await read(self._commands.types(call.bot.id))),
            )
        )
