"""What arrives, cut anyhow, comes out as the library alone would have it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Message, Ping

from hub.ws.intake import MAX_FRAGMENTS, Intake, Violation, read_head, unmask
from protocol.codes import MAX_INBOUND_BYTES
from tests.hub.ws.peers import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, client_frame


@dataclass
class Library:
    """wsproto, as trio-websocket drives it."""

    connection: Connection = field(default_factory=lambda: Connection(ConnectionType.SERVER))
    parts: list[bytes | str] = field(default_factory=list)
    events: list[object] = field(default_factory=list)
    over: bool = False

    def receive(self, data: bytes) -> Iterator[bytes | str]:
        """Yield the messages that `data` completes; note what else happens."""
        if self.over:
            return
        self.connection.receive_data(data)
        for event in self.connection.events():
            if isinstance(event, Message):
                self.parts.append(event.data if isinstance(event.data, str) else bytes(event.data))
                if event.message_finished:
                    parts, self.parts = self.parts, []
                    yield parts[0][:0].join(parts)  # type: ignore[arg-type]
            elif isinstance(event, Ping):
                self.events.append(bytes(event.payload))
            elif isinstance(event, CloseConnection):
                self.events.append(int(event.code))
                self.over = True
                return


ENOUGH_FOR_ANY_FRAME = bytes(MAX_INBOUND_BYTES + 1)

opcodes = st.sampled_from([TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG])
payloads = st.one_of(
    st.binary(max_size=8), st.sampled_from([b"", b"\x03\xe8", "grüß".encode(), bytes(125), bytes(126), bytes(300)])
)
good_frames = st.builds(client_frame, opcodes, payloads, final=st.booleans(), mask=st.binary(min_size=4, max_size=4))
messages = st.builds(client_frame, st.sampled_from([TEXT, BINARY]), st.text(max_size=40).map(str.encode))
pings = st.builds(client_frame, st.just(PING), st.binary(max_size=4))
streams = st.lists(st.one_of(messages, messages, pings, good_frames, st.binary(max_size=4)), max_size=12).map(b"".join)


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """Cut the bytes into pieces of these sizes, over and over."""
    pieces = []
    while data:
        for size in sizes:
            pieces.append(data[:size])
            data = data[size:]
    return [piece for piece in pieces if piece]


@settings(deadline=None)
@given(streams, st.lists(st.integers(1, 50), min_size=1, max_size=4), st.integers(0, 3))
def test_messages_pings_and_violations_are_those_of_the_library(data: bytes, sizes: list[int], lag: int) -> None:
    # The library judges a frame by its beginning; here it comes complete or not at all. So the last one is completed.
    data += ENOUGH_FOR_ANY_FRAME
    alone, behind = Library(), Library()
    expected = list(alone.receive(data))
    intake = Intake()
    got: list[bytes | str] = []
    held: list[bytes | str] = []

    def give_back(most: int) -> None:
        while len(held) > most:
            got.append(held.pop(0))
            intake.returned()

    for piece in [*cut(data[: -len(ENOUGH_FOR_ANY_FRAME)], sizes), ENOUGH_FOR_ANY_FRAME]:
        whole, passed = intake.sort(piece)
        got += whole
        held += behind.receive(passed)
        give_back(lag)  # the task behind the library's channel comes late
    give_back(0)
    assume(not intake.too_big)
    assert got == expected
    assert behind.events == alone.events


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1), st.integers(1, 700))
def test_whole_messages_never_go_through_the_library(payloads: list[bytes], size: int) -> None:
    intake = Intake()
    got: list[bytes | str] = []
    for piece in cut(b"".join(client_frame(BINARY, payload) for payload in payloads), [size]):
        whole, passed = intake.sort(piece)
        assert passed == b""
        got += whole
    assert got == payloads


@settings(deadline=None)
@given(st.binary(min_size=4, max_size=4), st.binary(max_size=1_000))
def test_unmasking_is_its_own_inverse_and_byte_by_byte(mask: bytes, payload: bytes) -> None:
    masked = unmask(mask, payload)
    assert masked == bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    assert unmask(mask, masked) == payload


def test_the_limit_itself_is_taken_and_one_byte_more_is_too_big() -> None:
    intake = Intake()
    assert intake.sort(client_frame(BINARY, bytes(MAX_INBOUND_BYTES))) == ([bytes(MAX_INBOUND_BYTES)], b"")
    assert not intake.too_big
    assert intake.sort(client_frame(BINARY, bytes(MAX_INBOUND_BYTES + 1))) == ([], b"")
    assert intake.too_big


def test_fragments_count_together() -> None:
    intake = Intake()
    intake.sort(client_frame(BINARY, bytes(MAX_INBOUND_BYTES), final=False))
    intake.sort(client_frame(CONTINUATION, b"", final=False))
    assert not intake.too_big
    intake.sort(client_frame(CONTINUATION, b"x"))
    assert intake.too_big


def test_a_message_of_endless_fragments_is_too_big() -> None:
    intake = Intake()
    intake.sort(client_frame(BINARY, b"", final=False))
    intake.sort(client_frame(CONTINUATION, b"", final=False) * (MAX_FRAGMENTS - 1))
    assert not intake.too_big
    intake.sort(client_frame(CONTINUATION, b"", final=False))
    assert intake.too_big


def test_too_big_is_known_before_the_payload_comes() -> None:
    intake = Intake()
    intake.sort(client_frame(BINARY, bytes(2**20))[:14])
    assert intake.too_big


def test_what_precedes_a_message_that_is_too_big_is_handled() -> None:
    data = client_frame(BINARY, b"fine") + client_frame(BINARY, bytes(2**20))
    assert Intake().sort(data)[0] == [b"fine"]


@pytest.mark.parametrize("size", [1, 1_000, 2**18])
def test_after_too_big_a_message_the_close_is_still_seen_and_no_payload_kept(size: int) -> None:
    close = client_frame(CLOSE, b"\x03\xe8")
    intake = Intake()
    passed = b""
    for piece in cut(client_frame(BINARY, bytes(2**17)) + client_frame(BINARY, b"late") + close, [size]):
        whole, more = intake.sort(piece)
        passed += more
        assert whole == []
        assert len(intake._buffer) <= size + 14
    assert passed == close


def test_what_follows_a_close_is_left_to_the_library() -> None:
    data = client_frame(CLOSE) + client_frame(BINARY, b"after the end")
    assert Intake().sort(data) == ([], data)


@pytest.mark.parametrize(
    "data",
    [
        b"\x82\x01x",
        b"\xc2\x81",
        b"\x83\x80",
        b"\x09\x80",
        b"\x89\xfe",
        b"\x82\xfe\x00\x7d",
        b"\x82\xff\x00\x00\x00\x00\x00\x00\xff\xff",
        b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00",
    ],
    ids=["unmasked", "reserved", "opcode", "fragmented control", "long control", "long 2", "long 8", "top bit"],
)
def test_a_head_that_no_client_may_send_is_a_violation(data: bytes) -> None:
    with pytest.raises(Violation):
        read_head(data, 0)
