"""Logs and messages: bots report them, people read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, TypeVar

import msgspec
from msgspec import UNSET, Struct, UnsetType
from quart import Response

from actors.ports import Clock, Feed, Records
from actors.values import BotLog, BotMessage
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.bridging import Bridging
from http_edge.dialects.botmanager.commands import Filter
from http_edge.dialects.botmanager.errors import expected, missing
from http_edge.dialects.botmanager.reading import limit_in
from http_edge.dialects.botmanager.reports import (
    LogReport,
    LogView,
    MessageReport,
    MessageView,
    log_view,
    message_view,
    reports,
)
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.dialects.botmanager.sight import Sight
from http_edge.gateway import Gateway

R = TypeVar("R", BotLog, BotMessage)

LIST: Final = 100


class Logs(Struct, frozen=True):
    """Logs, and how many these are."""

    logs: list[LogView]
    count: int


class Messages(Struct, frozen=True):
    """Messages, and how many these are."""

    messages: list[MessageView]
    count: int


class Received(Struct, frozen=True):
    """They are on disk."""

    received: int | UnsetType = UNSET
    status: Literal["ok"] = "ok"


class RecordSection:
    """Routes about what bots report. It has no state."""

    def __init__(
        self,
        *,
        sight: Sight,
        gateway: Gateway,
        logs: Records[BotLog],
        messages: Records[BotMessage],
        feed: Feed,
        clock: Clock,
        bridging: Bridging,
    ) -> None:
        self._bridging = bridging
        self._sight = sight
        self._gateway = gateway
        self._logs = logs
        self._messages = messages
        self._feed = feed
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        report: dict[str, Any] = {"method": "POST", "access": Access.BOT, "body_token": True, "may_be_open": True}
        reader: dict[str, Any] = {"method": "GET", "access": Access.CALLER}
        listing: dict[str, Any] = {"query": Filter, "also": (403, 404)}
        return [
            Endpoint(
                route=Route(rule="/api/bot/<bot>/logs", **report),
                handler=self.report_logs,
                answer=Received,
                body=LogReport | list[LogReport],
            ),
            Endpoint(
                route=Route(rule="/api/bot/<bot>/messages", **report),
                handler=self.report_messages,
                answer=Received,
                body=MessageReport | list[MessageReport],
            ),
            Endpoint(route=Route(rule="/api/logs", **reader), handler=self.logs, answer=Logs, **listing),
            Endpoint(route=Route(rule="/api/messages", **reader), handler=self.messages, answer=Messages, **listing),
        ]

    async def report_logs(self, call: Call) -> Response:
        """Keep one line that the bot writes, or all of a list, and show them to those who watch."""
        found = reports(await call.reading.document(), LogReport)
        now = self._clock.now_ms()
        kept = [report.record(call.bot.id, now) for report in found]
        await self._keep(call, self._logs, kept, "new_log", log_view)
        return wire.json(Received(len(kept)))

    async def report_messages(self, call: Call) -> Response:
        """Keep what was said where the bot is, one message or all of a list, and show it to those who watch.

        What was said in a bridged thread is on its way to the conversation then.
        """
        document = await call.reading.document()
        now = self._clock.now_ms()
        kept = [report.record(call.bot.id, now) for report in reports(document, MessageReport)]
        await self._keep(call, self._messages, kept, "new_message", message_view)
        self._bridging.told(call.bot.id)
        return wire.json(Received(len(kept) if isinstance(document, list) else UNSET))

    async def logs(self, call: Call) -> Response:
        """List what bots wrote, the newest first."""
        found = [log_view(log) for log in await self._newest(call, self._logs)]
        return wire.json(Logs(found, len(found)))

    async def messages(self, call: Call) -> Response:
        """List what was said where bots are, the newest first."""
        found = [message_view(message) for message in await self._newest(call, self._messages)]
        return wire.json(Messages(found, len(found)))

    async def _keep(
        self, call: Call, shelf: Records[R], kept: list[R], event: str, view: Callable[[R], Struct]
    ) -> None:
        if not expected(await self._gateway.read(shelf.add(call.bot.id, kept))):
            raise missing("Bot")
        for record in kept:
            self._feed.emit(event, msgspec.to_builtins(view(record)), bot=call.bot.id, owner=call.bot.owner)

    async def _newest(self, call: Call, shelf: Records[R]) -> list[R]:
        bots = await self._sight.asked_for(call)
        return expected(await self._gateway.read(shelf.newest(bots, limit_in(call.request.args, LIST))))
