"""What one client may keep waiting."""

from __future__ import annotations

import pytest

from hub.ws.outbox import ANSWER_RESERVE_BYTES, ClientOutbox
from hub.ws.outgoing import Outgoing
from protocol.codec import MSGPACK
from tests.hub.ws.test_outgoing import Socket

LIMIT = 1_000


class Owner:
    """Notes what the outbox tells it."""

    def __init__(self) -> None:
        self.full = 0
        self.room: list[list[int]] = []
        self.slow = 0

    def outbox_is_full(self) -> None:
        self.full += 1

    def outbox_has_room(self, convs: list[int]) -> None:
        self.room.append(convs)

    def too_slow(self) -> None:
        self.slow += 1


class Rig:
    """An outbox whose writer is the test: `read` is the client reading."""

    def __init__(self) -> None:
        self.socket = Socket(0)
        self.owner = Owner()
        self.out = Outgoing(self.socket, lambda: None, lambda: None)
        self.box = ClientOutbox(MSGPACK, self.out, LIMIT, self.owner)

    def read(self, count: int) -> None:
        """Let so many bytes leave, as the writer does."""
        backlog = self.out._backlog
        assert backlog is not None
        backlog.sent(len(backlog.lend(count)))
        self.out._count(backlog)
        self.box.progressed()


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_a_full_outbox_refuses_and_takes_nothing_of_the_piece(rig: Rig) -> None:
    assert rig.box.room_left == LIMIT
    assert rig.box.push(bytes(900))
    assert rig.box.room_left == 100
    assert not rig.box.push(bytes(101))
    assert rig.out.waiting == 900
    assert rig.box.push(bytes(100))
    assert rig.box.room_left == 0


def test_an_empty_outbox_takes_a_piece_of_any_size(rig: Rig) -> None:
    assert rig.box.push(bytes(5 * LIMIT))
    assert rig.box.room_left == 0


def test_what_is_ephemeral_is_dropped_as_soon_as_anything_waits(rig: Rig) -> None:
    rig.box.push(b"x")
    assert not rig.box.offer(b"typing")
    assert rig.out.waiting == 1
    rig.read(1)
    rig.socket.room = 100
    assert rig.box.offer(b"typing")
    assert rig.socket.received == b"typing"


def test_answers_may_use_a_reserve_and_then_the_client_is_cut(rig: Rig) -> None:
    rig.box.push(bytes(LIMIT))
    rig.box.answer(bytes(ANSWER_RESERVE_BYTES))
    rig.box.answer(b"x")
    assert rig.owner.slow == 0
    rig.box.answer(b"y")
    assert rig.owner.slow == 1
    assert rig.out.waiting == LIMIT + ANSWER_RESERVE_BYTES + 1


def test_being_full_is_told_once_until_there_is_room_again(rig: Rig) -> None:
    for _ in range(2):
        rig.box.push(bytes(LIMIT))
        rig.box.push(b"x")
        rig.box.push(b"x")
        rig.read(LIMIT)
    assert rig.owner.full == 2
    assert rig.owner.room == [[], []]


def test_whoever_waits_for_room_is_named_once_below_a_quarter(rig: Rig) -> None:
    rig.box.push(bytes(LIMIT))
    for conv in (7, 9, 7):
        assert not rig.box.push(b"x")
        rig.box.wake_for(conv)
    rig.read(700)
    assert rig.owner.room == []
    rig.read(100)
    assert rig.owner.room == [[7, 9]]
    rig.read(100)
    assert rig.owner.room == [[7, 9]]


def test_whoever_waits_while_nothing_does_is_named_at_once(rig: Rig) -> None:
    rig.box.wake_for(7)
    assert rig.owner.room == [[7]]


def test_whoever_waits_below_a_quarter_is_named_with_the_next_progress(rig: Rig) -> None:
    rig.box.push(bytes(100))
    rig.box.wake_for(7)
    assert rig.owner.room == []
    rig.read(1)
    assert rig.owner.room == [[7]]
