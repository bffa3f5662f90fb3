"""Three thousand connections of noise, always the same: the listener serves its neighbour and holds on to nothing."""

from __future__ import annotations

import contextlib
import logging
from random import Random

import pytest
import trio

from hub.config import Config
from tests.hub.listening import GET_UP, Listening, listening
from tests.hub.test_http import CHUNKED, KILLERS

CONNECTIONS = 3_000
AT_ONCE = 50
PATIENCE_S = 0.05
SEEDS = [
    *(request for request in KILLERS.values() if len(request) < 3_000),
    GET_UP,
    GET_UP * 3,
    CHUNKED + b"3\r\nabc\r\n0\r\n\r\n",
    b"POST /length HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\nabcd",
    b"GET /metrics HTTP/1.0\r\n\r\n",
]
SPLINTERS = [
    b"\r\n",
    b"\x00",
    b"\xff",
    b": ",
    b"HTTP/2.0",
    b"chunked",
    b"Upgrade: h2c\r\n",
    b"Connection: close\r\n",
    b"Expect: 100-continue\r\n",
]


def mutated(random: Random) -> bytes:
    data = bytearray(random.choice(SEEDS))
    for _ in range(random.randint(1, 6)):
        at = random.randrange(len(data) + 1)
        match random.randrange(5):
            case 0:
                data[at : at + 1] = random.randbytes(1)
            case 1:
                data[at:at] = random.randbytes(random.randint(1, 8))
            case 2:
                del data[at : at + random.randint(1, 10)]
            case 3:
                data[at:at] = random.choice(SPLINTERS)
            case _:
                data += random.choice(SEEDS)
    return bytes(data)


async def trouble(up: Listening, data: bytes, way: int) -> None:
    """Send the noise, then vanish, say that nothing follows, or wait for what comes."""
    stream = await trio.open_tcp_stream("127.0.0.1", up.port)
    async with stream:
        with contextlib.suppress(trio.BrokenResourceError), trio.move_on_after(PATIENCE_S):
            await stream.send_all(data)
            if way == 0:
                return
            if way == 1:
                await stream.send_eof()
            while await stream.receive_some(65_536):
                pass


async def test_noise_harms_nobody_and_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    random = Random(4_711)
    limiter = trio.CapacityLimiter(AT_ONCE)

    async def trouble_in_turn(data: bytes, way: int) -> None:
        async with limiter:
            await trouble(up, data, way)

    async with listening(Config(http_connections_per_address=2_000)) as up:
        neighbour = await up.connect()
        assert await neighbour.ask(GET_UP) == 200
        neighbour.vanish()
        tasks = trio.lowlevel.current_statistics().tasks_living
        async with trio.open_nursery() as nursery:
            for count in range(CONNECTIONS):
                nursery.start_soon(trouble_in_turn, mutated(random), random.randrange(4))
                if count % 500 == 0:
                    assert await (await up.connect()).ask(GET_UP) == 200
        up.vanish_peers()
        with trio.fail_after(10):
            while up.listener.statistics().open:  # noqa: ASYNC110 - there is nothing to wait for but the listener itself
                await trio.sleep(0.05)
        assert up.listener.statistics().failed == 0
        assert trio.lowlevel.current_statistics().tasks_living <= tasks
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
