"""The two ways in and out of a TCP connection: plain, with a send that never waits, and under TLS.

This is the only module that touches a private attribute of trio: the non-blocking socket inside a stream. A push to a
thousand recipients cannot await, and trio has no public non-blocking send; a duplicate made from the file descriptor
would outlive the original's close and could write into a stranger's connection. tests/hub/ws/test_transport.py fails
when the attribute changes.
"""

from __future__ import annotations

import socket
import ssl
from typing import Final, Protocol

import trio

from hub.tls import TlsStream, tls_stream

# What the kernel keeps for a peer that does not read; left alone it grows to megabytes beside the outbox's own bound.
SEND_BUFFER_BYTES: Final = 262_144
DISCARD_BYTES: Final = 65_536


class Transport(Protocol):
    """Bytes in and out. Failures are OSError or trio's BrokenResourceError and ClosedResourceError."""

    def send_now(self, data: bytes) -> int:
        """Send what can leave without waiting and return how much that is, perhaps nothing."""

    async def ready(self) -> None:
        """Wait until something may leave."""

    async def send_some(self, data: bytes) -> int:
        """Send some of it, once ready, and return how much. A cancellation under TLS loses what was under way."""

    async def receive(self, most: int) -> bytes:
        """Return what has arrived, at most `most` bytes; nothing means that the peer has ended."""

    async def end(self) -> None:
        """Say that nothing follows. It can still be received. Once only."""


class PlainTransport:
    """TCP, without the detours of trio's stream: one system call for each read and send."""

    __slots__ = ("_socket", "_stream")

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._socket = raw_socket(stream)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)

    def send_now(self, data: bytes) -> int:
        """See `Transport`."""
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0

    async def ready(self) -> None:
        """See `Transport`."""
        await trio.lowlevel.wait_writable(self._open_socket())

    async def send_some(self, data: bytes) -> int:
        """See `Transport`."""
        return self.send_now(data)

    async def receive(self, most: int) -> bytes:
        """See `Transport`."""
        while True:
            await trio.lowlevel.wait_readable(self._open_socket())
            try:
                return self._socket.recv(most)
            except BlockingIOError:  # a spurious wake-up
                continue

    async def end(self) -> None:
        """See `Transport`."""
        await self._stream.send_eof()

    def _open_socket(self) -> socket.socket:
        # trio registers what it is given: a closed socket's -1 must not reach it.
        if self._socket.fileno() < 0:
            raise trio.ClosedResourceError
        return self._socket


class TlsTransport:
    """TLS, after its handshake. The record layer belongs to trio, so nothing leaves without waiting."""

    __slots__ = ("_ended", "_stream", "_tcp")

    def __init__(self, stream: TlsStream) -> None:
        tcp = stream.transport_stream.tcp
        raw_socket(tcp).setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        self._ended = False
        self._tcp = tcp
        self._stream = stream

    async def shake_hands(self) -> None:
        """Raises `trio.BrokenResourceError` when the peer speaks no TLS, or none that is accepted."""
        await self._stream.do_handshake()

    def send_now(self, data: bytes) -> int:
        """See `Transport`."""
        return 0

    async def ready(self) -> None:
        """See `Transport`. The record layer can always be given something."""

    async def send_some(self, data: bytes) -> int:
        """See `Transport`."""
        await self._stream.send_all(data)
        return len(data)

    async def receive(self, most: int) -> bytes:
        """See `Transport`."""
        stream = self._tcp if self._ended else self._stream
        return bytes(await stream.receive_some(most))

    async def end(self) -> None:
        """See `Transport`. What is received from now on is not decrypted any more."""
        self._ended = True
        await self._stream.aclose()


async def open_transport(tcp: trio.SocketStream, tls: ssl.SSLContext | None) -> Transport | None:
    """Return the way in and out, after the TLS handshake if there is one; None when the peer is gone or fails it."""
    try:
        if tls is None:
            return PlainTransport(tcp)
        transport = TlsTransport(tls_stream(tcp, tls))
        await transport.shake_hands()
    except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
        return None
    return transport


class Replayed:
    """A way in and out on which something was received already, by whoever looked at it first."""

    __slots__ = ("_received", "_transport", "end", "ready", "send_now", "send_some")

    def __init__(self, transport: Transport, received: bytes) -> None:
        self._transport = transport
        self._received = received
        self.send_now = transport.send_now
        self.send_some = transport.send_some
        self.ready = transport.ready
        self.end = transport.end

    async def receive(self, most: int) -> bytes:
        """See `Transport`."""
        if not self._received:
            return await self._transport.receive(most)
        await trio.lowlevel.checkpoint()
        data, self._received = self._received[:most], self._received[most:]
        return data


def opened(stream: trio.SocketStream | TlsStream) -> Transport:
    """Return the way in and out of a connection that others have opened."""
    return PlainTransport(stream) if isinstance(stream, trio.SocketStream) else TlsTransport(stream)


async def discard(transport: Transport) -> None:
    """Read until the peer ends: closing a socket with unread input resets it, and our last words would be lost."""
    while await transport.receive(DISCARD_BYTES):
        pass


def raw_socket(stream: trio.SocketStream) -> socket.socket:
    """Return the non-blocking socket under a trio stream. trio's close closes it, and then its calls raise OSError."""
    raw: socket.socket = stream.socket._sock  # type: ignore[attr-defined]
    return raw
