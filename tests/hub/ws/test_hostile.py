"""Requests and peers that end other servers. Here they end themselves."""

from __future__ import annotations

import logging
import random
import tracemalloc

import pytest
import trio

from tests.fakes.front import FakeDoor
from tests.hub.ws.peers import (
    BINARY,
    CLOSE,
    CONTINUATION,
    JSON,
    MSGPACK,
    PING,
    Peer,
    Running,
    client_frame,
    request,
    running,
)

SEED = 20_250_131
MUTATIONS = 300
BIG_BYTES = 20_000_000

KILLERS = {
    "host that is not ASCII": request().replace(b"Host: hub", b"Host: \xff"),
    "host that is bad IDNA": request().replace(b"Host: hub", b"Host: xn--999999999"),
    "no host": request().replace(b"Host: hub\r\n", b""),
    "two hosts": request("Host: other"),
    "subprotocol that is not ASCII": request(protocol="\xff"),
    "extension that is not ASCII": request("Sec-WebSocket-Extensions: \xff"),
    "connection that is not ASCII": request().replace(b"Connection: Upgrade", b"Connection: \xff, Upgrade"),
    "bad key": request().replace(b"dGhlIHNhbXBsZSBub25jZQ==", b"not a key"),
    "no key": request().replace(b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
    "old version": request().replace(b"Version: 13", b"Version: 8"),
    "upgrade to something else": request().replace(b"Upgrade: websocket", b"Upgrade: h2c"),
    "h2c settings": request("HTTP2-Settings: !!!"),
    "POST": request().replace(b"GET ", b"POST "),
    "HTTP/2 preface": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.0": request().replace(b"HTTP/1.1", b"HTTP/1.0"),
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "bad target": request(path="/ws\xff"),
    "a body": request("Content-Length: 5") + b"hello",
    "a bad length": request("Content-Length: -1"),
    "a second request behind": request(path="/") * 2,
    "nul bytes": bytes(1_000),
    "endless header": request()[:-2] + b"X: " + b"x" * 200_000,
    "endless line": b"GET /" + b"x" * 200_000,
}


async def whole_exchange(up: Running, data: bytes) -> bytes:
    """Send the bytes and the end; return all that comes back, up to the end or a reset."""
    peer = await up.connect()
    answer = b""
    try:
        await peer.send(data)
        assert isinstance(peer.stream, trio.SocketStream)
        await peer.stream.send_eof()
        while more := await peer.stream.receive_some(65_536):
            answer += more
    except trio.BrokenResourceError:
        pass
    peer.hang_up()
    return answer


class Pair:
    """Two well-behaved clients who talk all the time: what one says reaches the other, through the same front."""

    def __init__(self, speaker: Peer, listener: Peer) -> None:
        self._speaker = speaker
        self._listener = listener
        self.exchanged = 0

    async def exchange(self) -> None:
        """One more message; raises if it is not the next."""
        text = b"%d" % self.exchanged
        await self._speaker.say(text)
        assert await self._listener.message() == text
        self.exchanged += 1


async def join_pair(up: Running) -> Pair:
    """A pair beside whatever else happens."""
    speaker, speaking = await up.join()
    listener, listening = await up.join()

    async def relay(door: FakeDoor, payload: bytes | str) -> None:
        (listening if door is speaking else door).outbox.push(door.piece(payload))

    up.front.handler = relay
    return Pair(speaker, listener)


@pytest.mark.parametrize("name", KILLERS)
async def test_a_killer_request_is_refused_and_kills_nothing(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async with running() as up:
        pair = await join_pair(up)
        answer = await whole_exchange(up, KILLERS[name])
        if answer:
            assert answer.startswith((b"HTTP/1.1 4", b"HTTP/1.1 101 ")), answer
            assert answer.count(b"HTTP/1.1 ") == 1
        await pair.exchange()
        await up.settled(2)
        assert up.listener.statistics().connections.failed == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize(
    "name",
    [
        "host that is not ASCII",
        "host that is bad IDNA",
        "subprotocol that is not ASCII",
        "bad key",
        "no key",
        "POST",
        "no host",
    ],
)
async def test_a_bad_request_is_told_so(name: str) -> None:
    async with running() as up:
        answer = await whole_exchange(up, KILLERS[name])
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert all(subprotocol.encode() in answer for subprotocol in (MSGPACK, JSON))


async def test_mutated_handshakes_and_frames_leave_nothing_behind(caplog: pytest.LogCaptureFixture) -> None:
    chance = random.Random(SEED)
    async with running() as up, trio.open_nursery() as nursery:
        pair = await join_pair(up)
        await trio.testing.wait_all_tasks_blocked()
        tasks = trio.lowlevel.current_statistics().tasks_living
        for _ in range(MUTATIONS):
            nursery.start_soon(whole_exchange, up, mutated(chance))
            await pair.exchange()
        await up.settled(2)
        await trio.testing.wait_all_tasks_blocked()
        assert trio.lowlevel.current_statistics().tasks_living == tasks
        assert up.listener.statistics().connections.failed == 0
        assert len(up.front.open_doors) == 2
        assert all(door.closings == 1 for door in up.front.doors if door not in up.front.open_doors)
        assert pair.exchanged == MUTATIONS
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def mutated(chance: random.Random) -> bytes:
    """A handshake with some frames behind it, damaged in a few places, or cut."""
    frames = b"".join(
        client_frame(chance.choice((BINARY, CONTINUATION, PING, CLOSE)), chance.randbytes(chance.randrange(20)))
        for _ in range(3)
    )
    data = bytearray(request("Origin: http://hub.example") + frames)
    for _ in range(chance.randrange(6)):
        at = chance.randrange(len(data))
        damage = chance.choice((b"", b"\r\n", b"\x00", chance.randbytes(1), chance.randbytes(5)))
        data[at : at + chance.randrange(3)] = damage
    return bytes(data[: chance.choice((len(data), chance.randrange(len(data)))) or 1])


async def say_nothing_and_close(up: Running) -> None:
    (await up.connect()).hang_up()


async def reset_before_the_handshake(up: Running) -> None:
    reset_by(await up.connect())


async def reset_in_the_handshake(up: Running) -> None:
    peer = await up.connect()
    await peer.send(request()[:50])
    reset_by(peer)


async def reset_right_after_the_request(up: Running) -> None:
    peer = await up.connect()
    await peer.send(request())
    reset_by(peer)


async def reset_in_a_frame(up: Running) -> None:
    peer = await up.connect()
    await peer.upgrade()
    await peer.send(client_frame(BINARY, bytes(1_000))[:500])
    reset_by(peer)


async def end_without_a_close(up: Running) -> None:
    peer = await up.connect()
    await peer.upgrade()
    assert isinstance(peer.stream, trio.SocketStream)
    await peer.stream.send_eof()
    assert await peer.rest() == b""
    peer.hang_up()


async def speak_and_reset_before_the_answer(up: Running) -> None:
    peer = await up.connect()
    await peer.upgrade()
    await peer.send(client_frame(BINARY, bytes(1_000)) * 10)
    reset_by(peer)


async def flood_with_pings(up: Running) -> None:
    peer = await up.connect()
    await peer.upgrade()
    await peer.send(client_frame(PING) * 1_000)
    for _ in range(1_000):
        await peer.frame()
    peer.hang_up()


async def flood_with_fragments(up: Running) -> None:
    peer = await up.connect()
    await peer.upgrade()
    await peer.send(client_frame(BINARY, b"", final=False) + client_frame(CONTINUATION, b"", final=False) * 20_000)
    assert await peer.closed() == 1009


def reset_by(peer: Peer) -> None:
    """Reset the connection from the peer's side."""
    assert isinstance(peer.stream, trio.SocketStream)
    peer.stream.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
    peer.stream.socket.close()


@pytest.mark.parametrize(
    "misbehave",
    [
        say_nothing_and_close,
        reset_before_the_handshake,
        reset_in_the_handshake,
        reset_right_after_the_request,
        reset_in_a_frame,
        end_without_a_close,
        speak_and_reset_before_the_answer,
        flood_with_pings,
        flood_with_fragments,
    ],
)
async def test_a_misbehaving_peer_hurts_nobody_else(misbehave: object, caplog: pytest.LogCaptureFixture) -> None:
    assert callable(misbehave)
    async with running() as up:
        pair = await join_pair(up)
        for _ in range(5):
            await misbehave(up)
            await pair.exchange()
        await up.settled(2)
        assert len(up.front.open_doors) == 2
        assert up.listener.statistics().connections.failed == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_what_follows_a_refusal_is_not_kept() -> None:
    async with running() as up:
        peer = await up.connect()
        await peer.send(request(path="/"))
        tracemalloc.start()
        try:
            await peer.send(bytes(BIG_BYTES))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 1.5 * BIG_BYTES  # what the peer itself holds, and little more
        peer.hang_up()
        await up.settled(0)


async def test_peers_that_drip_their_handshake_are_gone_after_five_seconds(patient_clock: object) -> None:
    async with running() as up:
        peer = await up.connect()
        with pytest.raises(trio.BrokenResourceError):
            await drip(peer, request())
        assert trio.current_time() < 7


async def drip(peer: Peer, data: bytes) -> None:
    """Send a byte each second."""
    for byte in data:
        await peer.send(bytes((byte,)))
        await trio.sleep(1)
