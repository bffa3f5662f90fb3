"""What those who watch a bot are told, key by key as `docs/dialects/botmanager.md` has it. Pure."""

from typing import Any, Literal

from actors.times import iso
from actors.values import Command


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
    action: Literal["register", "status_update"], bot: dict[str, Any], report: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A bot was registered, came or went. `bot` is its object; `report` is what it said of itself, if anything."""
    data = bot if report is None else {**bot, "report": report}
    return {"action": action, "bot_id": bot["id"], "status": bot["status"], "data": data}
