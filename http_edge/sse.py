"""Server-sent events: frames of an event stream, and an answer that is one.

A reader that takes nothing is given up by the connection after its time for one send, and `TOTAL_S` bounds the whole
answer. Meanwhile no more than one piece waits for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Final

import msgspec
import trio
from quart import Response
from quart.wrappers.response import ResponseBody

KEEP_ALIVE: Final = b": keep-alive\n\n"
KEEP_ALIVE_S: Final = 15.0
TOTAL_S: Final = 120.0
HEADERS: Final = {
    "Content-Type": "text/event-stream; charset=utf-8",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
    "X-Content-Type-Options": "nosniff",
}

Send = Callable[[bytes], Awaitable[None]]
Work = Callable[[Send], Awaitable[None]]
"""Sends whole frames, and returns at the end of the stream. It is cancelled when the reader leaves."""


def frame(data: object, id: str | None = None) -> bytes:
    """Return one event: `data` as JSON on one line."""
    head = b"" if id is None else f"id: {id}\n".encode()
    return head + b"data: " + msgspec.json.encode(data) + b"\n\n"


class Stream(ResponseBody):
    """A body that is made while it is read: what `work` sends, and comments whenever nothing came for a while.

    `on_end` is called once, after the last byte or when the reader has left.
    """

    def __init__(self, work: Work, *, keep_alive_s: float = KEEP_ALIVE_S) -> None:
        self._work = work
        self._keep_alive_s = keep_alive_s
        self._running = self._run()
        self.on_end: Callable[[], None] = _nothing

    async def __aenter__(self) -> Pieces:
        return await self._running.__aenter__()

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._running.__aexit__(kind, error, trace)

    @contextlib.asynccontextmanager
    async def _run(self) -> AsyncIterator[Pieces]:
        send, receive = trio.open_memory_channel[bytes](0)
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._produce, send)
                yield Pieces(receive, self._keep_alive_s)
                nursery.cancel_scope.cancel()
        finally:
            self.on_end()

    async def _produce(self, channel: trio.MemorySendChannel[bytes]) -> None:
        async with channel:
            await self._work(channel.send)


class Pieces:
    """What there is to be sent, in order. No generator, for its reader may go at any time and close nothing."""

    def __init__(self, channel: trio.MemoryReceiveChannel[bytes], keep_alive_s: float) -> None:
        self._channel = channel
        self._keep_alive_s = keep_alive_s

    def __aiter__(self) -> Pieces:
        return self

    async def __anext__(self) -> bytes:
        with trio.move_on_after(self._keep_alive_s):
            try:
                return await self._channel.receive()
            except trio.EndOfChannel:
                raise StopAsyncIteration from None
        return KEEP_ALIVE


def answer(stream: Stream) -> Response:
    """Return the response that the stream is the body of."""
    response = Response(stream, headers=HEADERS)
    response.timeout = TOTAL_S
    return response


def _nothing() -> None:
    """Nobody waits for the end."""
