"""The rules of listening, without any actor."""

from actors.messages.conversation import NOWHERE
from actors.messages.presence import Arrived, Entered, Exited
from actors.session.state import MAX_CRASHES, Announce, CatchUp, Effect, End, Listening, Place, Retry, Send
from actors.switchboard import Connected
from actors.values import Caller
from protocol.codec import MSGPACK
from protocol.codes import CloseCode
from protocol.frames import Left, Synced
from tests.fakes.outbox import FakeGate, FakeOutbox

ALICE = Caller("user", 1, "alice", "user")


def a_session() -> tuple[Connected, Listening]:
    session = Connected("s", ALICE, "phone", FakeOutbox(MSGPACK), FakeGate(), 1, "token")
    return session, Listening(session, presence_members=10)


def welcomed(*convs: int) -> tuple[Connected, Listening]:
    """A session that was welcomed, with places in these conversations, all of them caught up."""
    session, listening = a_session()
    listening.begin(convs, [])
    for conv in convs:
        listening.placed(conv, 100)
    listening.welcomed([])
    for conv in convs:
        listening.caught_up(conv)
    return session, listening


def arrived(*convs: int) -> Announce:
    return Announce(Arrived(session="s", actor=ALICE.actor, convs=list(convs)))


def test_from_hello_to_synced() -> None:
    session, listening = a_session()
    listening.begin([1, 2, 3], [(2, 7, 5), (9, 7, 5)])
    assert session.progress.wanted == {1: None, 2: (7, 5), 3: None}
    assert listening.placed(1, 2) == []
    assert listening.placed(2, 11) == []
    assert listening.unplaced(3) == []
    assert listening.welcomed([(2, 7, 5), (9, 7, 5)]) == [Send([Left(conv=9)]), CatchUp(1), CatchUp(2)]
    assert listening.caught_up(2) == []
    assert listening.caught_up(1) == [Send([Synced()]), arrived(1)]
    assert listening.caught_up(1) == []


def test_what_fails_at_hello_is_wanted_still_and_not_called_left() -> None:
    session, listening = a_session()
    listening.begin([1, 2], [(2, 7, 5)])
    listening.placed(1, 2)
    assert listening.welcomed([(2, 7, 5)]) == [CatchUp(1), Retry()]
    assert listening.caught_up(1) == [Send([Synced()]), arrived(1)]
    assert listening.again() == [Place(2, (7, 5))]
    assert listening.placed(2, 2) == [CatchUp(2), Announce(Entered(session="s", conv=2))]
    assert session.progress.wanted == {}


def test_what_the_welcome_could_not_tell_of_begins_with_a_reset() -> None:
    session, listening = a_session()
    listening.begin([1, 2], [])
    listening.placed(1, 2)
    listening.welcomed([])
    assert session.progress.wanted == {2: NOWHERE}
    assert listening.again() == [Place(2, NOWHERE)]


def test_an_admission_begins_before_the_event_that_admits() -> None:
    session, listening = welcomed(1)
    assert listening.admitted(2, epoch=7, seq=4) == [Place(2, (7, 3))]
    assert listening.placed(2, 11) == [CatchUp(2)]
    assert session.progress.rooms == {1, 2}


def test_a_stale_refusal_does_not_undo_a_new_place() -> None:
    session, listening = welcomed(1)
    listening.admitted(1, epoch=7, seq=9)
    listening.unplaced(1)
    listening.placed(1, 11)
    assert session.progress.rooms == {1}


def test_whoever_is_out_is_out_of_presence_too() -> None:
    session, listening = welcomed()
    listening.admitted(2, epoch=7, seq=4)
    listening.placed(2, 2)
    assert listening.unplaced(2) == [Announce(Exited(session="s", conv=2))]
    assert (session.progress.small, session.progress.rooms) == (set(), set())


def test_only_conversations_with_a_place_are_filled_up() -> None:
    _, listening = welcomed(1)
    assert listening.drained([1, 2]) == [CatchUp(1)]


def test_a_setback_is_asked_again_once() -> None:
    _, listening = welcomed(1, 2)
    assert listening.setback(1) == [Retry()]
    assert listening.again() == [CatchUp(1)]
    assert listening.again() == []


def test_a_setback_of_what_is_wanted_asks_for_a_place() -> None:
    _, listening = welcomed(1)
    listening.admitted(2, epoch=7, seq=4)
    assert listening.setback(2) == [Retry()]
    assert listening.again() == [Place(2, (7, 3))]


def test_after_a_failure_every_conversation_is_asked() -> None:
    _, listening = welcomed(1, 2)
    listening.admitted(3, epoch=7, seq=4)
    effects: list[Effect] = [Place(3, (7, 3)), CatchUp(1), CatchUp(2), arrived()]
    assert listening.recover() == effects


def test_before_the_welcome_a_failure_leaves_nothing_to_ask_for() -> None:
    _, listening = a_session()
    listening.begin([1], [])
    assert listening.recover() == []


def test_a_session_that_fails_too_often_ends() -> None:
    _, listening = welcomed(1)
    for _ in range(MAX_CRASHES):
        assert listening.recover() != []
    (end,) = listening.recover()
    assert isinstance(end, End)
    assert end.code is CloseCode.GOING_AWAY
