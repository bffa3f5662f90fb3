"""A WebSocket to the hub: dialled, with the handshake done, and with one kind of end."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import trio
from trio_websocket import ConnectionClosed, ConnectionRejected, HandshakeError, WebSocketConnection, wrap_client_stream
from wsproto.utilities import ProtocolError

from protocol.client.errors import BadUrl, ConnectFailed
from protocol.client.wire import SUBPROTOCOL

MAX_MESSAGE_BYTES: Final = 64 * 2**20
RECEIVE_BYTES: Final = 64 * 2**10
ABNORMAL: Final = 1006


@dataclass(frozen=True, slots=True)
class Target:
    """Where the hub listens."""

    host: str
    port: int
    tls: bool
    resource: str

    @classmethod
    def parse(cls, url: str) -> "Target":
        """Read `ws://host:port/path` or `wss://…`; the path of a hub, `/ws`, may be left out. Raises `BadUrl`."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise BadUrl(url) from None
        if parts.scheme not in ("ws", "wss") or not host:
            raise BadUrl(url)
        tls = parts.scheme == "wss"
        resource = (parts.path if parts.path not in ("", "/") else "/ws") + (f"?{parts.query}" if parts.query else "")
        return cls(host, port or (443 if tls else 80), tls, resource)

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"


Dial = Callable[[Target], Awaitable[trio.abc.Stream]]


async def dial_hub(target: Target, tls: ssl.SSLContext | None = None) -> trio.abc.Stream:
    """Open a TCP connection, with TLS where the target asks for it. Raises OSError or trio.BrokenResourceError."""
    stream = await trio.open_tcp_stream(target.host, target.port)
    if not target.tls:
        return stream
    context = tls or ssl.create_default_context()
    secure = trio.SSLStream(stream, context, server_hostname=target.host, https_compatible=True)
    try:
        await secure.do_handshake()
    except BaseException:
        await trio.aclose_forcefully(secure)
        raise
    return secure


@dataclass(frozen=True, slots=True)
class Lost:
    """How a connection ended; code 1006 when there was no close frame."""

    code: int
    reason: str


class Socket:
    """Sends and receives whole messages. One task sends, one receives: the library has no order of its own."""

    __slots__ = ("_connection",)

    def __init__(self, connection: WebSocketConnection) -> None:
        self._connection = connection

    async def send(self, payload: bytes) -> bool:
        """Send one message; False when the connection is over. Cancelled midway, it leaves the connection unusable."""
        try:
            await self._connection.send_message(payload)
        except (ConnectionClosed, ProtocolError):
            return False
        return True

    async def receive(self) -> bytes | str | Lost:
        """Return the next message, or how the connection ended."""
        try:
            return await self._connection.get_message()
        except ConnectionClosed as closed:
            reason = closed.reason
            return Lost(ABNORMAL, "") if reason is None else Lost(reason.code, reason.reason or "")

    async def ping(self) -> bool:
        """Wait until the hub has answered a ping; False when the connection is over."""
        try:
            await self._connection.ping()
        except (ConnectionClosed, ProtocolError):
            return False
        return True


class _HandshakeCut(Exception):
    """The other side hung up instead of answering the handshake."""


class _WatchedStream(trio.abc.Stream):
    """Raises on an early end, which trio-websocket's handshake waits out for ever."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self.open = False

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        with self._watch():
            data = await self._stream.receive_some(max_bytes)
        if not data and not self.open:
            raise _HandshakeCut
        return data

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        with self._watch():
            await self._stream.send_all(data)

    @contextmanager
    def _watch(self) -> Iterator[None]:
        try:
            yield
        except trio.BrokenResourceError as error:
            if self.open:
                raise
            raise _HandshakeCut from error

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        await self._stream.aclose()


_EXPECTED: Final = (OSError, trio.BrokenResourceError, ConnectionClosed, ProtocolError)


@asynccontextmanager
async def open_socket(target: Target, dial: Dial, timeout_s: float) -> AsyncIterator[Socket]:
    """Connect and shake hands within `timeout_s` seconds; the connection is cut at the end of the block.

    Raises `ConnectFailed` for whatever network and library may do, also in the middle of the block.
    """
    expect: tuple[type[Exception], ...] = (Exception,)  # wsproto answers some handshakes with an h11 error of its own
    try:
        async with trio.open_nursery() as nursery:
            with trio.fail_after(timeout_s):
                stream = _WatchedStream(await dial(target))
                connection = await _shake_hands(nursery, stream, target)
            expect = _EXPECTED
            try:
                yield Socket(connection)
            finally:
                await trio.aclose_forcefully(stream)
                nursery.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        expected, others = group.split(expect)
        if expected is None:
            raise
        if others is not None:  # this very task was cancelled, or has a bug
            raise others from None
        raise ConnectFailed(_explain(_first(expected))) from group


async def _shake_hands(nursery: trio.Nursery, stream: _WatchedStream, target: Target) -> WebSocketConnection:
    try:
        connection = await wrap_client_stream(
            nursery,
            stream,  # type: ignore[arg-type]  # any trio.abc.Stream will do
            target.authority,
            target.resource,
            subprotocols=[SUBPROTOCOL],
            max_message_size=MAX_MESSAGE_BYTES,
            receive_buffer_size=RECEIVE_BYTES,
        )
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    stream.open = True
    if connection.subprotocol != SUBPROTOCOL:
        raise HandshakeError(f"the server does not speak {SUBPROTOCOL}")
    return connection


def _first(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _explain(error: BaseException) -> str:
    match error:
        case ConnectionRejected():
            body = (error.body or b"").decode("utf-8", "replace").strip()
            return f"the hub refused the connection: HTTP {error.status_code} {body}".rstrip()
        case trio.TooSlowError():
            return "no answer in time"
        case _HandshakeCut():
            return "the other side hung up"
        case trio.BrokenResourceError():
            return str(error.__cause__ or error) or "the connection broke"
        case OSError():
            # trio says only that all addresses failed, and has their errors as the cause.
            first = _first(error.__cause__ or error)
            return getattr(first, "strerror", None) or str(error)
        case _:
            return str(error) or type(error).__name__
