"""The bot's queue of commands: what comes in, is handed out, and is done. Runs what `pump` decides.

The database has the queue, and every lease with its end by the clock on the wall. So a crash of the actor or of the hub
neither loses a command nor hands one out that somebody else still holds.
"""

import secrets
from collections.abc import Sequence
from typing import Final

from actors.attendance import Line
from actors.bot.news import command_update
from actors.bot.ports import BotPorts
from actors.bot.pump import WINDOW, Pump
from actors.command_limits import plain, wrong_type, wrong_value
from actors.messages.bot import AckCommand, PollCommands, QueueCommand
from actors.messages.outcomes import CommandSaved, CommandsLeased, Refused, not_found
from actors.ports import PortError
from actors.values import Command
from protocol.codes import ErrorCode

MAX_PENDING: Final = 10_000
"""So many commands of a bot may be pending: whoever queues for one that never comes is refused, not served for ever."""
FULL_RETRY_MS: Final = 5_000


class CommandQueue:
    """One bot's, for one life of its actor. What is raised of the ports, is raised: then nothing was done."""

    __slots__ = ("_bot", "_owner", "_ports", "_pump")

    def __init__(self, bot: int, ports: BotPorts) -> None:
        self._bot = bot
        self._ports = ports
        self._pump = Pump()
        # Looked up once in a life: a bot does not change hands while a hub runs.
        self._owner: list[int | None] = []

    @property
    def due_in_s(self) -> float:
        """When `push` has something to do although nothing happens, `inf` for never."""
        if self._line is None:
            return float("inf")
        return max(0.0, (self._pump.due_at - self._ports.clock.now_ms()) / 1_000)

    async def queue(self, message: QueueCommand) -> CommandSaved | Refused:
        """Put a command at the end."""
        refused = wrong_type(message.kind) or wrong_value(message.payload, "payload")
        if refused is not None:
            return refused
        command = Command(
            id=message.id or f"cmd_{secrets.token_urlsafe(12)}",
            bot=self._bot,
            type=message.kind,
            payload=plain(message.payload),
            created_at=self._ports.clock.now_ms(),
        )
        became = await self._ports.commands.queue(command, MAX_PENDING)
        if became == "known":
            return await self._known(command.id)
        if became == "no bot":
            return not_found("bot", "bot_id")
        if became == "full":
            return Refused(code=ErrorCode.BUSY, message="too many commands are pending", retry_ms=FULL_RETRY_MS)
        self._pump.queued()
        self._ports.meters.commands("queued")
        await self._show(command)
        return CommandSaved(command=command)

    async def _known(self, id: str) -> CommandSaved | Refused:
        command = await self._ports.commands.command(id)
        return not_found("command", "id") if command is None else CommandSaved(command=command)

    async def poll(self, message: PollCommands) -> CommandsLeased:
        """Hand out the oldest ones that nobody holds."""
        if message.limit == 0:
            return CommandsLeased(commands=[])
        now, ports = self._ports.clock.now_ms(), self._ports
        lease = await ports.commands.lease(self._bot, now=now, until=now + ports.lease_ms, limit=message.limit)
        self._pump.leased(lease)
        ports.meters.commands("polled", len(lease.commands))
        return CommandsLeased(commands=lease.commands)

    async def acknowledge(self, message: AckCommand) -> CommandSaved | Refused:
        """Note what became of a command."""
        refused = wrong_value(message.result, "result")
        if refused is not None:
            return refused
        done = await self._ports.commands.acknowledge(
            self._bot,
            message.id,
            status=message.status,
            result=plain(message.result),
            now=self._ports.clock.now_ms(),
        )
        if done is None:
            return not_found("command", "id")
        if done.first:
            self._pump.acknowledged()
            self._ports.meters.commands(message.status)
            await self._show(done.command)
        return CommandSaved(command=done.command)

    async def attend(self) -> None:
        """Take back what connections held that have ended, and give the newest one what it may have."""
        try:
            await self._take_back()
            await self._push()
        except PortError:
            self._pump.failed(self._ports.clock.now_ms())

    async def _take_back(self) -> None:
        standing = self._ports.attendance.find(self._bot)
        while standing is not None and standing.ended:
            count = await self._ports.commands.give_back(self._bot, standing.ended[0])
            self._ports.meters.commands("returned", count)
            del standing.ended[0]
            self._pump.returned()

    async def _push(self) -> None:
        line, now = self._line, self._ports.clock.now_ms()
        if line is None or not self._pump.is_due(line.id, now):
            return
        until = now + self._ports.lease_ms
        lease = await self._ports.commands.lease(self._bot, now=now, until=until, limit=WINDOW, holder=line.id)
        self._pump.leased(lease, line.id)
        refused = self._send(line, lease.commands)
        if refused:
            await self._ports.commands.give_back(self._bot, line.id, refused)
            self._pump.failed(now)

    def _send(self, line: Line, commands: Sequence[Command]) -> list[str]:
        """Send in order; return those from the first one on that the line did not take."""
        sent = 0
        for command in commands:
            if not line.sink.push(command):
                break
            sent += 1
        self._ports.meters.commands("pushed", sent)
        return [command.id for command in commands[sent:]]

    async def _show(self, command: Command) -> None:
        """Tell those who watch. It is done: that nobody can be told of it must not undo it."""
        try:
            owner = await self._find_owner()
        except PortError:
            owner = None
        self._ports.feed.emit("command_update", command_update(command), bot=self._bot, owner=owner, to_bot=True)

    async def _find_owner(self) -> int | None:
        if not self._owner:
            bot = await self._ports.managers.managed(self._bot)
            if bot is None:
                return None
            self._owner.append(bot.owner)
        return self._owner[0]

    @property
    def _line(self) -> Line | None:
        standing = self._ports.attendance.find(self._bot)
        return None if standing is None else standing.newest
