"""Peers that do not read hurt nobody but themselves."""

from __future__ import annotations

import socket

import pytest
import trio

from hub.config import Config
from hub.ws.hearing import PONG_BACKLOG_BYTES, RECEIVE_BYTES
from protocol.codes import CloseCode
from tests.fakes.front import FakeDoor, piece
from tests.hub.ws.peers import BINARY, PING, PONG, Peer, Running, client_frame, request, running

OUTBOX = 65_536
EVENT = piece(bytes(1_000))
KERNEL_BYTES = 2_000_000


def config() -> Config:
    return Config(outbox_bytes=OUTBOX)


async def join_with_a_small_window(up: Running) -> tuple[Peer, FakeDoor]:
    """A peer whose kernel takes little for it."""
    raw = trio.socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    await raw.connect(("127.0.0.1", up.port))
    peer = Peer(trio.SocketStream(raw))
    up.peers.append(peer)
    known = len(up.front.doors)
    await peer.upgrade(request())
    while len(up.front.doors) == known:
        await trio.lowlevel.checkpoint()
    return peer, up.front.doors[-1]


def fill(door: FakeDoor) -> int:
    """Push events until one is refused; return how many were taken."""
    for count in range(KERNEL_BYTES // len(EVENT)):
        if not door.outbox.push(EVENT):
            return count
    raise AssertionError("never full")


async def test_a_peer_that_never_reads_is_cut_within_ten_seconds_and_its_neighbours_miss_nothing(
    patient_clock: object,
) -> None:
    async with running(config=config()) as up:
        slow, slow_door = await join_with_a_small_window(up)
        good, good_door = await up.join()
        began = trio.current_time()
        fill(slow_door)
        for number in range(100):
            assert good_door.outbox.push(piece(b"%d" % number))
            assert not slow_door.outbox.push(EVENT)
        assert [await good.message() for _ in range(100)] == [b"%d" % number for number in range(100)]
        assert up.listener.statistics().outbox_bytes >= OUTBOX - len(EVENT)
        await slow_door.over.wait()
        assert 7.9 <= trio.current_time() - began <= 10.1
        assert await slow.is_reset()
        assert up.listener.statistics().slow_closes == 1
        assert up.listener.statistics().outbox_bytes == 0


async def test_a_slow_peer_that_reads_again_finds_whole_frames_and_4429(patient_clock: object) -> None:
    async with running(config=config()) as up:
        slow, door = await join_with_a_small_window(up)
        pushed = fill(door)
        await trio.sleep(8.5)
        events = 0
        while (frame := await slow.frame()).opcode == BINARY:
            assert frame.payload == bytes(1_000)
            events += 1
        assert frame.code == CloseCode.TOO_SLOW
        assert events < pushed


async def test_a_peer_that_catches_up_in_time_stays_and_what_it_missed_is_named(patient_clock: object) -> None:
    async with running(config=config()) as up:
        slow, door = await join_with_a_small_window(up)
        pushed = fill(door)
        door.outbox.wake_for(7)
        await trio.sleep(5)
        assert door.wanted == []
        assert [await slow.message() for _ in range(pushed)] == [bytes(1_000)] * pushed
        assert door.wanted == [7]
        assert door.outbox.room_left == OUTBOX
        await trio.sleep(10)
        await slow.say(b"still here")
        assert await slow.message() == b"still here"


async def test_answers_that_nobody_reads_cut_the_client(patient_clock: object) -> None:
    async with running(config=config()) as up:
        slow, door = await join_with_a_small_window(up)
        fill(door)
        with trio.move_on_after(5) as tried:
            for _ in range(20):
                await slow.say(bytes(10_000))
            await door.over.wait()
        assert not tried.cancelled_caught
        assert up.listener.statistics().slow_closes == 1


async def test_a_flood_of_pings_that_nobody_reads_the_pongs_of_is_not_read_for_ever(patient_clock: object) -> None:
    async with running(config=config()) as up:
        slow, door = await join_with_a_small_window(up)
        pings = client_frame(PING, bytes(125)) * 500
        with trio.move_on_after(5) as sending:
            while True:
                await slow.send(pings)
        assert sending.cancelled_caught
        assert up.listener.statistics().outbox_bytes <= PONG_BACKLOG_BYTES + RECEIVE_BYTES
        # Nothing is heard of it any more.
        await door.over.wait()


async def test_pongs_never_cut_into_pushed_frames() -> None:
    async with running() as up:
        peer, door = await up.join()
        total = 300
        async with trio.open_nursery() as nursery:

            async def flood() -> None:
                for number in range(total):
                    await peer.send(client_frame(PING, b"%d" % number))

            async def push() -> None:
                for _ in range(total):
                    while not door.outbox.push(piece(bytes(20_000))):
                        await trio.lowlevel.checkpoint()
                    await trio.lowlevel.checkpoint()

            nursery.start_soon(flood)
            nursery.start_soon(push)
            frames = [await peer.frame() for _ in range(2 * total)]
        assert [frame.payload for frame in frames if frame.opcode == PONG] == [b"%d" % n for n in range(total)]
        assert [frame.payload for frame in frames if frame.opcode == BINARY] == [bytes(20_000)] * total


@pytest.mark.parametrize("size", [1, 100])
async def test_a_peer_that_closes_and_never_reads_is_cut_after_two_seconds(patient_clock: object, size: int) -> None:
    async with running(config=config()) as up:
        peer, door = await join_with_a_small_window(up)
        fill(door)
        began = trio.current_time()
        await peer.send(client_frame(8, b"\x03\xe8" + bytes(size)))
        await door.over.wait()
        assert trio.current_time() - began <= 2.1
