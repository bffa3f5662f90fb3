"""One HTTP/1.1 connection: hypercorn's parser and ASGI plumbing between a stream of ours and the app.

hypercorn's own `trio.tcp_server.TCPServer` is not used, and why not: it shields `send_all` without a deadline, so that
a peer which never reads holds up a shutdown for ever; it upgrades to h2c and parses WebSocket headers, where one
request with bad base64 or a byte above 0x7f raises through the whole server; it closes sockets with unread input, which
resets the connection and loses the answer that explains the refusal; and it starts its idle timer in the task of the
handler that has just ended, which quart-trio cancels at that very moment: now and then a connection had no timer. What
is used of hypercorn is semi-internal: `H11Protocol`, `TaskGroup` (see `http_inbox`), `WorkerContext`, the events,
`ASGIWrapper`.
tests/hub/test_http.py fails when their signatures change.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from math import inf
from typing import NamedTuple
from urllib.parse import urlsplit

import h11
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config as HypercornConfig
from hypercorn.events import Closed, Event, RawData, Updated
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.trio.task_group import TaskGroup
from hypercorn.trio.worker_context import EventWrapper, WorkerContext
from hypercorn.typing import ConnectionState
from hypercorn.utils import parse_socket_addr

from hub.http_inbox import Requests
from hub.tls import TlsStream

ToSend = h11.Response | h11.InformationalResponse | h11.Data | h11.EndOfMessage
Stream = trio.SocketStream | TlsStream

RECEIVE_BYTES = 65_536
SEND_BYTES = 262_144
SEND_TIMEOUT_S = 30.0
LINGER_S = 2.0
LINGER_IN_ALL_S = 20.0
LINGER_PACE_BYTES = 65_536
LINGER_BYTES = 67_108_864


class Ended(Exception):
    """The connection takes no further request: what is still in the parser is not to be looked at."""


class Upgrading(Exception):
    """The connection is to become a WebSocket, of which this was the request."""

    def __init__(self, request: h11.Request) -> None:
        super().__init__()
        self.request = request


class Upgrade(NamedTuple):
    """A connection that leaves HTTP, with its request and with everything that was received, request included.

    The names of the headers are in lower case.
    """

    stream: Stream
    target: bytes
    headers: Sequence[tuple[bytes, bytes]]
    received: bytes


class ReadGate(EventWrapper):
    """Holds the parser back while an earlier request is answered; once the connection ends, for good."""

    def __init__(self) -> None:
        super().__init__()
        self._ended = False

    def end(self) -> None:
        """Let whoever waits, or comes to wait, have `Ended`."""
        self._ended = True
        self._event.set()

    async def wait(self) -> None:
        """Wait for the turn of the next request. Raises Ended when there is none."""
        if not self._ended:
            await super().wait()
        if self._ended:
            raise Ended


class Http11(H11Protocol):
    """hypercorn's HTTP/1.1 state machine without its ways into other protocols.

    An answer of a known length leaves in one piece with its head: hypercorn's way is a send for the head, one for the
    body, and one of nothing for the end, each with a turn of the scheduler.
    """

    can_read: ReadGate
    upgrades: Callable[[bytes], bool]
    """Whether WebSockets are taken at this target."""
    _head = b""

    async def _check_protocol(self, event: h11.Request) -> None:
        """Refuse what is not a plain HTTP/1.x request. `Upgrade: h2c` is ignored, as RFC 9110 (7.8) allows."""
        upgrades = [value for name, value in event.headers if name == b"upgrade"]
        if event.http_version not in (b"1.0", b"1.1"):
            await self._refuse(505, b"only HTTP/1.1 is spoken here")
        if any(b"websocket" in value.lower() for value in upgrades):
            if self.upgrades(event.target):
                raise Upgrading(event)
            await self._refuse(400, b"WebSocket connections are taken on another port")
        if not _is_target(event.target):
            await self._refuse(400, b"the request target must be a path")

    async def _send_h11_event(self, event: ToSend) -> None:
        try:
            data = self._head + (self.connection.send(event) or b"")
        except h11.LocalProtocolError:
            if self.connection.their_state is not h11.ERROR:
                raise
            return
        is_head = isinstance(event, h11.Response) and any(name == b"content-length" for name, _ in event.headers)
        self._head = data if is_head else b""
        if data and not is_head:
            await self.send(RawData(data))

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
        raise Ended


class HttpConnection:
    """Serves one accepted connection until either side ends it."""

    def __init__(
        self,
        app: ASGIWrapper,
        config: HypercornConfig,
        context: WorkerContext,
        stream: Stream,
        upgrades: Callable[[bytes], bool] = lambda target: False,
    ) -> None:
        self._app = app
        self._upgrades = upgrades
        self._upgrade: Upgrade | None = None
        self._config = config
        self._context = context
        self._stream = stream
        self._receiving = trio.CancelScope()
        self._idle_until = inf
        self._send_lock = trio.Lock()
        self._closing = False
        self._peer_ended = False

    async def run(self) -> Upgrade | None:
        """Serve requests one after another, then close politely. A peer that is gone is no error.

        Returns what is to go on as a WebSocket, if the last request was for one: then nothing was closed.

        On cancellation a response may end in the middle; the caller closes the socket, so nobody can mistake its rest.
        """
        async with Requests() as tasks:
            try:
                self._protocol = self._make_protocol(tasks)
            except OSError:
                return None
            self._await_request()
            await self._read()
            self._stop_reading()
            await self._protocol.handle(Closed())
        if self._upgrade is None:
            await self._finish()
        return self._upgrade

    def end_when_idle(self) -> None:
        """Take no request after the one that is being answered, if one is. Never blocks."""
        if self._idle_until < inf:
            self._stop_reading()

    def _make_protocol(self, tasks: TaskGroup) -> Http11:
        tls = isinstance(self._stream, trio.SSLStream)
        socket = (
            self._stream.transport_stream.tcp if isinstance(self._stream, trio.SSLStream) else self._stream
        ).socket
        client = parse_socket_addr(socket.family, socket.getpeername())
        server = parse_socket_addr(socket.family, socket.getsockname())
        state = ConnectionState({})
        protocol = Http11(self._app, self._config, self._context, tasks, state, tls, client, server, self._send)
        protocol.can_read = ReadGate()
        protocol.upgrades = self._upgrades
        return protocol

    async def _read(self) -> None:
        while not self._closing:
            data = b""
            with trio.CancelScope(deadline=self._idle_until) as self._receiving:
                data = await self._receive()
            if self._receiving.cancelled_caught:
                return
            self._peer_ended = not data
            try:
                await self._protocol.handle(RawData(data))
            except Upgrading as upgrading:
                rest, _ = self._protocol.connection.trailing_data
                request = upgrading.request
                headers = [(bytes(name), bytes(value)) for name, value in request.headers]
                self._upgrade = Upgrade(self._stream, request.target, headers, _head_of(request) + rest)
                return
            except Ended:
                return
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
        elif isinstance(event, Updated) and event.idle:
            self._await_request()
        else:
            self._idle_until = self._receiving.deadline = inf

    async def _send_bytes(self, data: bytes) -> None:
        """Send all of it; a peer that takes nothing for the whole deadline counts as gone."""
        whole = False
        try:
            async with self._send_lock:
                for start in range(0, len(data), SEND_BYTES):
                    with trio.fail_after(SEND_TIMEOUT_S):
                        await self._stream.send_all(data[start : start + SEND_BYTES])
            whole = True
        except (trio.BrokenResourceError, trio.ClosedResourceError, trio.TooSlowError):
            self._peer_ended = True
            self._stop_reading()
            await self._protocol.handle(Closed())
        finally:
            # Cancelled in the middle of a response: nothing may follow it, the peer would take it for the rest.
            if not whole:
                self._stop_reading()

    def _await_request(self) -> None:
        """Give the peer its time for a whole request head, however it spends it."""
        self._idle_until = self._receiving.deadline = trio.current_time() + self._config.keep_alive_timeout

    def _stop_reading(self) -> None:
        self._closing = True
        self._protocol.can_read.end()
        # Only the receive is interrupted: the protocol cut in the middle of an event would never tell the app.
        self._receiving.cancel()

    async def _finish(self) -> None:
        """Say that nothing follows, then read on for a moment.

        Closing with unread input resets the connection, and the peer would lose the answer it has not read yet: that
        its file is too large, say, which many a client looks at only after it has sent all of it.
        """
        with contextlib.suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            if isinstance(self._stream, trio.SSLStream):
                # TLS has no end of one direction, so what follows the answer is read before the end of both.
                if self._protocol.connection.their_state is h11.SEND_BODY:
                    await self._read_on()
                with trio.move_on_after(LINGER_S):
                    await self._stream.aclose()
            else:
                await self._stream.send_eof()
                await self._read_on()

    async def _read_on(self) -> None:
        """Read while the peer sends at a pace at which it will come to an end: dripping does not buy time."""
        left = 0 if self._peer_ended else LINGER_BYTES
        with trio.move_on_after(LINGER_IN_ALL_S):
            while left > 0:
                came = 0
                with trio.move_on_after(LINGER_S):
                    while came < LINGER_PACE_BYTES and (data := await self._stream.receive_some(RECEIVE_BYTES)):
                        came += len(data)
                if came < LINGER_PACE_BYTES:
                    return
                left -= came


def _head_of(request: h11.Request) -> bytes:
    """The request's head once more, for a parser that has not seen it."""
    lines = [b"%s %s HTTP/1.1" % (request.method, request.target)]
    lines += [b"%s: %s" % (name, value) for name, value in request.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _is_target(target: bytes) -> bool:
    """Whether it is a path, a star, or an absolute URL that can be taken apart (RFC 9112, 3.2)."""
    if target.startswith(b"/") or target == b"*":
        return True
    try:
        return urlsplit(target).scheme in (b"http", b"https")
    except ValueError:
        return False
