"""What every implementation of the `Log` port keeps."""

from actors.messages.changes import SaveMarks
from actors.messages.conversation import CommitFailed, Committed
from actors.values import Mark
from tests.storage.subject import Subject


async def test_what_was_submitted_is_reported_up_to_its_last_seq(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    await subject.commit(*(subject.append(subject.message(conv, alice, "hi")) for _ in range(5)))

    told = [notice for told_conv, notice in subject.told if told_conv == conv]
    assert told[-1] == Committed(term=1, through=6)
    throughs = [notice.through for notice in told if isinstance(notice, Committed)]
    assert throughs == sorted(throughs)
    assert [event.seq for event in await subject.library.events(conv, 0, 100)] == [1, 2, 3, 4, 5, 6]


async def test_settled_means_that_the_reports_have_been_made(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    subject.told.clear()
    subject.log.submit(subject.append(subject.message(conv, alice, "hi")))
    assert subject.told == []  # never from inside submit
    await subject.log.settled(conv)
    assert subject.told == [(conv, Committed(term=1, through=2))]


async def test_markers_alone_are_stored_and_not_reported(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    subject.told.clear()
    await subject.mark(conv, alice.who, read=1, received=1)
    assert subject.told == []
    record = await subject.library.conversation(conv)
    assert record is not None
    assert [(member.read, member.received) for member in record.members] == [(1, 1)]


async def test_markers_never_go_back(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    await subject.mark(conv, alice.who, read=5, received=7)
    await subject.mark(conv, alice.who, read=6, received=3)
    record = await subject.library.conversation(conv)
    assert record is not None
    assert [(member.read, member.received) for member in record.members] == [(6, 7)]


async def test_a_known_cid_is_a_conflict_and_takes_all_of_its_term_with_it(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    await subject.commit(subject.append(subject.message(conv, alice, "first", cid="same")))
    subject.told.clear()

    again = subject.message(conv, alice, "second", cid="same")
    behind = subject.message(conv, alice, "third")
    await subject.commit(subject.append(again), subject.append(behind))

    assert subject.told == [(conv, CommitFailed(term=1, conflict=True, retry_ms=0))]
    assert subject.head(conv) == 4
    events = await subject.library.events(conv, 0, 100)
    assert [event.seq for event in events] == [1, 2]


async def test_the_same_cid_of_another_sender_or_conversation_is_another_message(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    ops, dev = await subject.room(alice, bob), await subject.room(alice, bob)
    subject.told.clear()
    await subject.commit(
        subject.append(subject.message(ops, alice, "x", cid="same")),
        subject.append(subject.message(ops, bob, "x", cid="same")),
        subject.append(subject.message(dev, alice, "x", cid="same")),
    )
    assert all(isinstance(notice, Committed) for _, notice in subject.told)


async def test_after_a_failure_nothing_more_of_the_term_is_stored_and_the_next_term_is(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    await subject.commit(subject.append(subject.message(conv, alice, "first", cid="same")))
    await subject.commit(subject.append(subject.message(conv, alice, "dup", cid="same")))
    subject.told.clear()

    late = subject.message(conv, alice, "late, of the old term")
    await subject.commit(subject.append(late))
    assert subject.told == []

    subject.rewind(conv, 2)
    await subject.commit(subject.append(subject.message(conv, alice, "of the new term")))
    assert subject.told == [(conv, Committed(term=2, through=3))]


async def test_one_conversation_that_fails_leaves_the_others_alone(subject: Subject) -> None:
    alice = await subject.user("alice")
    rooms = [await subject.room(alice) for _ in range(4)]
    await subject.commit(subject.append(subject.message(rooms[1], alice, "x", cid="same")))
    subject.told.clear()
    await subject.commit(
        *(subject.append(subject.message(conv, alice, "x", cid="same")) for conv in rooms),
        *(subject.append(subject.message(conv, alice, "y")) for conv in rooms),
    )
    final = dict(subject.told)
    assert final.pop(rooms[1]) == CommitFailed(term=1, conflict=True, retry_ms=0)
    assert final == {conv: Committed(term=1, through=3) for conv in rooms if conv != rooms[1]}


async def test_an_event_that_does_not_follow_the_log_is_refused(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    subject.message(conv, alice, "takes a seq and is never submitted")
    subject.told.clear()
    await subject.commit(subject.append(subject.message(conv, alice, "after a hole")))
    assert subject.told == [(conv, CommitFailed(term=1, conflict=True, retry_ms=0))]
    assert len(await subject.library.events(conv, 0, 10)) == 1


async def test_an_event_of_no_conversation_is_refused(subject: Subject) -> None:
    alice = await subject.user("alice")
    await subject.commit(subject.append(subject.message(99, alice, "nowhere")))
    assert subject.told == [(99, CommitFailed(term=1, conflict=True, retry_ms=0))]


async def test_a_second_direct_conversation_of_the_same_people_is_a_conflict(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    first = await subject.room(alice, bob, kind="direct")
    second = subject.numbers.conversation()
    await subject.commit(subject.found(second, bob, alice, kind="direct"))
    assert subject.told[-1] == (second, CommitFailed(term=1, conflict=True, retry_ms=0))
    assert await subject.library.conversation(second) is None
    assert await subject.library.conversation(first) is not None


async def test_settled_returns_at_once_when_nothing_is_under_way(subject: Subject) -> None:
    await subject.log.settled(12)


async def test_ids_grow(subject: Subject) -> None:
    for fresh in (
        subject.numbers.message,
        subject.numbers.conversation,
        subject.numbers.bot,
        subject.numbers.term,
    ):
        ids = [fresh() for _ in range(3)]
        assert ids == sorted(set(ids))
        assert ids[0] > 0


async def test_one_batch_may_move_markers_members_and_messages(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    await subject.commit(
        subject.append(subject.message(conv, alice, "one")),
        SaveMarks(conv=conv, term=1, marks=[Mark(bob.who, 2, 2)]),
        subject.append(subject.moves(conv, alice, removed=[bob])),
        subject.append(subject.moves(conv, alice, added=[bob])),
        subject.append(subject.moves(conv, bob, removed=[alice])),
    )
    record = await subject.library.conversation(conv)
    assert record is not None
    assert [(member.who, member.role, member.read) for member in record.members] == [(bob.who, "member", 0)]
    assert record.head == 5
