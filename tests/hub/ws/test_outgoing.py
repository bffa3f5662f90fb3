"""One way out: in order, at once while the peer takes it, by a task while it does not."""

from __future__ import annotations

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from hub.ws.outgoing import Outgoing
from tests.fakes.front import piece


class Socket:
    """A transport whose peer takes `room` bytes, and more after `take`."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.received = b""
        self.broken = False
        self._more = trio.Event()

    def take(self, count: int) -> None:
        self.room += count
        self._more.set()
        self._more = trio.Event()

    def fail(self) -> None:
        self.broken = True
        self.take(0)

    def send_now(self, data: bytes) -> int:
        if self.broken:
            raise ConnectionResetError
        sent = min(self.room, len(data))
        self.received += data[:sent]
        self.room -= sent
        return sent

    async def ready(self) -> None:
        while not self.room and not self.broken:
            await self._more.wait()

    async def send_some(self, data: bytes) -> int:
        return self.send_now(data)

    async def receive(self, most: int) -> bytes:
        raise NotImplementedError

    async def end(self) -> None:
        raise NotImplementedError


class Rig:
    """An `Outgoing` over a `Socket`, with its writer started in a nursery."""

    def __init__(self, nursery: trio.Nursery, room: int) -> None:
        self.socket = Socket(room)
        self.writers = 0
        self.progress: list[int] = []
        self._nursery = nursery
        self.out = Outgoing(self.socket, self._start, self._progressed)

    def _start(self) -> None:
        self.writers += 1
        self._nursery.start_soon(self.out.write)

    def _progressed(self) -> None:
        self.progress.append(self.out.waiting)


async def test_nothing_is_not_sent(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.socket.fail()
    rig.out.send(b"")
    rig.socket.broken = False
    rig.socket.take(3)
    rig.out.send(b"abc")
    assert rig.socket.received == b"abc"


async def test_what_the_socket_takes_leaves_at_once_and_needs_no_task(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 100)
    rig.out.send(b"abc")
    assert rig.socket.received == b"abc"
    assert rig.writers == 0
    assert rig.out.waiting == 0


async def test_the_rest_leaves_in_order_by_one_writer(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 2)
    for data in (b"abc", b"def", b"ghi"):
        rig.out.send(data)
    assert rig.out.waiting == 7
    rig.socket.take(4)
    await wait_all_tasks_blocked()
    assert rig.socket.received == b"abcdef"
    rig.out.send(b"jkl")
    rig.socket.take(100)
    await wait_all_tasks_blocked()
    assert rig.socket.received == b"abcdefghijkl"
    assert rig.writers == 1
    assert rig.out.waiting == 0
    assert not nursery.child_tasks


async def test_the_next_backlog_gets_a_writer_of_its_own(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    for _ in range(2):
        rig.out.send(b"abc")
        rig.socket.take(3)
        await wait_all_tasks_blocked()
    assert rig.socket.received == b"abcabc"
    assert rig.writers == 2


async def test_progress_is_told_as_it_happens(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.out.send(b"abcdef")
    for _ in range(3):
        rig.socket.take(2)
        await wait_all_tasks_blocked()
    assert rig.progress == [4, 2, 0]


async def test_nothing_follows_the_last_frame(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 100)
    rig.out.finish(b"last")
    rig.out.send(b"late")
    rig.out.finish(b"again")
    assert rig.socket.received == b"last"
    assert rig.out.finished


async def test_the_last_frame_waits_its_turn(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.out.send(b"first")
    rig.out.finish(b"last")
    rig.socket.take(100)
    await rig.out.flushed()
    assert rig.socket.received == b"firstlast"


async def test_flushed_waits_for_as_little_as_it_is_told(autojump_clock: object, nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.out.send(b"abcdef")
    with trio.move_on_after(0.01) as waited:
        await rig.out.flushed(5)
    assert waited.cancelled_caught
    rig.socket.take(1)
    await rig.out.flushed(5)
    assert rig.out.waiting == 5
    rig.socket.take(5)


async def test_a_broken_socket_swallows_everything_and_holds_nobody_up(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.out.send(b"abc")
    await wait_all_tasks_blocked()
    rig.socket.fail()
    await rig.out.flushed()
    rig.out.send(b"def")
    assert rig.out.waiting == 0
    assert rig.socket.received == b""


async def test_a_socket_that_is_broken_when_a_push_comes_is_no_error(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 100)
    rig.socket.fail()
    rig.out.send(b"abc")
    assert rig.out.waiting == 0
    assert rig.writers == 0
    rig.socket.broken = False
    rig.out.send(b"def")
    assert rig.socket.received == b""


async def test_what_is_abandoned_while_it_is_being_sent_is_not_counted(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.out.send(b"abc")
    await wait_all_tasks_blocked()
    rig.out.abandon()
    assert rig.out.waiting == 0
    rig.socket.take(2)
    await wait_all_tasks_blocked()
    assert rig.out.waiting == 0
    assert not nursery.child_tasks


class Records(Socket):
    """Like TLS: takes anything at any time, and is busy until the peer has it."""

    async def ready(self) -> None:
        await trio.lowlevel.checkpoint()

    async def send_some(self, data: bytes) -> int:
        while self.room < len(data):
            await self._more.wait()
        return self.send_now(data)


async def test_what_is_abandoned_while_the_record_layer_has_it_is_not_counted(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.out = Outgoing(records := Records(0), lambda: nursery.start_soon(rig.out.write), rig._progressed)
    rig.out.send(b"abc")
    await wait_all_tasks_blocked()
    rig.out.abandon()
    records.take(100)
    await wait_all_tasks_blocked()
    assert rig.out.waiting == 0
    assert rig.progress == []


async def test_what_the_record_layer_has_is_not_dropped(nursery: trio.Nursery) -> None:
    rig = Rig(nursery, 0)
    rig.out = Outgoing(records := Records(0), lambda: nursery.start_soon(rig.out.write), rig._progressed)
    rig.out.send(piece(b"one"))
    await wait_all_tasks_blocked()
    rig.out.send(piece(b"two"))
    rig.out.drop_unsent()
    rig.out.finish(b"CLOSE")
    records.take(100)
    await rig.out.flushed()
    assert records.received == piece(b"one") + b"CLOSE"


@pytest.mark.parametrize("room", range(12))
async def test_after_dropping_the_peer_has_whole_frames_and_then_the_close(nursery: trio.Nursery, room: int) -> None:
    rig = Rig(nursery, room)
    frames = [piece(b"one"), piece(b"two"), piece(b"three")]
    rig.out.send(frames[0] + frames[1])
    rig.out.send(frames[2])
    rig.out.drop_unsent()
    rig.out.finish(b"CLOSE")
    rig.socket.take(1_000)
    await rig.out.flushed()
    got = rig.socket.received.removesuffix(b"CLOSE")
    assert got in (b"", frames[0], frames[0] + frames[1], b"".join(frames))
    assert len(got) < room + 7
