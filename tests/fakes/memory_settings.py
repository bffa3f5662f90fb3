"""The in-memory `BotSettings` and `Bridges`."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import trio

from actors.bridging import Bridge
from actors.ports import SettingsTooLarge


class MemorySettings:
    """The ports over dictionaries; every bot exists. `bridges` are where everybody else looks for them."""

    def __init__(self, bridges: dict[int, list[Bridge]] | None = None) -> None:
        self._settings: dict[int, dict[str, Any]] = {}
        self._bridges = {} if bridges is None else bridges

    async def settings(self, bot: int) -> dict[str, Any] | None:
        await trio.lowlevel.checkpoint()
        return self._settings.get(bot, {})

    async def change(
        self, bot: int, changes: Mapping[str, Any], limit: int, bridges: Sequence[Bridge] | None = None
    ) -> dict[str, Any] | None:
        await trio.lowlevel.checkpoint()
        whole = {key: value for key, value in {**self._settings.get(bot, {}), **changes}.items() if value is not None}
        if len(msgspec.json.encode(whole)) > limit:
            raise SettingsTooLarge(limit)
        self._settings[bot] = whole
        if bridges is not None:
            self._bridges[bot] = list(bridges)
        return whole

    async def bridge(self, bot: int, conv: int) -> Bridge | None:
        await trio.lowlevel.checkpoint()
        return next((each for each in self._bridges.get(bot, ()) if each.conversation == conv), None)
