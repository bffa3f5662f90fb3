"""The HTTP listener: the Quart app under hypercorn's parser, one contained connection at a time."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Sequence
from functools import partial

import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config as HypercornConfig
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ASGIFramework

from hub.accept import Acceptor, AcceptStatistics, Limits
from hub.config import Config
from hub.http_connection import HttpConnection, Stream

KEEP_ALIVE_S = 5.0
MAX_HEADER_BYTES = 32_768


class HttpListener:
    """Serves ASGI apps on bound listeners, `app` where no other is named.

    One per process and tree; `serve` runs it, `drain` ends it. Nothing a peer sends or withholds ends another
    connection: see `hub.accept` for the containment and `hub.http_connection` for the deadlines.
    """

    def __init__(self, app: ASGIFramework, config: Config, *, tls: ssl.SSLContext | None = None) -> None:
        self._app = ASGIWrapper(app)
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
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until drained, then return; on cancellation connections are cut.

        May run several times at once: on further listeners with an `app` of their own, under the same caps.
        """
        handler = partial(self._handle, self._app if app is None else ASGIWrapper(app))
        await self._acceptor.serve(listeners, handler, task_status=task_status)

    async def drain(self, deadline: float) -> None:
        """Take no new connections, close idle ones, let requests finish until `deadline` (trio time), cut the rest."""
        await self._context.terminated.set()
        self._acceptor.stop_accepting()
        for connection in list(self._connections):
            connection.end_when_idle()
        await self._acceptor.drain(deadline)

    async def _handle(self, app: ASGIWrapper, transport: trio.SocketStream) -> None:
        stream = transport if self._tls is None else await self._shake_hands(transport, self._tls)
        if stream is not None and not self._context.terminated.is_set():
            await self._converse(HttpConnection(app, self._hypercorn, self._context, stream))

    async def _converse(self, connection: HttpConnection) -> None:
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)

    async def _shake_hands(self, transport: trio.SocketStream, tls: ssl.SSLContext) -> Stream | None:
        # https_compatible: browsers close without close_notify, which must not count as a truncated request.
        stream = trio.SSLStream(transport, tls, server_side=True, https_compatible=True)
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
