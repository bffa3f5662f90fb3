"""Socket.IO packets, beside what python-socketio's own encoder makes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio import packet as theirs  # type: ignore[import-untyped]

from protocol.socketio import packets
from protocol.socketio.errors import Violation
from protocol.socketio.packets import MAX_ATTACHMENTS, Ack, AnyPacket, Assembler, Connect, Disconnect, Event
from protocol.socketio.parcel import Parcel

BLOB = b"\x00\x01\xff"


def encoded(type: int, data: Any = None, namespace: str | None = None, id: int | None = None) -> list[str | bytes]:
    """What the other side's library makes of it."""
    made = theirs.Packet(type, data, namespace=namespace, id=id).encode()
    return made if isinstance(made, list) else [made]


def decoded(*messages: str | bytes, max_bytes: int = 1_000) -> AnyPacket | None:
    """What comes of the last message; the others must complete nothing."""
    assembler = Assembler(max_bytes)
    results = [assembler.take(message) for message in messages]
    assert not any(results[:-1])
    return results[-1]


@pytest.mark.parametrize(
    ("messages", "packet"),
    [
        (encoded(theirs.CONNECT), Connect("/", None)),
        (encoded(theirs.CONNECT, {"token": "t"}), Connect("/", {"token": "t"})),
        (encoded(theirs.CONNECT, {"token": "t"}, "/admin"), Connect("/admin", {"token": "t"})),
        (["0/admin?x=1,{}"], Connect("/admin", {})),
        (encoded(theirs.DISCONNECT), Disconnect("/")),
        (encoded(theirs.DISCONNECT, namespace="/admin"), Disconnect("/admin")),
        (encoded(theirs.EVENT, ["say", {"a": [1]}, "é"]), Event("/", "say", [{"a": [1]}, "é"], None)),
        (encoded(theirs.EVENT, ["say"], "/admin", 12), Event("/admin", "say", [], 12)),
        (encoded(theirs.EVENT, ["say", {"a": [BLOB]}, BLOB], id=0), Event("/", "say", [{"a": [BLOB]}, BLOB], 0)),
        (encoded(theirs.ACK, [1], id=3), Ack("/", 3, [1])),
        (encoded(theirs.ACK, [BLOB], id=3), Ack("/", 3, [BLOB])),
    ],
)
def test_what_python_socketio_sends_is_understood(messages: list[str | bytes], packet: AnyPacket) -> None:
    assert decoded(*messages) == packet


@pytest.mark.parametrize(
    ("parcel", "type", "fields"),
    [
        (packets.event("log", {"a": "é"}), theirs.EVENT, {"data": ["log", {"a": "é"}]}),
        (packets.event("log", {"a": BLOB}, BLOB), theirs.EVENT, {"data": ["log", {"a": BLOB}, BLOB]}),
        (packets.ack(5, []), theirs.ACK, {"data": [], "id": 5}),
        (packets.ack(5, [BLOB]), theirs.ACK, {"data": [BLOB], "id": 5}),
        (packets.connected("c"), theirs.CONNECT, {"data": {"sid": "c"}}),
        (packets.dismissed(), theirs.DISCONNECT, {}),
        (packets.denied("/", "no"), theirs.CONNECT_ERROR, {"data": {"message": "no"}}),
        (packets.denied("/x", "no"), theirs.CONNECT_ERROR, {"data": {"message": "no"}, "namespace": "/x"}),
    ],
)
def test_what_is_sent_is_what_python_socketio_would_send(parcel: Parcel, type: int, fields: dict[str, Any]) -> None:
    expected = encoded(type, **fields)
    assert parcel.encoded == tuple("4" + part if isinstance(part, str) else part for part in expected)


@pytest.mark.parametrize(
    "messages",
    [
        [""],
        ["x"],
        ["7"],
        ["4"],
        ["2"],
        ["2{}"],
        ["2[]"],
        ["2[1]"],
        ['2["a",NaN]'],
        ["2[" * 100_000],
        ["3[]"],
        ['35{"a":1}'],
        ["2" + "1" * 101 + '["a"]'],
        ["2" + "1" * 16 + '["a"]'],
        [b"\x00"],
        ['21-["a"]'],
        ['51-["a",{"_placeholder":true,"num":0}]', '2["b"]'],
        ['51-["a",{"_placeholder":true,"num":1}]', b"x"],
        ['51-["a",{"_placeholder":true,"num":"0"}]', b"x"],
        ["51-", b"x"],
        ["5" + "9" * 11 + '-["a"]'],
        [f'5{MAX_ATTACHMENTS + 1}-["a"]'],
        ['52-["a"]', b"x" * 600, b"x" * 600],
    ],
    ids=range(23),
)
def test_what_is_no_packet_is_a_violation(messages: list[str | bytes]) -> None:
    with pytest.raises(Violation):
        decoded(*messages)


def test_as_many_attachments_as_allowed_are_put_together() -> None:
    blobs = [bytes([n]) for n in range(MAX_ATTACHMENTS)]
    assert decoded(*encoded(theirs.EVENT, ["a", *blobs]), max_bytes=10_000) == Event("/", "a", [*blobs], None)


def test_the_bound_on_bytes_is_one_packets() -> None:
    assembler = Assembler(100)
    for _ in range(3):
        assert assembler.take('51-["a",{"_placeholder":true,"num":0}]') is None
        assert assembler.take(b"x" * 60) == Event("/", "a", [b"x" * 60], None)


@given(st.lists(st.text(alphabet='0123456789-/,[]{}"ab_?', max_size=60) | st.binary(max_size=5), max_size=4))
def test_nothing_but_violations_comes_of_garbage(messages: list[str | bytes]) -> None:
    assembler = Assembler(1_000)
    try:
        for message in messages:
            assembler.take(message)
    except Violation:
        return
