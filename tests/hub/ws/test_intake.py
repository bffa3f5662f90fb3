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
from hub.ws.judge import Closing
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
@given(streams, st.lists(st.integers(1, 50), min_size=1, max_size=4))
def test_messages_pings_and_violations_are_those_of_the_library(data: bytes, sizes: list[int]) -> None:
    # The library judges a frame by its beginning; here it comes complete or not at all. So the last one is completed.
    library = Library()
    expected = list(library.receive(data + ENOUGH_FOR_ANY_FRAME))
    intake = Intake()
    got: list[bytes | str] = []
    for piece in [*cut(data, sizes), ENOUGH_FOR_ANY_FRAME]:
        got += intake.sort(piece)
    assume(not intake.too_big)
    assert got == expected
    codes = [] if intake.closing is None else [intake.closing.code]
    assert replied(intake.replies) + codes == library.events


def replied(replies: bytes) -> list[object]:
    """The payloads of the pongs, which are those of the pings."""
    payloads: list[object] = []
    while replies:
        assert replies[0] == 0x80 | PONG
        payloads.append(replies[2 : 2 + replies[1]])
        replies = replies[2 + replies[1] :]
    return payloads


@settings(deadline=None)
@given(st.lists(st.binary(max_size=300), min_size=1), st.integers(1, 700))
def test_whole_messages_need_no_judge(payloads: list[bytes], size: int) -> None:
    intake = Intake()
    got: list[bytes | str] = []
    for piece in cut(b"".join(client_frame(BINARY, payload) for payload in payloads), [size]):
        got += intake.sort(piece)
        assert not has_judge(intake)
    assert got == payloads


def has_judge(intake: Intake) -> bool:
    return intake._judge is not None


def test_a_judge_stays_only_while_it_holds_something() -> None:
    intake = Intake()
    intake.sort(client_frame(PING, b"?"))
    assert not has_judge(intake)
    intake.sort(client_frame(TEXT, b"half ", final=False) + client_frame(PING, b"!"))
    assert has_judge(intake)
    assert intake.sort(client_frame(CONTINUATION, b"whole")) == ["half whole"]
    assert not has_judge(intake)
    assert replied(intake.replies) == [b"?", b"!"]


def test_nothing_that_was_handled_is_kept() -> None:
    intake = Intake()
    intake.sort(client_frame(BINARY, bytes(1_000)))
    assert intake._buffer == b""


@settings(deadline=None)
@given(st.binary(min_size=4, max_size=4), st.binary(max_size=1_000))
def test_unmasking_is_its_own_inverse_and_byte_by_byte(mask: bytes, payload: bytes) -> None:
    masked = unmask(mask, payload)
    assert masked == bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    assert unmask(mask, masked) == payload


def test_the_limit_itself_is_taken_and_one_byte_more_is_too_big() -> None:
    intake = Intake()
    assert intake.sort(client_frame(BINARY, bytes(MAX_INBOUND_BYTES))) == [bytes(MAX_INBOUND_BYTES)]
    assert not intake.too_big
    assert intake.sort(client_frame(BINARY, bytes(MAX_INBOUND_BYTES + 1))) == []
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
    assert Intake().sort(data) == [b"fine"]


@pytest.mark.parametrize("size", [1, 1_000, 2**18])
def test_after_too_big_a_message_the_close_is_still_seen_and_no_payload_kept(size: int) -> None:
    close = client_frame(CLOSE, b"\x03\xe8")
    intake = Intake()
    for piece in cut(client_frame(BINARY, bytes(2**17)) + client_frame(BINARY, b"late") + close, [size]):
        assert intake.closing is None
        assert intake.sort(piece) == []
        assert len(intake._buffer) <= size + 14
    assert intake.closing == Closing(1000, "", bytes((0x80 | CLOSE, 2)) + b"\x03\xe8")


def test_what_follows_a_close_does_not_count() -> None:
    intake = Intake()
    assert intake.sort(client_frame(CLOSE) + client_frame(BINARY, b"after the end")) == []
    assert intake.closing is not None
    assert intake.sort(client_frame(BINARY, b"and later") + client_frame(PING, b"?")) == []
    assert intake.replies == b""


def test_a_violation_has_a_code_and_no_answer() -> None:
    intake = Intake()
    assert intake.sort(client_frame(BINARY, b"fine") + client_frame(CONTINUATION, b"of what?")) == [b"fine"]
    assert intake.closing is not None
    assert (intake.closing.code, intake.closing.answer) == (1002, b"")


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
