"""The one way out of a connection: whatever leaves its socket goes through here, in order and in whole frames.

That holds for pushed events, answers, the hub's pings and its close, and for what trio-websocket sends by itself (the
handshake's response, pongs, its own close). Two writers on one socket would interleave half frames as soon as it is
full.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import trio

from hub.ws.backlog import Backlog
from hub.ws.transport import Transport

CHUNK_BYTES: Final = 65_536


class Outgoing:
    """Sends at once what the transport takes and keeps the rest, unbounded here, for a writer task.

    `start` is called when a task must run `write`: there is one only while something waits. `progressed` is called
    whenever some of what waited has left. After `finish`, and once the peer is lost, everything is silently dropped.
    """

    __slots__ = (
        "_backlog",
        "_over",
        "_progressed",
        "_sent",
        "_start",
        "_transport",
        "_writing",
        "finished",
        "waiting",
    )

    def __init__(self, transport: Transport, start: Callable[[], None], progressed: Callable[[], None]) -> None:
        self._transport = transport
        self._start = start
        self._progressed = progressed
        self._backlog: Backlog | None = None
        self._sent: trio.Event | None = None
        self._over = False
        self._writing = False
        self.finished = False
        self.waiting = 0

    def send(self, data: bytes) -> None:
        """Send whole frames, or nothing. Never blocks or raises; order is kept."""
        if self._over or not data:
            return
        if self.waiting:
            self._keep(data, 0)
            return
        try:
            sent = self._transport.send_now(data)
        except OSError:
            self.abandon()  # the reader finds out by itself
            return
        if sent != len(data):
            self._keep(data, sent)

    def finish(self, last: bytes) -> None:
        """Send the close frame; nothing follows it. Only the first call counts."""
        if not self.finished:
            self.send(last)
            self.finished = self._over = True

    def drop_unsent(self) -> None:
        """Forget the frames that wait, except what of one the peer has in part."""
        if self._backlog is not None:
            self._backlog.drop_unsent()
            self._count(self._backlog)

    def abandon(self) -> None:
        """Nothing can leave any more: forget what waits and let nobody wait for it."""
        self._over = True
        if self._backlog is not None:
            self._backlog.clear()
            self._count(self._backlog)

    async def flushed(self, most: int = 0) -> None:
        """Wait until at most so many bytes wait, or nothing can leave any more."""
        await trio.lowlevel.checkpoint()
        while self.waiting > most:
            if self._sent is None:
                self._sent = trio.Event()
            await self._sent.wait()

    async def write(self) -> None:
        """Send what waits, then return. When it is cancelled the connection has to end."""
        try:
            while self._backlog is not None:
                await self._transport.ready()
                await self._write_some()
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            self.abandon()
        finally:
            self._writing = False

    async def _write_some(self) -> None:
        backlog = self._backlog
        if backlog is None:  # abandoned meanwhile, and so it may be below
            return
        sent = await self._transport.send_some(backlog.lend(CHUNK_BYTES))
        if backlog is self._backlog:
            backlog.sent(sent)
            self._count(backlog)
            self._progressed()

    def _keep(self, data: bytes, sent: int) -> None:
        if self._backlog is None:
            self._backlog = Backlog()
        self._backlog.add(data, sent)
        self.waiting = self._backlog.size
        if not self._writing:
            self._writing = True
            self._start()

    def _count(self, backlog: Backlog) -> None:
        self.waiting = backlog.size
        if not self.waiting:
            self._backlog = None
        if self._sent is not None:
            self._sent.set()
            self._sent = None
