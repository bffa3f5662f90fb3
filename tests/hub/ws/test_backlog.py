"""A backlog is its bytes, in order, whatever the socket takes of them."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.ws.backlog import Backlog, frame_end
from tests.fakes.front import piece

payload_sizes = st.sampled_from([0, 1, 3, 125, 126, 500])
frames = st.builds(lambda size, fill: piece(bytes([fill]) * size), payload_sizes, st.integers(0, 255))
pieces = st.lists(st.lists(frames, min_size=1, max_size=3), min_size=1, max_size=5)


def drain(backlog: Backlog, most: int) -> bytes:
    data = b""
    while backlog.size:
        chunk = backlog.lend(most)
        assert 0 < len(chunk) <= most
        backlog.sent(len(chunk))
        data += chunk
    return data


@settings(deadline=None)
@given(pieces, st.integers(1, 700), st.data())
def test_bytes_leave_in_order_however_many_at_a_time(groups: list[list[bytes]], most: int, data: st.DataObject) -> None:
    backlog = Backlog()
    joined = [b"".join(group) for group in groups]
    gone = data.draw(st.integers(0, len(joined[0]) - 1))
    for index, data_piece in enumerate(joined):
        backlog.add(data_piece, gone if index == 0 else 0)
    whole = b"".join(joined)[gone:]
    assert backlog.size == len(whole)
    first = backlog.lend(most)
    taken = data.draw(st.integers(0, len(first)))
    backlog.sent(taken)
    assert first[:taken] + drain(backlog, most) == whole


@settings(deadline=None)
@given(pieces, st.integers(0, 1_500), st.integers(1, 700))
def test_what_has_not_begun_is_dropped_and_what_has_is_a_whole_frame(
    groups: list[list[bytes]], gone: int, most: int
) -> None:
    backlog = Backlog()
    for group in groups:
        backlog.add(b"".join(group))
    sent = b""
    while backlog.size and len(sent) < gone:
        chunk = backlog.lend(gone - len(sent))
        backlog.sent(len(chunk))
        sent += chunk
    lent = backlog.lend(most) if backlog.size else b""
    backlog.drop_unsent()
    assert backlog.size >= len(lent)
    backlog.sent(len(lent))
    received = sent + lent + drain(backlog, most)
    boundaries = [0]
    for frame in (frame for group in groups for frame in group):
        boundaries.append(boundaries[-1] + len(frame))
    assert len(received) == min(end for end in boundaries if end >= len(sent) + len(lent))


def test_a_boundary_is_found_behind_every_form_of_length() -> None:
    frames = [piece(bytes(size)) for size in (0, 125, 126, 65_535, 65_536)]
    joined = b"".join(frames)
    end = 0
    for frame in frames:
        assert frame_end(joined, end + 1) == end + len(frame)
        assert frame_end(joined, end) == end
        end += len(frame)


def test_an_abandoned_backlog_is_empty() -> None:
    backlog = Backlog()
    backlog.add(piece(b"x"))
    backlog.lend(1)
    backlog.clear()
    assert backlog.size == 0
