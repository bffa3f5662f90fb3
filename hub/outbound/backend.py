"""Connections to checked addresses only.

A name is resolved once, here: whoever checked it and let the library resolve it again would check one address and call
another (DNS rebinding). One forbidden address among several forbids the name.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import httpcore
import trio

from actors.ports import NotAllowed, OutboundError, TlsFailed, TookTooLong, Unreachable
from hub.outbound.guard import Guard

Resolve = Callable[[str, int], Awaitable[list[str]]]

MAX_TRIED: Final = 4
# Look-ups that hang must not take the threads that others wait for.
RESOLVER_THREADS: Final = 16


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """What httpcore connects with. Raises `OutboundError`s in place of httpcore's for all that goes wrong here."""

    def __init__(
        self, guard: Guard, *, resolve: Resolve | None = None, inner: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        self._guard = guard
        self._resolve = resolve or Resolver()
        self._inner = inner or httpcore.TrioBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check and connect, all within `timeout` s."""
        limit_s = float("inf") if timeout is None else timeout
        with trio.move_on_after(limit_s) as scope:
            addresses = await self._resolve(host, port)
            if not all(map(self._guard.lets_through, addresses)):
                raise NotAllowed("the name leads to an address that is not called")
            return await self._first_of(addresses[:MAX_TRIED], port, scope.deadline)
        raise TookTooLong("no connection in time")

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface; it would sleep between attempts that it is told not to make."""
        await trio.sleep(seconds)

    async def _first_of(self, addresses: list[str], port: int, deadline: float) -> httpcore.AsyncNetworkStream:
        """The first address that takes the connection. None may use up the time of those behind it."""
        error: OutboundError = Unreachable("the name has no address")
        for index, address in enumerate(addresses):
            share_s = (deadline - trio.current_time()) / (len(addresses) - index)
            try:
                stream = await self._inner.connect_tcp(address, port, timeout=share_s)
            except httpcore.ConnectTimeout:
                error = TookTooLong("no connection in time")
            except httpcore.ConnectError:
                error = Unreachable("nobody takes the connection")
            else:
                return GuardedStream(stream)
        raise error


class GuardedStream(httpcore.AsyncNetworkStream):
    """A connection that tells a failed TLS handshake from other failures, and that can be cut off from outside."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._cut = False

    def cut(self) -> None:
        """Let every further read fail."""
        self._cut = True

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there."""
        if self._cut:
            raise httpcore.ReadError("nobody wants to know more")
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands."""
        try:
            return GuardedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except httpcore.ConnectTimeout as error:
            raise TookTooLong("no TLS handshake in time") from error
        except httpcore.ConnectError as error:
            raise TlsFailed("the TLS handshake failed") from error

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks of a connection."""
        return self._stream.get_extra_info(info)


class Resolver:
    """The system's look-up, in threads of its own."""

    def __init__(self) -> None:
        self._limiter = trio.CapacityLimiter(RESOLVER_THREADS)

    async def __call__(self, host: str, port: int) -> list[str]:
        """Every address of the name, in the system's order. Raises `Unreachable`. Cancelling abandons the look-up."""

        def look_up() -> list[str]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(address[0]) for *_, address in found))

        try:
            return await trio.to_thread.run_sync(look_up, abandon_on_cancel=True, limiter=self._limiter)
        except (OSError, UnicodeError) as error:
            raise Unreachable("the name does not resolve") from error
