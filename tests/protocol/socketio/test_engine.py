"""Engine.IO packets, beside what python-engineio's own encoders make."""

from __future__ import annotations

import json
from typing import Any

import engineio.packet  # type: ignore[import-untyped]
import engineio.payload  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.socketio.engine import (
    MAX_PACKETS,
    EnginePacket,
    Type,
    decode_body,
    decode_packet,
    encode_packet,
    for_polling,
    join_body,
    open_packet,
)
from protocol.socketio.errors import Violation

PACKETS = [
    EnginePacket(Type.PING),
    EnginePacket(Type.PING, "probe"),
    EnginePacket(Type.PONG, "probe"),
    EnginePacket(Type.MESSAGE, '2["chat",{"é":1}]'),
    EnginePacket(Type.MESSAGE, b"\x00\x01\xff"),
    EnginePacket(Type.UPGRADE),
    EnginePacket(Type.NOOP),
    EnginePacket(Type.CLOSE),
]


def theirs(packet: EnginePacket) -> Any:
    return engineio.packet.Packet(int(packet.type), packet.data)


@pytest.mark.parametrize("packet", PACKETS)
def test_a_packet_is_what_python_engineio_makes_of_it(packet: EnginePacket) -> None:
    assert encode_packet(packet) == theirs(packet).encode()
    assert decode_packet(encode_packet(packet)) == packet


def test_a_body_is_what_python_engineio_makes_of_it() -> None:
    body = engineio.payload.Payload([theirs(packet) for packet in PACKETS]).encode().encode()
    assert join_body(for_polling(encode_packet(packet)) for packet in PACKETS) == body
    assert decode_body(body) == PACKETS


def test_the_words_of_the_specification() -> None:
    assert decode_body(b"4hello\x1e2\x1e4world") == [(Type.MESSAGE, "hello"), (Type.PING, ""), (Type.MESSAGE, "world")]
    assert decode_body(b"4hello\x1ebAQIDBA==") == [(Type.MESSAGE, "hello"), (Type.MESSAGE, b"\x01\x02\x03\x04")]


def test_the_open_packet_states_the_terms_in_milliseconds() -> None:
    opened = open_packet("abc", upgrades=["websocket"], interval_ms=25_000, timeout_ms=20_000, max_payload_bytes=10**6)
    assert isinstance(opened, str)
    assert (opened[0], json.loads(opened[1:])) == (
        "0",
        {
            "sid": "abc",
            "upgrades": ["websocket"],
            "pingInterval": 25_000,
            "pingTimeout": 20_000,
            "maxPayload": 1_000_000,
        },
    )


def test_a_burst_of_more_than_sixteen_packets_is_taken() -> None:
    assert len(decode_body(b"\x1e".join([b"2"] * MAX_PACKETS))) == MAX_PACKETS


@pytest.mark.parametrize(
    "body",
    [
        b"\x1e".join([b"2"] * (MAX_PACKETS + 1)),
        b"\xff",
        b"9",
        b"x",
        b"4\x1e",
        b"\x1e",
        b"bA",
        b"d=",
        "²".encode(),
        b'4{"a":1}',
        b"2true",
        b"4" + b"[" * 100_000,
    ],
    ids=range(12),
)
def test_what_is_no_body_is_a_violation(body: bytes) -> None:
    with pytest.raises(Violation):
        decode_body(body)


@given(st.binary(max_size=200))
def test_nothing_but_violations_comes_of_garbage(garbage: bytes) -> None:
    for decode in (decode_body, decode_packet, lambda raw: decode_packet(raw.decode("latin-1"))):
        try:
            decode(garbage)
        except Violation:
            continue
