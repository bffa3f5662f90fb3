"""The client's bookkeeping without I/O, against a model of a hub that is cut off at random."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.client.buffer import Overflow
from protocol.client.errors import EventsOverflowed, HoleFound
from protocol.client.items import Cursor, Gap, Item, LogEvent, Reset
from protocol.client.state import Answered, Away, ClientState, Welcomed
from protocol.client.wire import Fields
from tests.fakes.hub import ALICE, message, room

REPLAY = 4
"""How many events this hub replays; more make a gap."""


def state(*cursors: Cursor, limit: int = 100, overflow: Overflow = Overflow.RESUME) -> ClientState:
    return ClientState(cursors, limit=limit, overflow=overflow)


def welcome(*conversations: dict[str, Any]) -> Fields:
    return Fields(
        {
            "t": "welcome",
            "ref": 1,
            "session": "s",
            "self": {**ALICE, "role": "member"},
            "conversations": list(conversations),
            "limits": {},
            "heartbeat_ms": 25_000,
            "at": 0,
        }
    )


def drained(of: ClientState) -> list[Item]:
    return [of.take() for _ in range(len(of.buffer))]


@dataclass
class ModelHub:
    """Rooms as numbers of events. Whoever is connected gets events; who has a cursor gets a replay."""

    heads: dict[int, int] = field(default_factory=lambda: {1: 0, 2: 10, 3: 0})
    connected: bool = False

    def connect(self, client: ClientState) -> None:
        cursors = {cursor[0]: cursor[2] for cursor in client.hello(1, "d", {})["cursors"]}
        assert isinstance(
            client.receive(welcome(*(room(conv, seq=head) for conv, head in self.heads.items()))), Welcomed
        )
        for conv, seq in cursors.items():
            self._replay(client, conv, seq)
        client.receive(Fields({"t": "synced"}))
        self.connected = True

    def _replay(self, client: ClientState, conv: int, seq: int) -> None:
        head = self.heads[conv]
        if head - seq > REPLAY:
            client.receive(Fields({"t": "gap", "conv": conv, "from": seq + 1, "to": head - REPLAY}))
            seq = head - REPLAY
        for number in range(seq + 1, head + 1):
            client.receive(Fields(message(number, conv=conv)))

    def publish(self, client: ClientState, conv: int) -> None:
        self.heads[conv] = self.heads.get(conv, 0) + 1
        if self.connected:
            client.receive(Fields(message(self.heads[conv], conv=conv)))

    def answer_epochs(self, client: ClientState) -> None:
        listed = [room(conv, seq=head) for conv, head in self.heads.items()]
        assert isinstance(client.receive(Fields({"t": "ok", "ref": 2, "conversations": listed})), Answered)


STEPS = st.lists(
    st.tuples(st.sampled_from(["publish", "publish", "publish", "take", "take", "cut", "connect"]), st.integers(1, 5)),
    max_size=60,
)


class Program:
    """Takes items and notes what it has seen; anything out of turn fails the test."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}

    def take(self, item: Item) -> None:
        match item:
            case LogEvent():
                assert item.seq == self.seen.get(item.conv, item.seq - 1) + 1
                self.seen[item.conv] = item.seq
            case Gap():
                assert item.start == self.seen.get(item.conv, 0) + 1
                self.seen[item.conv] = item.end


def play(step: str, number: int, hub: ModelHub, client: ClientState, program: Program) -> None:
    match step:
        case "publish":
            hub.publish(client, number)
        case "take" if client.buffer:
            program.take(client.take())
        case "cut":
            hub.connected = False
        case "connect":
            hub.connect(client)


@given(steps=STEPS, limit=st.integers(1, 12), answers=st.booleans())
@settings(max_examples=300)
def test_a_program_sees_each_event_once_or_is_told_of_the_gap(
    steps: list[tuple[str, int]], limit: int, answers: bool
) -> None:
    client, hub, program = state(limit=limit), ModelHub(), Program()
    hub.connect(client)
    program.seen = dict(hub.heads)
    for step, number in steps:
        play(step, number, hub, client, program)
        if client.asks_epochs() and answers and hub.connected:
            hub.answer_epochs(client)
        if client.wants_reconnect:
            hub.connect(client)
    hub.connect(client)
    # At rest, connected and with room, nothing is missing.
    while client.buffer or client.wants_reconnect:
        if client.wants_reconnect:
            hub.connect(client)
        for item in drained(client):
            program.take(item)
    assert program.seen == hub.heads
    assert {cursor.conv: cursor.seq for cursor in client.cursors()} == hub.heads


def test_saved_cursors_begin_where_the_program_was() -> None:
    first = state()
    first.receive(welcome(room(seq=0)))
    for seq in (1, 2, 3):
        first.receive(Fields(message(seq)))
    first.take()
    saved = first.cursors()
    assert saved == [Cursor(3, 7, 1)]
    assert state(*saved).hello(1, "d", {"token": "t"}) == {
        "t": "hello",
        "ref": 1,
        "device": "d",
        "token": "t",
        "cursors": [[3, 7, 1]],
    }


def test_a_conversation_met_while_there_is_no_room_is_resumed_from_its_first_event() -> None:
    client = state(limit=1)
    client.receive(welcome())
    client.receive(Fields(message(1, conv=4)))
    client.receive(Fields(message(40, conv=9)))
    client.receive(Fields(message(41, conv=9)))
    assert client.asks_epochs()
    client.receive(Fields({"t": "ok", "ref": 2, "conversations": [room(9, epoch=5, seq=41)]}))
    assert [9, 5, 39] in client.hello(1, "d", {})["cursors"]


def test_a_reset_begins_anew_in_either_direction() -> None:
    client = state(Cursor(3, 7, 900))
    client.receive(welcome(room(epoch=8, seq=2)))
    client.receive(Fields({"t": "reset", "conv": 3, "epoch": 8, "seq": 2}))
    client.receive(Fields(message(3)))
    assert drained(client)[0] == Reset(3, 8, 2)
    assert client.cursors() == [Cursor(3, 8, 3)]


def test_a_gap_that_does_not_begin_at_the_next_event_is_a_hole() -> None:
    client = state(Cursor(3, 7, 5))
    client.receive(welcome(room(seq=900)))
    with pytest.raises(HoleFound):
        client.receive(Fields({"t": "gap", "conv": 3, "from": 8, "to": 10}))


def test_a_full_buffer_fails_if_the_program_wants_that() -> None:
    client = state(limit=1, overflow=Overflow.FAIL)
    client.receive(welcome(room(seq=0)))
    client.receive(Fields(message(1)))
    with pytest.raises(EventsOverflowed):
        client.receive(Fields(message(2)))


def test_refusals_and_farewells_are_passed_on() -> None:
    client = state()
    error = client.receive(Fields({"t": "error", "ref": None, "code": "busy", "message": "later", "retry_ms": 5}))
    assert isinstance(error, Answered)
    assert (error.ref, getattr(error.outcome, "temporary", None)) == (None, True)
    assert client.receive(Fields({"t": "goaway", "retry_ms": 1_500})) == Away(1.5)
