"""The socket under a stream, without the stream's detours."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest
import trio

from hub.accept import open_listeners, reset
from hub.ws.transport import SEND_BUFFER_BYTES, PlainTransport, raw_socket

Pair = tuple[trio.SocketStream, trio.SocketStream]


@pytest.fixture
async def pair() -> AsyncIterator[Pair]:
    """The hub's end and the peer's end of one TCP connection."""
    (listener,) = await open_listeners("127.0.0.1", 0)
    async with listener:
        peer = await trio.open_tcp_stream("127.0.0.1", listener.socket.getsockname()[1])
        ours = await listener.accept()
        async with peer, ours:
            yield ours, peer


async def test_trio_keeps_the_standard_socket_where_we_take_it_from(pair: Pair) -> None:
    """When this fails, trio has changed `_sock`: see the docstring of hub/ws/transport.py."""
    raw = raw_socket(pair[0])
    assert isinstance(raw, socket.socket)
    assert raw.fileno() == pair[0].socket.fileno()
    assert raw.getblocking() is False


async def test_a_closed_stream_closes_that_socket_too(pair: Pair) -> None:
    """Or a push could end up in a stranger's connection that got the same file descriptor."""
    transport = PlainTransport(pair[0])
    reset(pair[0])
    assert raw_socket(pair[0]).fileno() == -1
    with pytest.raises(OSError, match="Bad file descriptor"):
        transport.send_now(b"x")
    for call in (transport.receive(10), transport.ready()):
        with pytest.raises(trio.ClosedResourceError):
            await call


async def test_bytes_go_and_come(pair: Pair) -> None:
    transport = PlainTransport(pair[0])
    assert transport.send_now(b"to") == 2
    await transport.ready()
    assert await transport.send_some(b"you") == 3
    assert await pair[1].receive_some(10) == b"toyou"
    await pair[1].send_all(b"and back")
    assert await transport.receive(3) == b"and"
    assert await transport.receive(100) == b" back"


async def test_a_full_socket_takes_nothing_and_the_kernel_keeps_little(pair: Pair) -> None:
    transport = PlainTransport(pair[0])
    raw_socket(pair[1]).setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    buffer = raw_socket(pair[0]).getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    assert buffer in (SEND_BUFFER_BYTES, 2 * SEND_BUFFER_BYTES)  # Linux says twice what it was told
    taken = 0
    while sent := transport.send_now(bytes(65_536)):
        taken += sent
    assert taken < 8 * SEND_BUFFER_BYTES
    assert transport.send_now(b"x") == 0


async def test_a_close_in_the_middle_wakes_who_waits(pair: Pair) -> None:
    transport = PlainTransport(pair[0])
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await transport.receive(10)

        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        reset(pair[0])


async def test_the_end_is_seen_by_the_peer_and_reading_goes_on(pair: Pair) -> None:
    transport = PlainTransport(pair[0])
    await transport.end()
    assert await pair[1].receive_some(10) == b""
    await pair[1].send_all(b"last words")
    assert await transport.receive(100) == b"last words"
