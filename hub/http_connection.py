"""One HTTP/1.1 connection: hypercorn's parser and ASGI plumbing between a stream of ours and the app.

hypercorn's own `trio.tcp_server.TCPServer` is not used, and why not: it shields `send_all` without a deadline, so that
a peer which never reads holds up a shutdown for ever; it upgrades to h2c and parses WebSocket headers, where one
request with bad base64 or a byte above 0x7f raises through the whole server; it closes sockets with unread input, which
resets the connection and loses the answer that explains the refusal. What is used of hypercorn is semi-internal:
`H11Protocol`, `TaskGroup`, `WorkerContext`, `TrioSingleTask`, the events, `ASGIWrapper`. tests/hub/test_http.py fails
when their signatures change.
"""

from __future__ import annotations

import contextlib

import h11
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config as HypercornConfig
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.worker_context import TrioSingleTask, WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import parse_socket_addr

Stream = trio.SocketStream | trio.SSLStream[trio.SocketStream]

RECEIVE_BYTES = 65_536
SEND_BYTES = 262_144
SEND_TIMEOUT_S = 30.0
LINGER_S = 2.0
LINGER_BYTES = 1_048_576


class Refused(Exception):
    """A request was answered here, before the app; the connection ends."""


class Http11(H11Protocol):
    """hypercorn's HTTP/1.1 state machine without its ways into other protocols."""

    async def _check_protocol(self, event: h11.Request) -> None:
        """Refuse what is not a plain HTTP/1.x request. `Upgrade: h2c` is ignored, as RFC 9110 (7.8) allows."""
        upgrades = [value for name, value in event.headers if name == b"upgrade"]
        if event.http_version not in (b"1.0", b"1.1"):
            await self._refuse(505, b"only HTTP/1.1 is spoken here")
        if any(b"websocket" in value.lower() for value in upgrades):
            await self._refuse(400, b"WebSocket connections are taken on another port")
        if not event.target.startswith((b"/", b"http://", b"https://")) and event.target != b"*":
            await self._refuse(400, b"the request target must be a path")

    async def _refuse(self, status: int, reason: bytes) -> None:
        body = b'{"error":"' + reason + b'"}'
        fixed = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"connection", b"close"),
        ]
        headers = [*fixed, *self.config.response_headers("h11")]
        await self._send_h11_event(h11.Response(status_code=status, headers=headers))
        await self._send_h11_event(h11.Data(data=body))
        await self._send_h11_event(h11.EndOfMessage())
        raise Refused


class HttpConnection:
    """Serves one accepted connection until either side ends it."""

    def __init__(self, app: ASGIWrapper, config: HypercornConfig, context: WorkerContext, stream: Stream) -> None:
        self._app = app
        self._config = config
        self._context = context
        self._stream = stream
        self._idle = TrioSingleTask()
        self._receiving = trio.CancelScope()
        self._send_lock = trio.Lock()
        self._closing = False
        self._peer_ended = False

    async def run(self) -> None:
        """Serve requests one after another, then close politely.

        On cancellation a response may end in the middle; the caller closes the socket, so nobody can mistake its rest.
        """
        try:
            async with TaskGroup() as tasks:
                self._tasks = tasks
                self._protocol = self._make_protocol(tasks)
                await self._idle.restart(tasks, self._close_when_idle)
                await self._read()
                self._closing = True
                await self._protocol.handle(Closed())
                await self._idle.stop()
        except* Refused:
            pass
        await self._finish()

    def _make_protocol(self, tasks: TaskGroup) -> Http11:
        tls = isinstance(self._stream, trio.SSLStream)
        socket = (self._stream.transport_stream if isinstance(self._stream, trio.SSLStream) else self._stream).socket
        client = parse_socket_addr(socket.family, socket.getpeername())
        server = parse_socket_addr(socket.family, socket.getsockname())
        state = ConnectionState({})
        return Http11(self._app, self._config, self._context, tasks, state, tls, client, server, self._send)

    async def _read(self) -> None:
        while not self._closing:
            data = b""
            with trio.CancelScope() as self._receiving:
                data = await self._receive()
            if not self._receiving.cancelled_caught:
                self._peer_ended = not data
                await self._protocol.handle(RawData(data))
            if not data:
                return

    async def _receive(self) -> bytes:
        try:
            return bytes(await self._stream.receive_some(RECEIVE_BYTES))
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return b""

    async def _send(self, event: Event) -> None:
        if isinstance(event, RawData):
            await self._send_bytes(event.data)
        elif isinstance(event, Closed):
            self._stop_reading()
            await self._protocol.handle(Closed())
        elif isinstance(event, Updated) and event.idle and not self._closing:
            await self._idle.restart(self._tasks, self._close_when_idle)
        else:
            await self._idle.stop()

    async def _send_bytes(self, data: bytes) -> None:
        """Send all of it; a peer that takes nothing for the whole deadline counts as gone."""
        try:
            async with self._send_lock:
                for start in range(0, len(data), SEND_BYTES):
                    with trio.fail_after(SEND_TIMEOUT_S):
                        await self._stream.send_all(data[start : start + SEND_BYTES])
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
            self._peer_ended = True
            self._stop_reading()
            await self._protocol.handle(Closed())

    def _stop_reading(self) -> None:
        self._closing = True
        # Only the receive is interrupted: the protocol cut in the middle of an event would never tell the app.
        self._receiving.cancel()

    async def _close_when_idle(self) -> None:
        with trio.move_on_after(self._config.keep_alive_timeout):
            await self._context.terminated.wait()
        self._stop_reading()

    async def _finish(self) -> None:
        """Say that nothing follows, then read on for a moment.

        Closing with unread input resets the connection, and the peer would lose the answer it has not read yet.
        """
        with trio.move_on_after(LINGER_S), contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            if isinstance(self._stream, trio.SSLStream):
                await self._stream.aclose()
                return
            await self._stream.send_eof()
            left = 0 if self._peer_ended else LINGER_BYTES
            while left > 0 and (data := await self._stream.receive_some(RECEIVE_BYTES)):
                left -= len(data)
