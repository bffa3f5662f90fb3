from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtest.walker import BINARY, CLOSE, PING, Walker, mark, stamps


def frame(payload: bytes, opcode: int = BINARY) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big") + payload


def walk(chunks: list[bytes]) -> list[tuple[int, bytes]]:
    walker = Walker()
    found = []
    for chunk in chunks:
        data, frames = walker.feed(chunk)
        found += [(each.opcode, data[each.start : each.end]) for each in frames]
    return found


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
def test_every_length_form_is_understood(size: int) -> None:
    payload = b"x" * size
    assert walk([frame(payload) + frame(b"", PING)]) == [(BINARY, payload), (PING, b"")]


@given(
    st.lists(st.tuples(st.sampled_from([BINARY, PING, CLOSE]), st.integers(0, 300)), max_size=6),
    st.lists(st.integers(0, 2_000), max_size=12),
)
def test_reads_may_split_anywhere(specs: list[tuple[int, int]], cuts: list[int]) -> None:
    sent = [(opcode, bytes(size)) for opcode, size in specs]
    stream = b"".join(frame(payload, opcode) for opcode, payload in sent)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    assert walk([stream[a:b] for a, b in pairwise(edges)]) == sent


def test_a_stream_may_come_byte_by_byte() -> None:
    stream = frame(b"a" * 126) + frame(b"") + frame(b"b" * 65_536)
    found = walk([stream[at : at + 1] for at in range(len(stream))])
    assert [payload for _, payload in found] == [b"a" * 126, b"", b"b" * 65_536]


def test_markers_are_found_in_whole_frames_only() -> None:
    walker = Walker()
    stream = frame(f"body {mark(7)} …".encode()) + frame(mark(2**63).encode())
    data, frames = walker.feed(stream[:-1])
    assert stamps(data, frames[-1].end) == [7]
    data, frames = walker.feed(stream[-1:])
    assert stamps(data, frames[-1].end) == [2**63]


def test_what_only_looks_like_a_marker_is_none() -> None:
    data = b"TS:000000000000000g TS:12 TS: ts:0000000000000001"
    assert stamps(data, len(data)) == []
