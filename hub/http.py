"""The HTTP listener: the Quart app under hypercorn's parser, one contained connection at a time."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Sequence
from functools import partial
from typing import Protocol

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config as HypercornConfig
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework

from hub.accept import Acceptor, AcceptStatistics, Limits
from hub.config import Config
from hub.http_connection import HttpConnection, Stream, Upgrade
from hub.tls import tls_stream

KEEP_ALIVE_S = 5.0
MAX_HEADER_BYTES = 32_768


class Guests(Protocol):
    """Takes over connections that become WebSockets."""

    def takes(self, target: bytes) -> bool:
        """Whether it does for this request target."""

    async def serve(self, tcp: trio.SocketStream, upgrade: Upgrade) -> None:
        """Serve one until it has ended. Raises nothing that a peer causes; the caller closes the socket."""


class Nobody:
    """Takes over no connection."""

    def takes(self, target: bytes) -> bool:
        """See `Guests`."""
        return False

    async def serve(self, tcp: trio.SocketStream, upgrade: Upgrade) -> None:
        """See `Guests`. Is never called."""


class HttpListener:
    """Serves ASGI apps on bound listeners, `app` where no other is named; `guests` takes over what becomes a WebSocket.

    One per process and tree; `serve` runs it, `drain` ends it. Nothing a peer sends or withholds ends another
    connection: see `hub.accept` for the containment and `hub.http_connection` for the deadlines.
    """

    def __init__(
        self, app: ASGIFramework, config: Config, *, tls: ssl.SSLContext | None = None, guests: Guests | None = None
    ) -> None:
        self._app = ASGIWrapper(app)
        self._guests = guests or Nobody()
        self._tls = tls
        self._handshake_timeout_s = config.handshake_timeout_s
        self._hypercorn = hypercorn_config()
        self._context = WorkerContext(max_requests=None)
        limits = Limits(config.http_connections, config.http_connections_per_address, config.trusted_proxies)
        self._acceptor = Acceptor("http", limits)
        self._connections: set[HttpConnection] = set()

    def statistics(self) -> AcceptStatistics:
        """Return the connection counters."""
        return self._acceptor.statistics()

    async def serve(
        self,
        listeners: Sequence[trio.SocketListener],
        app: ASGIFramework | None = None,
        *,
        has_guests: bool = True,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until drained, then return; on cancellation connections are cut.

        May run several times at once: on further listeners with an `app` of their own, under the same caps. Without
        `has_guests` nothing becomes a WebSocket there.
        """
        guests = self._guests if has_guests else Nobody()
        handler = partial(self._handle, self._app if app is None else ASGIWrapper(app), guests)
        await self._acceptor.serve(listeners, handler, task_status=task_status)

    async def drain(self, deadline: float) -> None:
        """Take no new connections, close idle ones, let requests finish until `deadline` (trio time), cut the rest."""
        await self._context.terminated.set()
        self._acceptor.stop_accepting()
        for connection in list(self._connections):
            connection.end_when_idle()
        await self._acceptor.drain(deadline)

    async def _handle(self, app: ASGIWrapper, guests: Guests, tcp: trio.SocketStream) -> None:
        stream = tcp if self._tls is None else await self._shake_hands(tcp, self._tls)
        if stream is not None and not self._context.terminated.is_set():
            connection = HttpConnection(app, self._hypercorn, self._context, stream, guests.takes)
            upgrade = await self._converse(connection)
            if upgrade is not None:
                await guests.serve(tcp, upgrade)

    async def _converse(self, connection: HttpConnection) -> Upgrade | None:
        self._connections.add(connection)
        try:
            return await connection.run()
        finally:
            self._connections.discard(connection)

    async def _shake_hands(self, tcp: trio.SocketStream, tls: ssl.SSLContext) -> Stream | None:
        stream = tls_stream(tcp, tls)
        with trio.move_on_after(self._handshake_timeout_s):
            try:
                await stream.do_handshake()
            except trio.BrokenResourceError:
                return None
            return stream
        return None


def hypercorn_config() -> HypercornConfig:
    """Return hypercorn's settings: no access log (paths hold keys), no banner, bounded headers and idle time."""
    config = HypercornConfig()
    config.accesslog = None
    config.errorlog = logging.getLogger("hubbub.http")
    config.include_server_header = False
    config.h11_max_incomplete_size = MAX_HEADER_BYTES
    config.keep_alive_timeout = KEEP_ALIVE_S
    return config
