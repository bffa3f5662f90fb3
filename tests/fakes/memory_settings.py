"""The in-memory `BotSettings`."""

from collections.abc import Mapping
from typing import Any

import msgspec
import trio

from actors.ports import SettingsTooLarge


class MemorySettings:
    """The `BotSettings` port over a dictionary; every bot exists."""

    def __init__(self) -> None:
        self._settings: dict[int, dict[str, Any]] = {}

    async def settings(self, bot: int) -> dict[str, Any] | None:
        await trio.lowlevel.checkpoint()
        return self._settings.get(bot, {})

    async def change(self, bot: int, changes: Mapping[str, Any], limit: int) -> dict[str, Any] | None:
        await trio.lowlevel.checkpoint()
        whole = {key: value for key, value in {**self._settings.get(bot, {}), **changes}.items() if value is not None}
        if len(msgspec.json.encode(whole)) > limit:
            raise SettingsTooLarge(limit)
        self._settings[bot] = whole
        return whole
