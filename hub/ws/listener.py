"""The WebSocket listener: accepts, serves, drains, counts."""

from __future__ import annotations

import random
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import trio

from hub.accept import Acceptor, AcceptStatistics, Limits
from hub.config import Config
from hub.ws.front import Front


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
    always may.
    """

    def __init__(
        self,
        front: Front,
        config: Config,
        *,
        origins: frozenset[str],
        tls: ssl.SSLContext | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None: ...

    def statistics(self) -> WsStatistics:
        """Return the counters. Never blocks."""
        raise NotImplementedError

    async def serve(
        self,
        listeners: Sequence[trio.SocketListener],
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Serve until drained, then return; on cancellation connections are cut."""
        raise NotImplementedError

    async def drain(self, deadline: float) -> None:
        """Take no new connections, say `goaway` and close 1012 to the open ones once their outboxes are flushed.

        Returns when all are gone; those that are not at `deadline` (trio time) are reset.
        """
        raise NotImplementedError
