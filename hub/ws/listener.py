"""The WebSocket listener: accepts, serves, drains, counts."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import trio

from hub.accept import Acceptor, AcceptStatistics, Limits, peer_address
from hub.config import Config
from hub.ws.connection import Connection
from hub.ws.front import Front
from hub.ws.terms import terms_of
from hub.ws.transport import open_transport
from hub.ws.usher import NativeUsher

# Clients of a hub that restarts come back over this span, not all in one instant.
RETRY_MS: Final = (500, 5_000)
GOODBYES_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class WsStatistics:
    """A snapshot. `sessions` are signed in; `outbox_bytes` wait in all outboxes; `slow_closes` only ever grows."""

    connections: AcceptStatistics
    sessions: int
    outbox_bytes: int
    slow_closes: int


class WsListener:
    """Serves `hubbub.v1` on bound listeners.

    One per process and tree; `serve` runs it, `drain` ends it. No peer, however hostile, and no bug behind `front` ends
    another connection. `origins` are the values of `Origin` that may connect (`Config.origins`); requests without one
    always may. `jitter` returns a number from 0 to 1, for the time after which a client comes back from a drain.
    """

    def __init__(
        self,
        front: Front,
        config: Config,
        *,
        origins: frozenset[str],
        tls: ssl.SSLContext | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._terms = terms_of(config, front, origins, tls)
        self._usher = NativeUsher(self._terms)
        self._jitter = jitter
        limits = Limits(config.max_connections, config.max_connections_per_address, config.trusted_proxies)
        self._acceptor = Acceptor("ws", limits)
        self._connections: set[Connection] = set()
        self._draining = False

    def statistics(self) -> WsStatistics:
        """Return the counters. Never blocks."""
        clients = [connection.client for connection in self._connections if connection.client is not None]
        return WsStatistics(
            connections=self._acceptor.statistics(),
            sessions=sum(client.signed_in for client in clients),
            outbox_bytes=sum(client.waiting for client in clients),
            slow_closes=self._terms.slow_closes,
        )

    async def serve(
        self,
        listeners: Sequence[trio.SocketListener],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until drained, then return; on cancellation connections are cut."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._terms.watch.run)
            await self._acceptor.serve(listeners, self._handle, task_status=task_status)
            nursery.cancel_scope.cancel()

    async def drain(self, deadline: float) -> None:
        """Take no new connections, say `goaway` and close 1012 to the open ones once their outboxes are flushed.

        Returns when all are gone, or at `deadline` (trio time), when the rest is reset; `serve` returns right after.
        """
        self._draining = True
        self._acceptor.stop_accepting()
        for count, connection in enumerate(list(self._connections)):
            connection.go_away(self._retry_ms(), deadline)
            if count % GOODBYES_AT_ONCE == 0:
                await trio.lowlevel.checkpoint()
        await self._acceptor.drain(deadline)

    async def _handle(self, tcp: trio.SocketStream) -> None:
        address = _address(tcp)
        if self._draining or address is None:
            return
        shake_hands = partial(open_transport, tcp, self._terms.tls)
        connection = Connection(tcp, address, self._terms.times, self._usher, shake_hands)
        self._connections.add(connection)
        try:
            await connection.run()
        finally:
            self._connections.discard(connection)

    def _retry_ms(self) -> int:
        least, most = RETRY_MS
        return least + round((most - least) * self._jitter())


def _address(tcp: trio.SocketStream) -> str | None:
    try:
        return str(peer_address(tcp))
    except OSError:  # gone already
        return None
