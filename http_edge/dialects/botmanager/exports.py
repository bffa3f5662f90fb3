"""Exports: JSON documents that are made as they are sent, however many records are in them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct
from quart import Response
from quart.wrappers.response import ResponseBody

from actors.ports import BotFiles, Clock, Commands, Records, Whereabouts
from actors.times import iso
from actors.values import BotLog, BotMessage
from http_edge.dialects.botmanager import wire
from http_edge.dialects.botmanager.commands import Filter
from http_edge.dialects.botmanager.errors import expected
from http_edge.dialects.botmanager.reading import limit_in
from http_edge.dialects.botmanager.reports import LogView, MessageView, log_view, message_view
from http_edge.dialects.botmanager.routes import Access, Call, Endpoint, Route
from http_edge.dialects.botmanager.sight import Sight
from http_edge.dialects.botmanager.views import BotView, CommandView, bot_view, command_view
from http_edge.gateway import Gateway

T = TypeVar("T")

EXPORT: Final = 1_000
MOST: Final = 100_000
PIECE_BYTES: Final = 32_768

Pages = AsyncGenerator[list[T], None]
Chunks = AsyncGenerator[bytes, None]


class ExportedLogs(Struct, frozen=True):
    """Logs, the oldest first, and how many these are."""

    exported_at: str
    logs: list[LogView]
    count: int


class ExportedMessages(Struct, frozen=True):
    """Messages, the oldest first, and how many these are."""

    exported_at: str
    messages: list[MessageView]
    count: int


class ExportedBot(Struct, frozen=True):
    """Everything about a bot, the oldest first; `data` is null when it handed over none."""

    exported_at: str
    bot: BotView
    data: dict[str, Any] | None
    commands: list[CommandView]
    logs: list[LogView]
    messages: list[MessageView]


class Document(ResponseBody):
    """A document on its way. Whatever it reads from is closed however the sending ends."""

    def __init__(self, chunks: Chunks) -> None:
        self._closing = aclosing(chunks)

    async def __aenter__(self) -> AsyncIterator[bytes]:
        return await self._closing.__aenter__()

    async def __aexit__(self, kind: type, error: BaseException, trace: TracebackType) -> None:
        await self._closing.__aexit__(kind, error, trace)


class ExportSection:
    """Routes that export. It has no state."""

    def __init__(
        self,
        *,
        sight: Sight,
        gateway: Gateway,
        commands: Commands,
        logs: Records[BotLog],
        messages: Records[BotMessage],
        files: BotFiles,
        whereabouts: Whereabouts,
        clock: Clock,
    ) -> None:
        self._sight = sight
        self._gateway = gateway
        self._commands = commands
        self._logs = logs
        self._messages = messages
        self._files = files
        self._whereabouts = whereabouts
        self._clock = clock

    def endpoints(self) -> Sequence[Endpoint]:
        """Every route of the section."""
        person: dict[str, Any] = {"method": "GET", "access": Access.PERSON}
        which: dict[str, Any] = {"query": Filter, "also": (404,)}
        return [
            Endpoint(route=Route(rule="/api/export/logs", **person), handler=self.logs, answer=ExportedLogs, **which),
            Endpoint(
                route=Route(rule="/api/export/messages", **person),
                handler=self.messages,
                answer=ExportedMessages,
                **which,
            ),
            Endpoint(
                route=Route(method="GET", rule="/api/export/bot-data/<bot>", access=Access.OWNER),
                handler=self.everything,
                answer=ExportedBot,
            ),
        ]

    async def logs(self, call: Call) -> Response:
        """Export what bots wrote: the newest `limit` lines, the oldest of them first."""
        return await self._records(call, "logs", self._logs, log_view)

    async def messages(self, call: Call) -> Response:
        """Export what was said where bots are: the newest `limit` messages, the oldest of them first."""
        return await self._records(call, "messages", self._messages, message_view)

    async def everything(self, call: Call) -> Response:
        """Export what is kept of a bot: what it handed over, its commands, its logs and messages."""
        bot = call.bot.id
        kept = expected(await self._gateway.read(self._files.kept(bot)))
        known = {
            "exported_at": self._now(),
            "bot": bot_view(call.bot, self._whereabouts),
            "data": None if kept is None else kept.data,
        }

        async def chunks() -> Chunks:
            yield _opening(known)
            async for chunk in _member("commands", self._commands.ascending(bot, MOST), command_view):
                yield chunk
            async for chunk in _member("logs", self._logs.ascending([bot], MOST), log_view):
                yield chunk
            async for chunk in _member("messages", self._messages.ascending([bot], MOST), message_view):
                yield chunk
            yield b"}"

        return _document(chunks(), f"bot-{bot}.json")

    async def _records(self, call: Call, name: str, shelf: Records[T], view: Callable[[T], Struct]) -> Response:
        bots = await self._sight.asked_for(call)
        pages = shelf.ascending(bots, limit_in(call.request.args, EXPORT, MOST))
        opening = _opening({"exported_at": self._now()})

        async def chunks() -> Chunks:
            yield opening
            count = 0

            def counted(record: T) -> Struct:
                nonlocal count
                count += 1
                return view(record)

            async for chunk in _member(name, pages, counted):
                yield chunk
            # What went for its age while the export was under way is not in it: so it is counted at the end.
            yield b',"count":%d}' % count

        return _document(chunks(), f"{name}.json")

    def _now(self) -> str:
        return iso(self._clock.now_ms())


def _opening(members: dict[str, Any]) -> bytes:
    """The beginning of an object that goes on."""
    return msgspec.json.encode(members)[:-1]


async def _member(name: str, pages: Pages[T], view: Callable[[T], Struct]) -> Chunks:
    """A further member of an object: a list, a page at a time."""
    yield b',"%s":[' % name.encode()
    comma = b""
    async with aclosing(pages):
        async for page in pages:
            if page:
                yield comma + b",".join(msgspec.json.encode(view(each)) for each in page)
                comma = b","
    yield b"]"


async def _in_pieces(chunks: Chunks) -> Chunks:
    """The same bytes in fewer pieces: each of them costs a trip through the whole of the server."""
    waiting = bytearray()
    async with aclosing(chunks):
        async for chunk in chunks:
            waiting += chunk
            if len(waiting) >= PIECE_BYTES:
                yield bytes(waiting)
                waiting.clear()
    yield bytes(waiting)


def _document(chunks: Chunks, name: str) -> Response:
    response = Response(Document(_in_pieces(chunks)), content_type=wire.JSON)
    response.timeout = None  # the connection's own deadline is on the pace, not on the whole
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
