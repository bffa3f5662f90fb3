"""The listener over real sockets: what a client may rely on."""

from __future__ import annotations

import contextlib
import gc
import logging
import weakref
from typing import Any

import pytest
import trio

from hub.config import Config
from protocol.codec import JSON as JSON_CODEC
from protocol.codes import CloseCode
from tests.fakes.front import FakeDoor, FakeFront, piece
from tests.hub.ws.peers import (
    BINARY,
    CLOSE,
    CONTINUATION,
    JSON,
    MSGPACK,
    ORIGIN,
    PING,
    PONG,
    TEXT,
    Received,
    client_frame,
    close_payload,
    request,
    running,
)

LIMIT = 64 * 1024


async def test_a_message_reaches_the_door_and_its_answer_comes_back() -> None:
    async with running() as up:
        peer, door = await up.join()
        await peer.say(b"hello")
        assert await peer.frame() == Received(BINARY, b"hello")
        assert door.taken == [b"hello"]
        assert door.address == "127.0.0.1"


async def test_the_json_subprotocol_brings_text_and_takes_text() -> None:
    async with running() as up:
        peer, door = await up.join(protocol=JSON)
        assert door.codec is JSON_CODEC
        await peer.say("grüß dich")
        assert await peer.frame() == Received(TEXT, "grüß dich".encode())
        assert door.taken == ["grüß dich"]


async def test_the_client_s_first_known_subprotocol_is_chosen() -> None:
    async with running() as up:
        peer = await up.connect()
        head = await peer.upgrade(request(protocol=f"chat, {JSON}, {MSGPACK}"))
        assert f"Sec-WebSocket-Protocol: {JSON}".lower() in head.decode().lower()


@pytest.mark.parametrize("protocol", ["chat", None])
async def test_without_a_known_subprotocol_the_answer_names_both(protocol: str | None) -> None:
    async with running() as up:
        peer = await up.connect()
        status, text = await peer.ask(request(protocol=protocol))
        assert status == 400
        assert MSGPACK.encode() in text
        assert JSON.encode() in text
        assert not up.front.doors


async def test_another_path_is_404() -> None:
    async with running() as up:
        assert (await (await up.connect()).ask(request(path="/")))[0] == 404


async def test_a_query_does_not_matter() -> None:
    async with running() as up:
        await (await up.connect()).upgrade(request(path="/ws?x=1"))


async def test_a_known_origin_may_connect_and_a_foreign_one_gets_403() -> None:
    async with running() as up:
        await (await up.connect()).upgrade(request(f"Origin: {ORIGIN}"))
        assert (await (await up.connect()).ask(request("Origin: http://evil.example")))[0] == 403
        assert (await (await up.connect()).ask(request("Origin: null")))[0] == 403


async def test_compression_is_never_negotiated() -> None:
    async with running() as up:
        peer = await up.connect()
        head = await peer.upgrade(request("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"))
        assert b"extensions" not in head.lower()


async def test_fragments_make_one_message_in_its_place() -> None:
    async with running() as up:
        peer, door = await up.join()
        await peer.send(
            client_frame(BINARY, b"one")
            + client_frame(BINARY, b"t", final=False)
            + client_frame(PING, b"now")
            + client_frame(CONTINUATION, b"wo")
            + client_frame(BINARY, b"three")
        )
        seen = [await peer.frame() for _ in range(4)]
        assert [frame.payload for frame in seen if frame.opcode == BINARY] == [b"one", b"two", b"three"]
        assert Received(PONG, b"now") in seen
        assert door.taken == [b"one", b"two", b"three"]


async def test_an_open_connection_is_one_task() -> None:
    async with running() as up:
        before = trio.lowlevel.current_statistics().tasks_living
        peers = [await up.join() for _ in range(3)]
        for peer, _ in peers:
            await peer.send(client_frame(PING, b"?"))
            assert await peer.frame() == Received(PONG, b"?")
        await trio.testing.wait_all_tasks_blocked()
        assert trio.lowlevel.current_statistics().tasks_living == before + 3


async def test_what_comes_in_one_piece_with_the_request_is_heard() -> None:
    async with running() as up:
        peer = await up.connect()
        frame = client_frame(BINARY, b"eager")
        await peer.upgrade(request() + frame[:3])
        await peer.send(frame[3:])
        assert await peer.message() == b"eager"


async def test_messages_are_handled_in_the_task_that_reads_them_whole_or_not() -> None:
    tasks: list[trio.lowlevel.Task] = []

    async def note(door: FakeDoor, payload: bytes | str) -> None:
        tasks.append(trio.lowlevel.current_task())
        door.outbox.answer(piece(payload))

    async with running(FakeFront(note)) as up:
        peer, _ = await up.join()
        fragments = client_frame(BINARY, b"in ", final=False) + client_frame(CONTINUATION, b"two")
        for data in (client_frame(BINARY, b"one"), fragments, client_frame(BINARY, b"three")):
            await peer.send(data)
            await peer.message()
    assert tasks == [tasks[0]] * 3


async def test_a_message_of_exactly_the_limit_is_taken() -> None:
    async with running() as up:
        peer, _ = await up.join()
        await peer.say(bytes(LIMIT))
        assert await peer.message() == bytes(LIMIT)


@pytest.mark.parametrize(
    "data",
    [
        client_frame(BINARY, bytes(LIMIT + 1)),
        client_frame(BINARY, bytes(LIMIT), final=False) + client_frame(CONTINUATION, b"x"),
        client_frame(BINARY, b"", final=False) + client_frame(CONTINUATION, b"", final=False) * 2_000,
    ],
    ids=["one frame", "fragments", "endless empty fragments"],
)
async def test_too_big_a_message_closes_with_1009(data: bytes) -> None:
    async with running() as up:
        peer, door = await up.join()
        await peer.send(data)
        assert await peer.closed() == CloseCode.TOO_BIG
        assert door.taken == []


async def test_a_message_that_is_announced_too_big_is_not_waited_for(patient_clock: object) -> None:
    async with running() as up:
        peer, _ = await up.join()
        await peer.send(client_frame(BINARY, bytes(2**20))[:20])
        assert (await peer.frame()).code == CloseCode.TOO_BIG
        assert await peer.is_reset()
        assert trio.current_time() < 3


async def test_the_limit_counts_bytes_also_of_text() -> None:
    async with running() as up:
        peer, _ = await up.join(protocol=JSON)
        await peer.say("é" * (LIMIT // 2 + 1))
        assert await peer.closed() == CloseCode.TOO_BIG


async def test_after_1009_a_silent_peer_is_gone_within_two_seconds(patient_clock: object) -> None:
    async with running() as up:
        peer, door = await up.join()
        began = trio.current_time()
        await peer.send(client_frame(BINARY, bytes(LIMIT + 1)))
        assert (await peer.frame()).code == CloseCode.TOO_BIG
        assert await peer.is_reset()
        await door.over.wait()
        assert trio.current_time() - began <= 2.1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x82\x01x", CloseCode.PROTOCOL_ERROR),
        (client_frame(3, b"x"), CloseCode.PROTOCOL_ERROR),
        (client_frame(0x40 | BINARY, b"x"), CloseCode.PROTOCOL_ERROR),
        (client_frame(PING, b"x", final=False), CloseCode.PROTOCOL_ERROR),
        (client_frame(PING, bytes(126)), CloseCode.PROTOCOL_ERROR),
        (client_frame(CONTINUATION, b"x"), CloseCode.PROTOCOL_ERROR),
        (client_frame(BINARY, b"x", final=False) + client_frame(BINARY, b"x"), CloseCode.PROTOCOL_ERROR),
        (client_frame(CLOSE, b"\x03"), CloseCode.PROTOCOL_ERROR),
        (client_frame(TEXT, b"\xff"), CloseCode.NOT_UTF8),
        (client_frame(TEXT, b"\xc3", final=False) + client_frame(CONTINUATION, b"\xc3"), CloseCode.NOT_UTF8),
    ],
    ids=[
        "unmasked",
        "unknown opcode",
        "reserved bit",
        "fragmented ping",
        "long ping",
        "continuation of nothing",
        "message inside a message",
        "short close",
        "bad text",
        "bad text in fragments",
    ],
)
async def test_a_violation_closes_with_its_code(data: bytes, code: CloseCode) -> None:
    async with running() as up:
        peer, door = await up.join()
        await peer.send(data)
        assert await peer.closed() == code
        await door.over.wait()
        assert door.taken == []
        assert door.closings == 1


async def test_a_violation_with_much_behind_it_still_gets_its_close() -> None:
    async with running() as up:
        peer, _ = await up.join()
        await peer.send(b"\x82\x01x" + bytes(200_000))
        assert await peer.closed() == CloseCode.PROTOCOL_ERROR


async def test_an_ended_connection_is_forgotten() -> None:
    class Forgetful(FakeFront):
        def open(self, *args: Any) -> FakeDoor:
            door = super().open(*args)
            self.doors.clear()
            last.append(weakref.ref(door))
            return door

    last: list[weakref.ref[FakeDoor]] = []
    async with running(Forgetful()) as up:
        peer = await up.connect()
        await peer.upgrade()
        await peer.say(b"bye")
        await peer.closed()
        await up.settled(0)
        gc.collect()
        assert [door() for door in last] == [None]


async def test_a_client_s_close_is_answered_with_its_code() -> None:
    async with running() as up:
        peer, door = await up.join()
        await peer.send(client_frame(CLOSE, close_payload(1001)))
        assert (await peer.frame()).code == 1001
        with trio.fail_after(1):
            assert await peer.rest() == b""
            await door.over.wait()
            await up.settled(0)


async def test_a_door_ends_its_connection_after_what_it_had_answered() -> None:
    async with running() as up:
        peer, door = await up.join()
        await peer.send(client_frame(BINARY, b"first") + client_frame(BINARY, b"bye") + client_frame(BINARY, b"late"))
        assert await peer.message() == b"first"
        assert await peer.closed() == CloseCode.BYE
        assert door.taken == [b"first", b"bye"]


async def test_a_ping_of_a_client_while_the_hub_closes_does_no_harm() -> None:
    async with running() as up:
        peer, door = await up.join()
        door.gate.close(CloseCode.REPLACED, "replaced")
        await peer.send(client_frame(PING, b"still there?"))
        assert await peer.closed() == CloseCode.REPLACED
        await up.settled(0)
        assert up.listener.statistics().connections.failed == 0


async def test_a_bug_in_a_handler_ends_its_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    async with running() as up:
        other, _ = await up.join()
        peer, door = await up.join()
        await peer.say(b"bug")
        assert await peer.closed() == 1011
        await door.over.wait()
        await other.say(b"still there?")
        assert await other.message() == b"still there?"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_bug_in_the_front_ends_its_connection_only(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeFront):
        def open(self, *_: object) -> FakeDoor:
            raise RuntimeError

    async with running(Broken()) as up:
        peer = await up.connect()
        await peer.upgrade()
        assert await peer.closed() == 1011
        await up.settled(0)
        assert up.listener.statistics().connections.failed == 0
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


# ------------------------------------------------------------------------------------------ time


async def test_a_connection_that_sends_no_handshake_is_closed_after_five_seconds(patient_clock: object) -> None:
    async with running() as up:
        peer = await up.connect()
        began = trio.current_time()
        await peer.send(request()[:40])
        await peer.is_reset()
        assert trio.current_time() - began == pytest.approx(5, abs=0.2)
        assert not up.front.doors


async def test_without_hello_the_connection_is_closed_after_ten_seconds(patient_clock: object) -> None:
    async with running(FakeFront(signed_in=False)) as up:
        peer, _ = await up.join()
        began = trio.current_time()
        assert await peer.closed() == CloseCode.NO_HELLO
        assert trio.current_time() - began == pytest.approx(10, abs=0.2)


async def test_a_sign_in_that_takes_long_is_not_held_against_the_client(patient_clock: object) -> None:
    async def slow(door: FakeDoor, payload: bytes | str) -> None:
        await trio.sleep(60)
        door.signed_in = True
        door.outbox.answer(piece(payload))

    async with running(FakeFront(slow, signed_in=False)) as up:
        peer, _ = await up.join()
        await peer.say(b"hello")
        while (frame := await peer.frame()).opcode == PING:
            pass
        assert frame == Received(BINARY, b"hello")


async def test_the_hub_pings_every_25_seconds_and_closes_after_45_of_silence(patient_clock: object) -> None:
    async with running() as up:
        peer, _ = await up.join()
        began = trio.current_time()
        assert (await peer.frame()).opcode == PING
        assert trio.current_time() - began == pytest.approx(25, abs=0.2)
        assert await peer.closed() == CloseCode.SILENT
        assert trio.current_time() - began == pytest.approx(45, abs=0.2)


async def test_a_pong_is_a_sign_of_life(patient_clock: object) -> None:
    async with running() as up:
        peer, _ = await up.join()
        for _ in range(4):
            ping = await peer.frame()
            assert ping.opcode == PING
            await peer.send(client_frame(PONG, ping.payload))
        assert trio.current_time() >= 99


async def test_a_peer_that_ignores_the_close_is_cut_after_two_seconds(patient_clock: object) -> None:
    async with running() as up:
        peer, door = await up.join()
        began = trio.current_time()
        door.gate.close(CloseCode.REVOKED, "revoked")
        assert (await peer.frame()).code == CloseCode.REVOKED
        assert await peer.is_reset()
        assert trio.current_time() - began == pytest.approx(2, abs=0.2)
        await door.over.wait()


async def test_a_peer_that_talks_on_after_the_close_is_cut_after_two_seconds(patient_clock: object) -> None:
    async with running() as up:
        peer, door = await up.join()
        door.gate.close(CloseCode.REVOKED, "revoked")
        with contextlib.suppress(trio.BrokenResourceError):
            while trio.current_time() < 10:
                await peer.say(b"but")
                await trio.sleep(0.1)
        assert trio.current_time() < 3
        assert door.taken == []


async def test_the_first_close_code_wins() -> None:
    async with running() as up:
        peer, door = await up.join()
        door.gate.close(CloseCode.REPLACED, "replaced")
        door.gate.close(CloseCode.REVOKED, "revoked")
        assert await peer.closed() == CloseCode.REPLACED


async def test_what_comes_after_the_end_is_taken_and_goes_nowhere() -> None:
    async with running() as up:
        peer, door = await up.join()
        door.gate.close(CloseCode.BYE, "bye")
        assert door.outbox.push(piece(b"late"))
        assert await peer.closed() == CloseCode.BYE
        await door.over.wait()
        assert door.outbox.push(piece(b"later"))
        door.gate.close(CloseCode.BYE, "again")


async def test_caps_are_those_of_the_configuration() -> None:
    async with running(config=Config(max_connections=2)) as up:
        await up.join()
        await up.join()
        with pytest.raises((OSError, trio.BrokenResourceError)):
            await (await up.connect()).rest()
        assert up.listener.statistics().connections.refused_total == 1
