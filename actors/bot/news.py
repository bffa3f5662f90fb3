"""What those who watch a bot are told, key by key as `docs/dialects/botmanager.md` has it. Pure."""

from typing import Any, Literal

from actors.times import iso
from actors.values import Command, ManagedBot


def command_update(command: Command) -> dict[str, Any]:
    """A command was queued, or is done."""
    return {
        "id": command.id,
        "status": command.status,
        "result": command.result,
        "completed_at": None if command.completed_at is None else iso(command.completed_at),
        "bot_id": str(command.bot),
        "type": command.type,
    }


def bot_update(
    action: Literal["register", "status_update"],
    bot: ManagedBot,
    *,
    online: bool,
    last_active: int | None,
    report: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """A bot was registered, came or went; `report` is what it said of itself then, if anything."""
    status = "online" if online else "offline"
    data = {
        "id": str(bot.id),
        "name": bot.name,
        "status": status,
        "owner_id": bot.owner,
        "created_at": iso(bot.created_at),
        "last_active": None if last_active is None else iso(last_active),
        "metadata": bot.metadata,
    }
    if report is not None:
        data["report"] = report
    return {"action": action, "bot_id": str(bot.id), "status": status, "data": data}
