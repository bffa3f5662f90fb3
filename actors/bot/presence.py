"""Whether the bot is there: tells those who watch it, once for each change, and keeps it for after a restart."""

from math import inf
from typing import Any, Final

import trio

from actors.attendance import Standing
from actors.bot.news import bot_update
from actors.bot.ports import BotPorts
from actors.messages.bot import ReportStatus
from actors.messages.outcomes import Done, Refused, not_found
from actors.ports import PortError
from actors.values import BotSeen

SAVE_S: Final = 60.0
"""So old may be what is saved of a bot that is there all the time: a crash of the hub sets `last_active` back to it."""
RETRY_S: Final = 1.0


class Presence:
    """One bot's, for one life of its actor. What counts is the bot's standing, which outlives that."""

    __slots__ = ("_bot", "_not_before", "_ports", "_saved_at")

    def __init__(self, bot: int, ports: BotPorts) -> None:
        self._bot = bot
        self._ports = ports
        self._saved_at = trio.current_time()
        self._not_before = -inf

    async def attend(self) -> None:
        """Tell of a change if there is one."""
        standing, now = self._ports.attendance.find(self._bot), trio.current_time()
        if standing is None or now < self._not_before:
            return
        try:
            # Again, for it may have come back while it was being told that it went.
            while self._is_present(standing) != standing.told:
                await self._tell(standing)
            if standing.told and now >= self._saved_at + SAVE_S:
                await self._save(standing)
        except PortError:
            self._not_before = now + RETRY_S

    async def report(self, message: ReportStatus) -> Done | Refused:
        """The bot says that it is there, or that it goes: told even if that is no change, for it is news of the bot."""
        standing = self._ports.attendance.noted(self._bot, online=message.online)
        if not await self._tell(standing, message.data):
            return not_found("bot", "bot_id")
        return Done()

    async def show(self) -> None:
        """Tell that the bot was registered. It is done: that nobody can be told of it must not undo it."""
        try:
            bot = await self._ports.managers.managed(self._bot)
        except PortError:
            return
        if bot is None:
            return
        attendance = self._ports.attendance
        online, last_active = attendance.online(self._bot), attendance.last_active(self._bot)
        payload = bot_update("register", bot, online=online, last_active=last_active)
        self._ports.feed.emit("bot_update", payload, bot=self._bot, owner=bot.owner)

    async def stop(self) -> None:
        """Leave behind when the bot was last there."""
        standing = self._ports.attendance.find(self._bot)
        try:
            if standing is not None and standing.told:
                await self._save(standing)
        except PortError:
            return  # it was saved a minute ago

    @property
    def due_at(self) -> float:
        """When `attend` has something to do although nothing happens, in `trio.current_time` terms."""
        standing = self._ports.attendance.find(self._bot)
        if standing is None:
            return inf
        at = self._saved_at + SAVE_S if standing.told else inf
        if standing.told and not standing.lines:
            at = min(at, standing.heard_at + self._ports.attendance.grace_s)
        return max(at, self._not_before)

    async def _tell(self, standing: Standing, report: dict[str, Any] | None = None) -> bool:
        """Save and tell how it is. False: there is no such bot any more."""
        bot = await self._ports.managers.managed(self._bot)
        if bot is None:
            self._ports.attendance.forget(self._bot)
            return False
        online = await self._save(standing)
        standing.told = online
        payload = bot_update("status_update", bot, online=online, last_active=standing.last_active, report=report)
        self._ports.feed.emit("bot_update", payload, bot=self._bot, owner=bot.owner)
        return True

    async def _save(self, standing: Standing) -> bool:
        online, last_active = self._is_present(standing), self._ports.attendance.last_active(self._bot) or 0
        await self._ports.presences.save(BotSeen(self._bot, online, last_active))
        self._saved_at = trio.current_time()
        return online

    def _is_present(self, standing: Standing) -> bool:
        return standing.present(trio.current_time(), self._ports.attendance.grace_s)
