"""trio-websocket behind a railing: its reader is contained, and whoever waits for it learns of its end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import cast

import trio
from trio_websocket import WebSocketRequest, wrap_server_stream

from hub.ws.stream import RECEIVE_BYTES, HubStream

Reader = Callable[[], Awaitable[None]]


class Railing:
    """What `wrap_server_stream` sees of a nursery: all it does with it is to start its reader.

    In a plain nursery an exception of the reader (`Host: \\xff` is enough) would end whatever runs beside it, and its
    normal end would be seen by nobody: a request that is never complete would be waited for until the deadline.
    """

    def __init__(self, nursery: trio.Nursery, ended: Callable[[Exception | None], None]) -> None:
        self._nursery = nursery
        self._ended = ended

    def start_soon(self, reader: Reader) -> None:
        """Start the reader; `ended` is told what it raised."""
        self._nursery.start_soon(self._run, reader)

    async def _run(self, reader: Reader) -> None:
        try:
            await reader()
        except Exception as error:  # noqa: BLE001
            self._ended(error)
        else:
            self._ended(None)


async def receive_request(railing: Railing, stream: HubStream, max_bytes: int) -> WebSocketRequest:
    """Return the peer's request for a WebSocket. Waits for ever when none comes: `ended` tells that none will."""
    nursery = cast("trio.Nursery", railing)
    return await wrap_server_stream(nursery, stream, max_message_size=max_bytes, receive_buffer_size=RECEIVE_BYTES)
