"""One request to another server: no redirects, no proxy, no cookies, no connection kept for the next one.

A kept connection that the server has just closed costs a request that is sent only once; and the address it leads to
was checked at another time.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import certifi
import httpcore
import trio

from actors.ports import OutboundError, TookTooLong, TooLarge, Unreachable
from hub.outbound.backend import GuardedBackend, Resolve
from hub.outbound.guard import Guard
from hub.outbound.unpacking import unpacking


class Equipment(NamedTuple):
    """What makes a request of an address, and whom TLS trusts."""

    request: Callable[[str, Mapping[str, str], bytes, float, str], httpcore.Request]
    tls: ssl.SSLContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a server may take: `timeout_s` to connect, the same for TLS and for each piece, `total_s` in all.

    `max_bytes` counts the body as it comes, and again as it is once decompressed.
    """

    timeout_s: float = 7.0
    total_s: float = 30.0
    max_bytes: int = 10 * 2**20


class Client:
    """Implements `actors.ports.Outbound`. One serves the whole hub.

    What it takes to read an address and to trust a server is loaded for the first call, by a thread: 0.1 s that a hub
    without webhooks never spends.
    """

    def __init__(
        self,
        guard: Guard,
        limits: Limits | None = None,
        *,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._backend = GuardedBackend(guard, resolve=resolve)
        self._tls = tls
        self._equipment: Equipment | None = None

    def get(self, url: str, headers: Mapping[str, str]) -> contextlib.AbstractAsyncContextManager[Answer]:
        """Ask for what is there and give what is answered, as long as the block lasts. Raises `OutboundError`."""
        return self._send("GET", url, headers, b"")

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> contextlib.AbstractAsyncContextManager[Answer]:
        """Send a request and give what is answered, as long as the block lasts. Raises `OutboundError`."""
        return self._send("POST", url, headers, body)

    @contextlib.asynccontextmanager
    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> AsyncIterator[Answer]:
        equipment = await self._equipped()
        request = equipment.request(url, headers, body, self._limits.timeout_s, method)
        connection = httpcore.AsyncHTTPConnection(
            request.url.origin, ssl_context=equipment.tls, network_backend=self._backend
        )
        with trio.move_on_after(self._limits.total_s) as scope:
            try:
                with _explained():
                    response = await connection.handle_async_request(request)
                yield Answer(response, self._limits.max_bytes)
            finally:
                # Nothing is left to be said to the server: this closes the socket and waits for nobody.
                with trio.CancelScope(shield=True):
                    await connection.aclose()
        if scope.cancelled_caught:
            raise TookTooLong("not all was answered in time")

    async def _equipped(self) -> Equipment:
        if self._equipment is None:
            self._equipment = await trio.to_thread.run_sync(_load, self._tls)
        return self._equipment


class Answer:
    """Implements `actors.ports.OutboundAnswer`."""

    def __init__(self, response: httpcore.Response, max_bytes: int) -> None:
        self.status = response.status
        self._response = response
        self._max_bytes = max_bytes

    @property
    def content_type(self) -> str | None:
        """As it was sent."""
        return self._header(b"content-type")

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body, decompressed, piece by piece, once. Raises `OutboundError`."""
        unpack = unpacking(self._header(b"content-encoding") or "")
        self._check_announced()
        received = made = 0
        async with contextlib.aclosing(self._pieces()) as pieces:
            async for data in pieces:
                received += len(data)
                self._check(received)
                for piece in unpack.feed(data):
                    made += len(piece)
                    self._check(made)
                    yield piece
        unpack.end()

    async def _pieces(self) -> AsyncGenerator[bytes, None]:
        stream = self._response.aiter_stream()
        try:
            with _explained():
                async for data in stream:
                    yield data
        finally:
            # httpcore's generators do not close those that they read from: let them come to their ends.
            self._response.extensions["network_stream"].cut()
            with contextlib.suppress(httpcore.NetworkError, httpcore.ProtocolError):
                async for _ in stream:
                    continue

    def _header(self, name: bytes) -> str | None:
        values = [value for key, value in self._response.headers if key.lower() == name]
        return values[-1].decode("latin-1") if values else None

    def _check_announced(self) -> None:
        length = self._header(b"content-length") or ""
        if length.isdecimal():
            self._check(int(length))

    def _check(self, count: int) -> None:
        if count > self._max_bytes:
            raise TooLarge(f"more than {self._max_bytes} bytes")


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Say httpcore's errors in the words of `actors.ports`."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise TookTooLong("nothing came in time") from error
    except httpcore.NetworkError as error:
        raise Unreachable("the connection broke") from error
    except (httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
        raise OutboundError("that was no HTTP") from error


def _load(tls: ssl.SSLContext | None) -> Equipment:
    from hub.outbound.request import request_for

    return Equipment(request_for, tls or _trusting())


def _trusting() -> ssl.SSLContext:
    """The authorities that the system trusts, `SSL_CERT_FILE` among them, and those that browsers do."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
