"""The hub stops: everybody is told, everything is flushed, nobody holds it up."""

from __future__ import annotations

import json

import msgpack
import pytest
import trio

from protocol.codes import CloseCode
from tests.fakes.front import FakeFront, piece
from tests.hub.ws.peers import BINARY, CLOSE, JSON, client_frame, request, running
from tests.hub.ws.test_slow import config, fill, join_with_a_small_window


async def test_every_session_is_told_to_come_back_and_closed_with_1012() -> None:
    async with running() as up, trio.open_nursery() as nursery:
        first, _ = await up.join()
        second, _ = await up.join(protocol=JSON)
        nursery.start_soon(up.listener.drain, trio.current_time() + 8)
        assert msgpack.unpackb(await first.message()) == {"t": "goaway", "retry_ms": 2_750}
        assert json.loads(await second.message()) == {"t": "goaway", "retry_ms": 2_750}
        assert await first.closed() == CloseCode.GOING_AWAY
        assert await second.closed() == CloseCode.GOING_AWAY
    assert up.front.open_doors == []


async def test_who_is_not_signed_in_is_closed_without_a_word() -> None:
    async with running(FakeFront(signed_in=False)) as up, trio.open_nursery() as nursery:
        peer, _ = await up.join()
        nursery.start_soon(up.listener.drain, trio.current_time() + 8)
        assert (await peer.frame()).code == CloseCode.GOING_AWAY
        peer.hang_up()


async def test_nobody_can_connect_any_more() -> None:
    async with running() as up:
        await up.listener.drain(trio.current_time() + 8)
        with pytest.raises(OSError, match="all attempts"):
            await up.connect()


async def test_a_connection_that_was_accepted_just_before_is_not_begun() -> None:
    async with running() as up:
        await up.listener.drain(trio.current_time() + 8)
        ours, theirs = trio.socket.socketpair()
        with ours, theirs, trio.fail_after(1):
            await up.listener._handle(trio.SocketStream(ours))


async def test_handshakes_under_way_are_cut_at_once(patient_clock: object) -> None:
    async with running() as up:
        peer = await up.connect()
        await peer.send(request()[:30])
        await up.settled(1)
        await up.listener.drain(trio.current_time() + 8)
        assert trio.current_time() < 1
        assert await peer.is_reset()


async def test_what_waits_is_flushed_before_the_close(patient_clock: object) -> None:
    async with running(config=config()) as up, trio.open_nursery() as nursery:
        peer, door = await join_with_a_small_window(up)
        pushed = fill(door)
        nursery.start_soon(up.listener.drain, trio.current_time() + 8)
        await trio.sleep(4)
        assert [await peer.message() for _ in range(pushed)] == [bytes(1_000)] * pushed
        assert msgpack.unpackb(await peer.message())["t"] == "goaway"
        assert await peer.closed() == CloseCode.GOING_AWAY


async def test_a_peer_that_still_talks_gets_goaway_and_close_all_the_same() -> None:
    async with running() as up, trio.open_nursery() as nursery:
        peer, door = await up.join()
        nursery.start_soon(up.listener.drain, trio.current_time() + 8)
        while up.listener.statistics().connections.open and not door.outbox.push(piece(b"")):
            await trio.lowlevel.checkpoint()
        await peer.send(client_frame(BINARY, bytes(60_000)) * 20)
        assert (await peer.frame()).opcode == BINARY
        while (frame := await peer.frame()).opcode == BINARY:
            pass
        assert frame.code == CloseCode.GOING_AWAY
        await peer.send(client_frame(CLOSE, frame.payload[:2]))
        assert await peer.rest() == b""


async def test_peers_that_read_but_never_close_are_given_the_close_deadline(patient_clock: object) -> None:
    async with running() as up:
        await up.join()
        began = trio.current_time()
        await up.listener.drain(began + 8)
        assert trio.current_time() - began == pytest.approx(2, abs=0.2)


async def test_peers_that_never_read_are_reset_at_the_deadline(patient_clock: object) -> None:
    async with running(config=config()) as up:
        doors = [(await join_with_a_small_window(up))[1] for _ in range(20)]
        for door in doors:
            fill(door)
        began = trio.current_time()
        await up.listener.drain(began + 5)
        assert trio.current_time() - began == pytest.approx(5, abs=0.2)
        await up.served.wait()
        assert up.front.open_doors == []
        assert all(door.closings == 1 for door in doors)


async def test_serve_returns_once_all_are_gone() -> None:
    async with running() as up:
        peer, _ = await up.join()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(up.listener.drain, trio.current_time() + 8)
            assert await peer.closed() == CloseCode.GOING_AWAY
        await up.served.wait()
