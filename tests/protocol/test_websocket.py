"""Server frames byte for byte, as RFC 6455 has them."""

import pytest

from protocol.websocket import Opcode, close_frame, frame, header, ping_frame


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (0, b"\x82\x00"),
        (125, b"\x82\x7d"),
        (126, b"\x82\x7e\x00\x7e"),
        (65_535, b"\x82\x7e\xff\xff"),
        (65_536, b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"),
    ],
)
def test_the_length_is_written_in_its_shortest_form(length: int, expected: bytes) -> None:
    assert header(Opcode.BINARY, length) == expected


def test_text_and_ping() -> None:
    assert frame(Opcode.TEXT, b"Hello") == b"\x81\x05Hello"  # the example of section 5.7
    assert ping_frame(b"Hello") == b"\x89\x05Hello"


def test_a_close_frame_carries_code_and_reason() -> None:
    assert close_frame(4400, "no") == b"\x88\x04\x11\x30no"
    assert close_frame(1000) == b"\x88\x02\x03\xe8"


@pytest.mark.parametrize("padding", range(4))
def test_a_long_reason_is_cut_between_two_characters(padding: int) -> None:
    whole = close_frame(1000, "x" * padding + "é€😀" * 40)
    assert whole[1] <= 125
    assert whole[1] == len(whole) - 2
    assert len(whole[4:].decode()) > 0
