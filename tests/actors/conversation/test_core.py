"""The parts of a conversation that know no time and no world."""

from typing import Any

import pytest

from actors.conversation.cids import Cids
from actors.conversation.mentions import MAX_SIGNS, Mentions
from actors.conversation.pending import EVENT_BYTES, Entry, Pending
from actors.conversation.receipts import Receipts, advance
from actors.conversation.recent import Recent
from actors.conversation.state import Seat, State
from actors.conversation.typists import FADES_AFTER_S, Typists
from actors.conversation.unread import Unread
from actors.conversation.window import SHARE, Window
from actors.runtime.reply import NOBODY
from actors.values import CidKey, Counts, Posted, Who, direct_key
from protocol.frames import Actor, Deleted, Edited, Members, Message, Reacted

ANN, BOB = Actor("user", 1, "Ann"), Actor("user", 2, "Bob")
ANN_WHO, BOB_WHO = Who("user", 1), Who("user", 2)


def message(seq: int, body: str = "x", sender: Actor = ANN, mentions: list[Actor] | None = None) -> Message:
    return Message(conv=1, seq=seq, at=seq, id=100 + seq, sender=sender, body=body, cid=f"c{seq}", mentions=mentions)


def moved(seq: int, *, added: list[Actor] | None = None, removed: list[Actor] | None = None) -> Members:
    return Members(conv=1, seq=seq, at=seq, added=added or [], removed=removed or [], by=ANN)


# ------------------------------------------------------------------------------------------- state


def test_membership_is_judged_by_what_was_handed_over_and_shown_by_what_is_on_disk() -> None:
    state = State(1)
    state.begin("closed", None, 1)
    founding, adding = moved(1, added=[ANN]), moved(2, added=[BOB])
    state.assign(founding)
    state.commit(founding)
    state.assign(adding)
    assert state.is_member(BOB_WHO)
    assert BOB_WHO not in state.seats
    state.roll_back()
    assert not state.is_member(BOB_WHO)
    assert (state.head, state.committed) == (1, 1)
    assert state.is_admin(ANN_WHO)


def test_of_several_moves_on_their_way_the_last_one_counts() -> None:
    state = State(1)
    for event in (moved(1, added=[ANN, BOB]), moved(2, removed=[BOB]), moved(3, added=[BOB]), moved(4, removed=[BOB])):
        state.assign(event)
        assert state.is_member(BOB_WHO) == bool(event.added)
        if event.seq == 2:
            state.commit(moved(1, added=[ANN, BOB]))
    state.commit(moved(2, removed=[BOB]))
    state.commit(moved(3, added=[BOB]))
    assert not state.is_member(BOB_WHO)
    assert BOB_WHO in state.seats
    state.commit(moved(4, removed=[BOB]))
    assert state.seats.keys() == {ANN_WHO}


def test_a_founding_that_is_rolled_back_leaves_no_conversation() -> None:
    state = State(1)
    state.begin("open", "ops", 7)
    state.assign(moved(1, added=[ANN]))
    state.roll_back()
    assert (state.exists, state.kind, state.name, state.epoch) == (False, "closed", None, 0)


# ------------------------------------------------------------------------------------------- pending, cids


def entry(seq: int, body: str = "x") -> Entry:
    return Entry(message(seq, body), NOBODY, 0.0, CidKey(ANN_WHO, f"c{seq}"))


def test_pending_is_bounded_in_rows_and_in_bytes() -> None:
    by_rows, by_bytes = Pending(2, 10**6), Pending(10**6, 2 * EVENT_BYTES)
    by_rows.add(entry(1))
    by_bytes.add(entry(1))
    assert (by_rows.full, by_bytes.full) == (False, False)
    by_rows.add(entry(2))
    by_bytes.add(entry(2))
    assert (by_rows.full, by_bytes.full) == (True, True)
    for pending in (by_rows, by_bytes):
        assert [taken.event.seq for taken in pending.take_through(1)] == [1]
        assert not pending.full
        assert pending.publishing(CidKey(ANN_WHO, "c1")) is None
        assert pending.publishing(CidKey(ANN_WHO, "c2")) is pending.last
        assert [taken.event.seq for taken in pending.take_all()] == [2]
        assert pending.publishing(CidKey(ANN_WHO, "c2")) is None
        assert len(pending) == 0


def test_the_oldest_cids_are_forgotten_first() -> None:
    cids = Cids(2)
    for n in (1, 2, 3):
        cids.add(CidKey(ANN_WHO, str(n)), Posted(n, n, n))
    assert cids.get(CidKey(ANN_WHO, "1")) is None
    assert cids.get(CidKey(BOB_WHO, "3")) is None
    assert cids.get(CidKey(ANN_WHO, "3")) == Posted(3, 3, 3)


# ------------------------------------------------------------------------------------------- recent


def test_the_ring_is_bounded_in_number_and_in_bytes() -> None:
    ring = Recent(3, 10**6)
    for seq in range(5, 10):
        ring.add(message(seq))
    assert (len(ring), ring.reaches(6), ring.reaches(7)) == (3, False, True)
    assert [event.seq for event in ring.between(7, 9)] == [8, 9]
    heavy = Recent(100, 1_000)
    heavy.add(message(1, "x" * 5_000))
    assert len(heavy) == 0
    heavy.add(message(2))
    assert heavy.reaches(2)


def shown(ring: Recent, through: int) -> list[Any]:
    return list(ring.between(0, through))


def test_the_ring_shows_todays_content() -> None:
    ring = Recent(100, 10**6)
    for event in (
        message(1, "old"),
        message(2, "other"),
        Edited(conv=1, seq=3, at=3, id=101, by=ANN, body="new", html="<p>new</p>"),
        Reacted(conv=1, seq=4, at=4, id=101, by=BOB, emoji="x", on=True),
    ):
        ring.add(event)
    first, other, edit, _ = shown(ring, 4)
    assert (first.body, first.html, first.edited, first.deleted) == ("new", "<p>new</p>", True, False)
    assert (other.body, other.edited) == ("other", False)
    ring.add(Deleted(conv=1, seq=5, at=5, id=101, by=ANN))
    first, other, edit, _, deletion = shown(ring, 5)
    assert (first.body, first.html, first.deleted) == ("", "", True)
    assert (edit.body, edit.html) == ("", "")
    assert deletion.seq == 5


def test_a_ring_with_a_hole_is_refused() -> None:
    with pytest.raises(ValueError, match="hole"):
        Recent(10, 10**6).load([message(1), message(3)])


# ------------------------------------------------------------------------------------------- unread, receipts


def test_counts_are_kept_without_counting() -> None:
    unread = Unread(7)
    unread.saw(message(1))
    mark = unread.ask(BOB_WHO)
    unread.saw(message(2, mentions=[BOB]))
    unread.saw(message(3, sender=BOB, mentions=[BOB, ANN]))
    unread.told(BOB_WHO, mark + 1, Counts(99, 99))
    assert unread.of(BOB_WHO) is None
    unread.told(BOB_WHO, mark, Counts(1, 0))
    assert unread.of(BOB_WHO) == Counts(2, 1)
    unread.recount(ANN_WHO, [message(2), message(3, sender=BOB, mentions=[ANN])])
    assert unread.of(ANN_WHO) == Counts(1, 1)
    unread.set(BOB_WHO, Counts(0, 0))
    unread.saw(message(4))
    assert unread.of(BOB_WHO) == Counts(1, 0)


def test_markers_only_grow_and_never_beyond_the_end() -> None:
    seat = Seat(ANN, "member", read=3, received=5)
    assert not advance(seat, received=4, read=2, end=10)
    assert advance(seat, received=0, read=7, end=10)
    assert (seat.read, seat.received) == (7, 7)
    assert advance(seat, received=99, read=0, end=10)
    assert (seat.read, seat.received) == (7, 10)


def test_markers_that_the_log_lost_are_saved_again() -> None:
    receipts = Receipts()
    receipts.moved(ANN_WHO)
    receipts.saved()
    receipts.moved(BOB_WHO)
    receipts.lost()
    assert sorted(receipts.to_save()) == [ANN_WHO, BOB_WHO]


# ------------------------------------------------------------------------------------------- typists, window


def test_who_types_on_is_told_once_and_who_stops_unseen_never() -> None:
    typists = Typists()
    typists.started(ANN_WHO, 0.0)
    typists.started(BOB_WHO, 0.0)
    typists.stopped(BOB_WHO)
    assert typists.take_untold(0.0) == [(ANN_WHO, True)]
    typists.started(ANN_WHO, 1.0)
    assert not typists.untold
    typists.stopped(ANN_WHO)
    typists.started(ANN_WHO, 1.5)
    assert not typists.untold
    assert typists.fades_at == 1.5 + FADES_AFTER_S
    typists.fade(1.5 + FADES_AFTER_S)
    assert typists.take_untold(8.0) == [(ANN_WHO, False)]
    assert len(typists) == 0


def test_the_pause_grows_with_what_sending_takes_up_to_a_bound() -> None:
    window = Window(0.005, 0.2)
    assert window.opens_at <= 0
    window.sent(1.0, 1.0)
    assert window.opens_at == pytest.approx(1.005)
    window.sent(2.0, 2.01)
    assert window.opens_at == pytest.approx(2.01 + SHARE * 0.01)
    window.sent(3.0, 4.0)
    assert window.opens_at == pytest.approx(4.2)


# ------------------------------------------------------------------------------------------- mentions

JOSE, DOT, LEE, BOT = (
    Actor("user", 3, "José"),
    Actor("user", 4, "m. le maire"),
    Actor("user", 5, "Ann Lee"),
    Actor("bot", 1, "deploy-bot"),
)
NAMES = Mentions([ANN, BOB, JOSE, DOT, LEE, BOT])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@Ann", [ANN]),
        ("@ann, look", [ANN]),
        ("ask @BOB.", [BOB]),
        ("(@Ann)", [ANN]),
        ("@Ann Lee and @Ann", [LEE, ANN]),
        ("@Ann Leeds", [ANN]),
        ("@José", [JOSE]),
        ("@JOSE\u0301", [JOSE]),
        ("@Jose", []),
        ("@M. le Maire!", [DOT]),
        ("@deploy-bot: go", [BOT]),
        ("@deploy-bots", []),
        ("@Anna", []),
        ("@Ann-Marie", []),
        ("@Ann_", []),
        ("ops@ann", []),
        ("-@ann", []),
        ("é@ann", []),
        ("@ Ann", []),
        ("@@Ann", [ANN]),
        ("@Ann @ann @Bob", [ANN, BOB]),
        ("@Ann\u0301", []),
        ("@", []),
        ("nobody", []),
        ("@" * 5_000, []),
    ],
)
def test_a_mention_is_an_at_sign_and_an_exact_name(text: str, found: list[Actor]) -> None:
    assert (NAMES.find(text) or []) == found


def test_everybody_of_a_name_is_mentioned() -> None:
    twin = Actor("user", 9, "ann")
    assert Mentions([ANN, twin]).find("@Ann") == [ANN, twin]


def test_only_so_many_at_signs_are_looked_at() -> None:
    assert NAMES.find("@x " * (MAX_SIGNS - 1) + "@Ann") == [ANN]
    assert NAMES.find("@x " * MAX_SIGNS + "@Ann") is None


def test_a_direct_key_knows_no_order_and_no_repetition() -> None:
    assert direct_key([ANN_WHO, BOB_WHO]) == direct_key([BOB_WHO, ANN_WHO, BOB_WHO])
    assert direct_key([ANN_WHO]) != direct_key([Who("bot", 1)])
