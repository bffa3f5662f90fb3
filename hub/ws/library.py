"""trio-websocket behind a railing: its reader is contained, sees the handshake only, and its end is told.

Once a WebSocket is open the library would cost a second task, a channel and a parser for each connection, a third of
what an idle one holds (docs/decisions/0016): from there on the hub reads by itself.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from typing import cast

import trio
from trio_websocket import WebSocketRequest, wrap_server_stream

from hub.ws.stream import RECEIVE_BYTES, HandshakeStream

Reader = Callable[[], Awaitable[None]]


class Railing:
    """What `wrap_server_stream` sees of a nursery: all it does with it is to start its reader.

    In a plain nursery an exception of the reader (`Host: \\xff` is enough) would end whatever runs beside it, and its
    normal end would be seen by nobody: a request that is never complete would be waited for until the deadline.
    """

    def __init__(self, nursery: trio.Nursery, ended: Callable[[], None]) -> None:
        self._nursery = nursery
        self._ended = ended
        self._scope = trio.CancelScope()

    def start_soon(self, reader: Reader) -> None:
        """Start the reader; `ended` is told, however it ended, but for `release`."""
        self._nursery.start_soon(self._run, reader)

    def release(self) -> None:
        """End the reader: the handshake is over."""
        self._scope.cancel()

    async def _run(self, reader: Reader) -> None:
        with self._scope:
            with contextlib.suppress(Exception):
                await reader()
            self._ended()


async def receive_request(railing: Railing, stream: HandshakeStream) -> WebSocketRequest:
    """Return the peer's request for a WebSocket. Waits for ever when none comes: `ended` tells that none will."""
    return await wrap_server_stream(cast("trio.Nursery", railing), stream, receive_buffer_size=RECEIVE_BYTES)
