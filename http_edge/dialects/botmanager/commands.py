"""Commands: people queue them, bots fetch and acknowledge them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from msgspec import Struct
from quart import Response

from actors.command_limits import wrong_type, wrong_value
from actors.messages.bot import AckCommand, PollCommands, QueueCommand
from actors.messages.outcomes import CommandSaved, CommandsLeased
from actors.ports import Clock, People, Whereabouts
from actors.ports import Commands as Queues
from actors.values import Caller, ManagedBot
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.errors import bad_input, expected, failed
from http_edge.dialects.botmanager.guard import Guard
from http_edge.dialects.botmanager.reading import limit_in
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.dialects.botmanager.sight import Sight
from http_edge.dialects.botmanager.views import Commands, CommandView, command_view, commands_view
from http_edge.gateway import Gateway

COMMAND: Final = "command"
"""The part of a path that is a command's id, and leads to its bot."""
HISTORY, LIST, POLL = 50, 100, 10
"""How many are shown unless a caller says."""


class SendCommand(Struct, frozen=True):
    """What a bot is to do."""

    type: str
    payload: dict[str, Any] | None = None


class CreateCommand(SendCommand, frozen=True, kw_only=True):
    """What which bot is to do."""

    bot_id: str | int


class Acknowledgement(Struct, frozen=True):
    """What became of a command."""

    status: Literal["completed", "failed"]
    result: Any = None


class Limit(Struct, frozen=True):
    """How many to show, 1000 at most."""

    limit: int | None = None


class Filter(Limit, frozen=True):
    """Which to show."""

    bot_id: str | None = None


class Sent(Struct, frozen=True):
    """The command is on disk."""

    command: CommandView
    status: Literal["ok"] = "ok"


class Queued(Struct, frozen=True):
    """The command is on disk."""

    command: CommandView
    status: Literal["queued"] = "queued"


class CommandSection:
    """Routes about commands. It has no state."""

    def __init__(
        self,
        *,
        guard: Guard,
        gateway: Gateway,
        queues: Queues,
        people: People,
        whereabouts: Whereabouts,
        clock: Clock,
    ) -> None:
        self._guard = guard
        self._sight = Sight(guard, people, gateway)
        self._gateway = gateway
        self._queues = queues
        self._people = people
        self._whereabouts = whereabouts
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        bot = "/api/bot/<bot>"
        owner: dict[str, Any] = {"access": Access.BOT, "method": "POST", "body_token": True}
        reader: dict[str, Any] = {"method": "GET", "access": Access.BOT}
        return [
            Endpoint(
                route=Route(rule=f"{bot}/send-command", **owner), handler=self.send, answer=Sent, body=SendCommand
            ),
            Endpoint(route=Route(rule=f"{bot}/restart", **owner), handler=self.restart, answer=Sent),
            Endpoint(route=Route(rule=f"{bot}/stop", **owner), handler=self.stop, answer=Sent),
            Endpoint(
                route=Route(rule=f"{bot}/commands-history", **reader),
                handler=self.history,
                answer=Commands,
                query=Limit,
            ),
            Endpoint(
                route=Route(rule=f"{bot}/commands", may_be_open=True, **reader),
                handler=self.poll,
                answer=Commands,
                query=Limit,
            ),
            Endpoint(
                route=Route(method="GET", rule="/api/commands", access=Access.CALLER),
                handler=self.index,
                answer=Commands,
                query=Filter,
                also=(403, 404),
            ),
            Endpoint(
                route=Route(method="POST", rule="/api/commands", access=Access.PERSON),
                handler=self.create,
                answer=Queued,
                body=CreateCommand,
                also=(404,),
            ),
            Endpoint(
                route=Route(rule=f"/api/commands/<{COMMAND}>/ack", may_be_open=True, **owner),
                handler=self.acknowledge,
                answer=Sent,
                body=Acknowledgement,
                find=self.find_bot,
            ),
        ]

    async def send(self, call: Call) -> Response:
        """Have the bot do something."""
        body = await call.reading.into(SendCommand)
        return wire.json(Sent(await self._queue(call, call.bot, body)))

    async def restart(self, call: Call) -> Response:
        """Have the bot restart: a command of this type."""
        return wire.json(Sent(await self._queue(call, call.bot, SendCommand("restart"))))

    async def stop(self, call: Call) -> Response:
        """Have the bot stop: a command of this type."""
        return wire.json(Sent(await self._queue(call, call.bot, SendCommand("stop"))))

    async def create(self, call: Call) -> Response:
        """Have a bot do something."""
        fields = await call.reading.object()
        if "bot_id" not in fields:
            raise bad_input("bot_id is required")
        bot = await self._guard.bot_of(call.identity, fields["bot_id"])
        return wire.json(Queued(await self._queue(call, bot, await call.reading.into(SendCommand))))

    async def history(self, call: Call) -> Response:
        """List the bot's commands, the newest first, those that are pending too."""
        return await self._newest([call.bot.id], limit_in(call.request.args, HISTORY))

    async def index(self, call: Call) -> Response:
        """List the commands that the caller may see, the newest first."""
        bots = await self._sight.asked_for(call)
        return await self._newest(bots, limit_in(call.request.args, LIST))

    async def poll(self, call: Call) -> Response:
        """Fetch what the bot is to do, the oldest first.

        With the bot's own token they are nobody else's for `command_lease_s`; to others they are only shown.
        """
        limit = limit_in(call.request.args, POLL)
        if call.identity.known and not call.identity.is_bot(call.bot.id):
            waiting = self._queues.waiting(call.bot.id, now=self._clock.now_ms(), limit=limit)
            return wire.json(commands_view(expected(await self._gateway.read(waiting))))
        if not call.identity.known:
            self._whereabouts.seen(call.bot.id)
        message = PollCommands(by=on_behalf(call), credential_id=_credential(call), limit=limit)
        outcome = await self._gateway.ask("bot", call.bot.id, message)
        if not isinstance(outcome, CommandsLeased):
            raise failed(outcome)
        return wire.json(commands_view(outcome.commands))

    async def acknowledge(self, call: Call) -> Response:
        """Say what became of a command. The first time counts; a repetition is answered with what is stored."""
        body = await call.reading.into(Acknowledgement)
        refused = wrong_value(body.result, "result")
        if refused is not None:
            raise failed(refused)
        message = AckCommand(
            by=on_behalf(call),
            credential_id=_credential(call),
            id=(call.request.view_args or {})[COMMAND],
            status=body.status,
            result=body.result,
        )
        return wire.json(Sent(await self._saved(call.bot, message)))

    async def find_bot(self, command: str) -> ManagedBot | None:
        """The bot whose command this is."""
        found = expected(await self._gateway.read(self._queues.command(command)))
        return None if found is None else expected(await self._gateway.read(self._people.managed(found.bot)))

    async def _queue(self, call: Call, bot: ManagedBot, command: SendCommand) -> CommandView:
        payload = command.payload or {}
        refused = wrong_type(command.type) or wrong_value(payload, "payload")
        if refused is not None:
            raise failed(refused)
        return await self._saved(bot, QueueCommand(by=on_behalf(call), kind=command.type, payload=payload))

    async def _saved(self, bot: ManagedBot, message: QueueCommand | AckCommand) -> CommandView:
        outcome = await self._gateway.ask("bot", bot.id, message)
        if not isinstance(outcome, CommandSaved):
            raise failed(outcome)
        return command_view(outcome.command)

    async def _newest(self, bots: Sequence[int] | None, limit: int) -> Response:
        found = expected(await self._gateway.read(self._queues.newest(bots, limit)))
        return wire.json(commands_view(found))


def on_behalf(call: Call) -> Caller:
    """On whose behalf: whoever `open_bot_endpoints` let in speaks for the bot."""
    return call.identity.caller if call.identity.known else Caller("bot", call.bot.id, call.bot.name, "bot")


def _credential(call: Call) -> int | None:
    return None if call.identity.bot is None else call.identity.bot.credential_id
