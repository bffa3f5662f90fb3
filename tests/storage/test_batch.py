"""What a commit takes, and what a failure keeps out, without a database or a clock."""

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from actors.messages.changes import AnyChange, Append, Found, SaveMarks
from actors.messages.conversation import CommitFailed, Committed
from actors.values import Mark, Who
from protocol.frames import Actor, Members, Message
from storage.batch import Admission, Batch, Cutter, Fate, Group, notice, rows

ALICE = Actor("user", 1, "alice")


def said(conv: int, seq: int, *, term: int = 1, body: str = "hi") -> Append:
    event = Message(conv=conv, seq=seq, at=1, id=100 * conv + seq, sender=ALICE, body=body, cid=f"{seq}")
    return Append(conv=conv, term=term, event=event)


def founded(conv: int, members: int) -> Found:
    event = Members(conv=conv, seq=1, at=1, added=[ALICE] * members, removed=[], by=ALICE)
    return Found(conv=conv, term=1, kind="open", name="x", epoch=1, direct_key=None, event=event, admins=[0])


def marks(conv: int, *, term: int = 1) -> SaveMarks:
    return SaveMarks(conv=conv, term=term, marks=[Mark(Who("user", 1), 1, 1), Mark(Who("user", 2), 1, 1)])


# ------------------------------------------------------------------------------------------------ cutting


def test_a_batch_takes_all_there_is_by_conversation_in_order() -> None:
    queue: deque[AnyChange] = deque([said(1, 2), said(2, 2), said(1, 3)])
    batch = Cutter(100).cut(queue)
    assert batch == Batch([Group(1, 1, [said(1, 2), said(1, 3)]), Group(2, 1, [said(2, 2)])], [])
    assert not queue


def test_a_batch_ends_at_its_bound_of_rows() -> None:
    queue: deque[AnyChange] = deque(said(1, seq) for seq in range(2, 10))
    cutter = Cutter(3)
    assert [len(cutter.cut(queue).changes) for _ in range(3)] == [3, 3, 2]


def test_a_change_larger_than_the_bound_goes_alone() -> None:
    queue: deque[AnyChange] = deque([founded(1, 500), said(1, 2)])
    assert rows(queue[0]) == 501
    cutter = Cutter(10)
    assert [len(cutter.cut(queue).changes) for _ in range(2)] == [1, 1]


def test_what_follows_a_failure_under_its_term_is_dropped_and_still_settled() -> None:
    cutter = Cutter(100)
    cutter.fail(Group(1, 5, []))
    queue: deque[AnyChange] = deque([said(1, 3, term=5), said(2, 2, term=4), said(1, 4, term=5)])
    batch = cutter.cut(queue)
    assert batch.groups == [Group(2, 4, [said(2, 2, term=4)])]
    assert batch.dropped == [said(1, 3, term=5), said(1, 4, term=5)]
    assert len(batch.changes) == 3


def test_a_new_term_is_taken_in_the_same_batch_in_which_the_old_one_is_dropped() -> None:
    cutter = Cutter(100)
    cutter.fail(Group(1, 5, []))
    batch = cutter.cut(deque([said(1, 9, term=5), said(1, 2, term=6), said(1, 3, term=6)]))
    assert batch.groups == [Group(1, 6, [said(1, 2, term=6), said(1, 3, term=6)])]


def test_an_older_failure_that_is_told_late_does_not_bring_a_later_term_back() -> None:
    cutter = Cutter(100)
    cutter.fail(Group(1, 6, []))
    cutter.fail(Group(1, 5, []))
    assert cutter.cut(deque([said(1, 2, term=6)])).groups == []


# ------------------------------------------------------------------------------------------------ admission


def test_admission_refuses_when_rows_or_text_are_too_many() -> None:
    by_rows = Admission(limit_rows=3, limit_size=10**9)
    assert [by_rows.admit(said(1, seq)) for seq in range(2, 7)] == [True, True, True, False, False]
    by_text = Admission(limit_rows=10**9, limit_size=5_000)
    assert [by_text.admit(said(1, seq, body="x" * 2_000)) for seq in range(2, 6)] == [True, True, False, False]


def test_a_change_beyond_every_bound_is_taken_when_nothing_else_is_there() -> None:
    admission = Admission(limit_rows=3, limit_size=100)
    assert admission.admit(founded(1, 500))
    assert not admission.admit(said(1, 2))


@given(st.lists(st.sampled_from([said(1, 2), said(2, 2, body="x" * 500), founded(3, 4), marks(1)]), max_size=30))
def test_what_is_settled_leaves_nothing_behind(changes: list[AnyChange]) -> None:
    admission = Admission(limit_rows=40, limit_size=10_000)
    taken = [change for change in changes if admission.admit(change)]
    assert all(admission.under_way(change.conv) for change in taken)
    idle: list[int] = []
    queue = deque(taken)
    cutter = Cutter(5)
    while queue:
        idle += admission.settle(cutter.cut(queue))
    assert set(idle) == {change.conv for change in taken}
    assert (admission.rows, admission.size) == (0, 0)
    assert not any(admission.under_way(conv) for conv in (1, 2, 3))


# ------------------------------------------------------------------------------------------------ notices


def test_each_fate_has_its_notice() -> None:
    group = Group(1, 4, [said(1, 2), marks(1), said(1, 3), marks(1)])
    assert notice(group, Fate.STORED, 500) == Committed(term=4, through=3)
    assert notice(group, Fate.CONFLICT, 500) == CommitFailed(term=4, conflict=True, retry_ms=0)
    assert notice(group, Fate.REJECTED, 500) == CommitFailed(term=4, conflict=False, retry_ms=500)


def test_markers_alone_are_reported_only_when_they_failed() -> None:
    group = Group(1, 4, [marks(1)])
    assert notice(group, Fate.STORED, 500) is None
    assert notice(group, Fate.REJECTED, 500) == CommitFailed(term=4, conflict=False, retry_ms=500)
