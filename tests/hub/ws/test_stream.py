"""The stream between the socket, the library and the hub."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from hub.ws.outgoing import Outgoing
from hub.ws.stream import HubStream
from tests.fakes.front import piece
from tests.hub.ws.peers import BINARY, CLOSE, PING, client_frame
from tests.hub.ws.test_outgoing import Socket

RESPONSE = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


class Wire(Socket):
    """A socket at which the test lets bytes arrive."""

    def __init__(self) -> None:
        super().__init__(1_000)
        self.send_in, self._arriving = trio.open_memory_channel[bytes](10)

    async def receive(self, most: int) -> bytes:
        return await self._arriving.receive()


class Receiver:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.taken: list[bytes | str] = []
        self.times_heard = 0

    async def take(self, message: bytes | str) -> None:
        self.taken.append(message)

    def heard(self) -> None:
        self.times_heard += 1

    def ponged(self, payload: bytes) -> None: ...

    def too_big(self) -> None:
        raise NotImplementedError


class Rig:
    """A stream over a wire; `seen` is what the library's reader has got."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.out = Outgoing(self.wire, lambda: None, lambda: None)
        self.stream = HubStream(self.wire, self.out)
        self.receiver = Receiver()
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


async def test_the_handshake_goes_to_the_library_as_it_comes(rig: Rig, nursery: trio.Nursery) -> None:
    nursery.start_soon(rig.read)
    await rig.arrives(b"GET /ws")
    await rig.arrives(b" HTTP/1.1")
    assert rig.seen == [b"GET /ws", b" HTTP/1.1"]
    nursery.cancel_scope.cancel()


async def test_a_message_that_comes_with_the_response_still_on_its_way_waits_for_its_receiver(
    rig: Rig, nursery: trio.Nursery
) -> None:
    nursery.start_soon(rig.read)
    await rig.stream.send_all(RESPONSE)
    await rig.arrives(client_frame(BINARY, b"early"))
    assert rig.seen == []
    rig.stream.open(rig.receiver)
    await rig.arrives(client_frame(BINARY, b"late"))
    assert rig.receiver.taken == [b"early", b"late"]
    assert rig.seen == []
    nursery.cancel_scope.cancel()


async def test_once_open_the_library_sees_control_frames_only(rig: Rig, nursery: trio.Nursery) -> None:
    rig.stream.open(rig.receiver)
    nursery.start_soon(rig.read)
    ping = client_frame(PING, b"?")
    await rig.arrives(client_frame(BINARY, b"one") + ping + client_frame(BINARY, b"two"))
    assert rig.receiver.taken == [b"one", b"two"]
    assert rig.seen == [ping]
    assert rig.receiver.times_heard == 1
    nursery.cancel_scope.cancel()


async def test_a_deaf_stream_swallows_everything_up_to_the_end(rig: Rig, nursery: trio.Nursery) -> None:
    nursery.start_soon(rig.read)
    await rig.arrives(b"GET /")
    rig.stream.turn_deaf()
    await rig.arrives(b"more")
    await rig.arrives(b"and more")
    assert rig.seen == [b"GET /"]
    await rig.arrives(b"")
    assert rig.seen == [b"GET /", b""]


async def test_a_closed_stream_receives_nothing_but_the_socket_stays(rig: Rig) -> None:
    await rig.stream.aclose()
    with pytest.raises(trio.ClosedResourceError):
        await rig.stream.receive_some()
    rig.out.send(piece(b"still"))
    assert rig.wire.received == piece(b"still")


async def test_the_library_s_close_is_the_last_thing_that_leaves(rig: Rig) -> None:
    close = bytes((0x80 | CLOSE, 0))
    await rig.stream.send_all(close)
    rig.out.send(piece(b"late"))
    assert rig.wire.received == close
    assert rig.stream.peer_closed


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
