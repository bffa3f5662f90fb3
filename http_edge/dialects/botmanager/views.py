"""Bots and commands as Bot Manager shows them, one form each wherever they stand. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from msgspec import Struct

from actors.ports import Whereabouts
from actors.times import iso
from actors.values import Command, CommandCounts, CommandStatus, ManagedBot


class BotView(Struct, frozen=True):
    """A bot."""

    id: str
    name: str
    status: Literal["online", "offline"]
    owner_id: int | None
    created_at: str
    last_active: str | None
    metadata: dict[str, Any]


class Bots(Struct, frozen=True):
    """Bots, and how many these are."""

    bots: list[BotView]
    count: int


class CommandView(Struct, frozen=True):
    """A command. `result` and `completed_at` are null until it is acknowledged."""

    id: str
    bot_id: str
    type: str
    payload: dict[str, Any]
    status: CommandStatus
    created_at: str
    completed_at: str | None
    result: Any


class Commands(Struct, frozen=True):
    """Commands, and how many these are."""

    commands: list[CommandView]
    count: int


class CommandStats(Struct, frozen=True):
    """How many commands a bot has; those that it holds are pending."""

    total_commands: int
    pending_commands: int
    completed_commands: int
    failed_commands: int


def status_of(bot: int, whereabouts: Whereabouts) -> Literal["online", "offline"]:
    """What is said of a bot's presence."""
    return "online" if whereabouts.online(bot) else "offline"


def bot_view(bot: ManagedBot, whereabouts: Whereabouts) -> BotView:
    """A bot as it is now."""
    last_active = whereabouts.last_active(bot.id)
    return BotView(
        id=str(bot.id),
        name=bot.name,
        status=status_of(bot.id, whereabouts),
        owner_id=bot.owner,
        created_at=iso(bot.created_at),
        last_active=None if last_active is None else iso(last_active),
        metadata=bot.metadata,
    )


def bots_view(bots: Iterable[ManagedBot], whereabouts: Whereabouts) -> Bots:
    """A list of bots."""
    shown = [bot_view(bot, whereabouts) for bot in bots]
    return Bots(shown, len(shown))


def command_view(command: Command) -> CommandView:
    """A command as it is stored."""
    return CommandView(
        id=command.id,
        bot_id=str(command.bot),
        type=command.type,
        payload=command.payload,
        status=command.status,
        created_at=iso(command.created_at),
        completed_at=None if command.completed_at is None else iso(command.completed_at),
        result=command.result,
    )


def commands_view(commands: Iterable[Command]) -> Commands:
    """A list of commands."""
    shown = [command_view(command) for command in commands]
    return Commands(shown, len(shown))


def stats_view(counts: CommandCounts) -> CommandStats:
    """The counters of a bot's commands."""
    return CommandStats(counts.total, counts.pending, counts.completed, counts.failed)
