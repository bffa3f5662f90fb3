"""The stream between the socket and the library, as long as the handshake lasts."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from hub.ws.outgoing import Outgoing
from hub.ws.stream import HandshakeStream
from tests.fakes.front import piece
from tests.hub.ws.test_outgoing import Socket

HEAD = b"GET /ws HTTP/1.1\r\nHost: hub\r\n\r\n"
RESPONSE = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


class Wire(Socket):
    """A socket at which the test lets bytes arrive."""

    def __init__(self) -> None:
        super().__init__(1_000)
        self.send_in, self._arriving = trio.open_memory_channel[bytes](10)

    async def receive(self, most: int) -> bytes:
        return await self._arriving.receive()


class Rig:
    """A stream over a wire; `seen` is what the library's reader has got."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.out = Outgoing(self.wire, lambda: None, lambda: None)
        self.stream = HandshakeStream(self.wire, self.out)
        self.seen: list[bytes] = []

    async def arrives(self, data: bytes) -> None:
        await self.wire.send_in.send(data)
        await wait_all_tasks_blocked()

    async def read(self) -> None:
        """What the library's reader does."""
        while data := await self.stream.receive_some(4_096):
            self.seen.append(data)
        self.seen.append(data)


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.mark.parametrize("size", [1, 2, 3, len(HEAD) - 1, len(HEAD), len(HEAD) + 3])
@pytest.mark.parametrize("head", [HEAD, HEAD.replace(b"\r", b"")])
async def test_the_library_sees_the_head_and_nothing_after_it(
    rig: Rig, nursery: trio.Nursery, head: bytes, size: int
) -> None:
    nursery.start_soon(rig.read)
    data = head + b"\r\n\r\nframes"
    while len(b"".join(rig.seen)) < len(head):
        await rig.arrives(data[:size])
        data = data[size:]
    assert b"".join(rig.seen) == head
    await rig.arrives(b"more")
    assert b"".join(rig.seen) == head
    assert head + rig.stream.behind + data == head + b"\r\n\r\nframes"
    nursery.cancel_scope.cancel()


async def test_the_end_within_the_head_is_seen(rig: Rig, nursery: trio.Nursery) -> None:
    nursery.start_soon(rig.read)
    await rig.arrives(b"GET /")
    await rig.arrives(b"")
    assert rig.seen == [b"GET /", b""]


async def test_closing_it_ends_nothing(rig: Rig) -> None:
    await rig.stream.aclose()
    rig.out.send(piece(b"still"))
    assert rig.wire.received == piece(b"still")


async def test_a_refusal_of_the_library_does_not_leave(rig: Rig) -> None:
    await rig.stream.send_all(b"HTTP/1.1 400 \r\n\r\n")
    assert rig.wire.received == b""
    assert not rig.stream.answered


async def test_the_response_has_left_before_the_connection_is_open(rig: Rig, nursery: trio.Nursery) -> None:
    rig.wire.room = 5
    sent = trio.Event()

    async def respond() -> None:
        await rig.stream.send_all(RESPONSE)
        sent.set()

    nursery.start_soon(respond)
    await wait_all_tasks_blocked()
    assert not sent.is_set()
    rig.wire.take(1_000)
    await rig.out.write()
    await sent.wait()
    assert rig.wire.received == RESPONSE
