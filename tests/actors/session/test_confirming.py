"""An outbox that asks its client, by pings, what it has got."""

from actors.session.confirming import MAX_ASKED, ConfirmingOutbox
from protocol.aurorialink import AURORIALINK
from tests.fakes.outbox import FakeOutbox, split_pieces

PING = 9
HI = b"\x81\x02hi"


class Client:
    """A conversation's pushes on one side, a client's pongs on the other; `told` is what was confirmed."""

    def __init__(self, room: int = 1_000) -> None:
        self.wire = FakeOutbox(AURORIALINK, room)
        self.taken: dict[int, int] = {}
        self.told: list[dict[int, int]] = []
        self.outbox = ConfirmingOutbox(self.wire, lambda: dict(self.taken), self.told.append)

    def push(self, conv: int, seq: int, piece: bytes = HI) -> bool:
        """A live push: the place has moved when it comes."""
        self.taken[conv] = seq
        return self.outbox.push(piece)

    def arrived(self) -> list[int]:
        """The opcodes of what arrived since the last time."""
        frames = list(split_pieces(b"".join(self.wire.pieces)))
        self.wire.pieces.clear()
        self.pongs = [payload for opcode, payload in frames if opcode == PING]
        return [opcode for opcode, _ in frames]

    def answers(self) -> None:
        for payload in self.pongs:
            self.outbox.ponged(payload)


def test_what_arrived_before_the_ping_is_known_with_its_pong() -> None:
    client = Client()
    assert client.push(1, 5)
    assert client.arrived() == [1, PING]
    assert client.told == []
    client.answers()
    assert client.told == [{1: 5}]
    assert client.arrived() == []


def test_message_and_ping_leave_in_one_piece() -> None:
    client = Client()
    client.push(1, 5)
    assert len(client.wire.pieces) == 1


def test_every_message_of_a_burst_has_its_own_question_up_to_a_bound() -> None:
    client = Client()
    for seq in range(1, MAX_ASKED + 4):
        client.push(1, seq)
    assert client.arrived() == [1, PING] * MAX_ASKED + [1] * 3
    client.answers()
    assert client.told == [{1: seq} for seq in range(1, MAX_ASKED + 1)]


def test_what_came_without_a_question_is_asked_for_when_the_answers_are_there() -> None:
    client = Client()
    for seq in range(1, MAX_ASKED + 4):
        client.push(1, seq)
    client.arrived()
    client.answers()
    assert client.arrived() == [PING]
    client.answers()
    assert client.told[-1] == {1: MAX_ASKED + 3}
    assert client.arrived() == []


def test_the_last_answer_stands_for_all_before_it() -> None:
    client = Client()
    for seq in (5, 6, 7):
        client.push(1, seq)
    client.arrived()
    client.outbox.ponged(client.pongs[1])
    assert client.told == [{1: 6}]
    client.outbox.ponged(client.pongs[0])
    assert client.told == [{1: 6}]
    client.outbox.ponged(client.pongs[2])
    assert client.told == [{1: 6}, {1: 7}]
    assert client.arrived() == []


def test_a_place_that_moves_without_a_push_is_asked_for_again() -> None:
    client = Client()
    client.taken = {1: 0}
    client.outbox.push(HI)
    client.taken = {1: 3}
    client.arrived()
    client.answers()
    assert client.told == [{1: 0}]
    assert client.arrived() == [PING]
    client.answers()
    assert client.told[1:] == [{1: 3}]


def test_only_news_is_told() -> None:
    client = Client()
    client.push(1, 5)
    client.arrived()
    client.answers()
    client.push(2, 9)
    client.arrived()
    client.answers()
    assert client.told == [{1: 5}, {2: 9}]


def test_pongs_that_nobody_asked_for_say_nothing() -> None:
    client = Client()
    client.outbox.ponged(b"0")
    client.push(1, 5)
    client.arrived()
    for payload in (b"", b"0", b"2", b"x"):
        client.outbox.ponged(payload)
    assert client.told == []
    client.answers()
    client.answers()
    assert client.told == [{1: 5}]


def test_what_has_no_bytes_is_taken_and_asks_nothing() -> None:
    client = Client(room=0)
    assert client.push(1, 5, b"")
    assert client.outbox.offer(b"")
    client.outbox.answer(b"")
    assert client.wire.pieces == []
    assert not client.wire.cut


def test_a_refused_push_asks_nothing_and_the_next_one_does() -> None:
    client = Client(room=0)
    assert not client.push(1, 5)
    client.wire.room_left = 1_000
    assert client.push(1, 5)
    assert client.arrived() == [1, PING]


def test_what_fits_into_the_room_that_is_left_fits_with_its_ping() -> None:
    client = Client(room=40)
    assert client.push(1, 5, b"\x81" + bytes((client.outbox.room_left - 2,)) + b"x" * (client.outbox.room_left - 2))
    client.wire.room_left = 1
    assert client.outbox.room_left == 0


def test_the_rest_is_the_inner_outbox_s_matter() -> None:
    client = Client(room=40)
    assert client.outbox.codec is AURORIALINK
    assert client.outbox.offer(HI)
    client.outbox.answer(HI)
    client.outbox.wake_for(3)
    assert client.arrived() == [1, 1]
    assert client.wire.take_wakes() == [3]
