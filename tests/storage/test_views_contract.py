"""What every implementation of the `Views` port keeps."""

from pathlib import Path

import pytest

from actors.values import Caller
from tests.storage.subject import Subject, real_subject

LATER = 10**9
"""After everything that these tests say; `since` is a time, and what a subject says has the times 1001, 1002, …"""


async def cursors(subject: Subject, who: Caller, since: int = LATER) -> dict[int, int]:
    return {conv: seq for conv, _, seq in await subject.views.resume(who.id, since)}


async def test_the_first_connection_begins_at_its_moment(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    busy, silent, fresh = await subject.room(alice, bob), await subject.room(alice, bob), await subject.room(alice, bob)
    old = await subject.post(busy, bob, "old")
    await subject.post(busy, bob, "at the moment")
    await subject.post(fresh, bob, "after it")
    assert await cursors(subject, alice, old.at + 1) == {busy: old.seq, silent: 0, fresh: 0}


async def test_a_later_connection_does_not_move_the_first_moment(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    old = await subject.post(conv, bob, "old")
    await cursors(subject, alice, old.at + 1)
    await subject.post(conv, bob, "missed")
    assert await cursors(subject, alice) == {conv: old.seq}
    assert await cursors(subject, bob) == {conv: old.seq + 1}


async def test_it_goes_on_behind_what_was_saved_and_never_goes_back(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    first, second = await subject.room(alice, bob), await subject.room(alice, bob)
    for conv in (first, second):
        for n in range(5):
            await subject.post(conv, bob, f"{n}")
    await cursors(subject, alice, 0)
    await subject.views.save(alice.id, {first: 4})
    assert await cursors(subject, alice) == {first: 4, second: 1}
    await subject.views.save(alice.id, {first: 2, second: 3})
    assert await cursors(subject, alice) == {first: 4, second: 3}
    assert await cursors(subject, bob, 0) == {first: 1, second: 1}
    await subject.views.save(alice.id, {})


async def test_every_cursor_has_the_epoch_of_today(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    await subject.post(conv, alice, "hi")
    record = await subject.library.conversation(conv)
    assert record is not None
    assert await subject.views.resume(alice.id, 0) == [(conv, record.epoch, 1)]


@pytest.mark.parametrize("moves", [1, 2], ids=["let in", "let in, out and in again"])
async def test_a_conversation_begins_where_its_user_was_let_in_meanwhile(subject: Subject, moves: int) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(bob)
    assert await cursors(subject, alice, 0) == {}
    for n in range(moves):
        if n:
            await subject.move(conv, bob, removed=[alice])
        await subject.post(conv, bob, "not for alice")
        await subject.move(conv, bob, added=[alice])
    entered = subject.head(conv)
    await subject.post(conv, bob, "hi alice")
    assert await cursors(subject, alice) == {conv: entered}


async def test_who_was_let_in_before_the_first_moment_begins_at_the_moment(subject: Subject) -> None:
    alice, bob, carol = [await subject.user(name) for name in ("alice", "bob", "carol")]
    conv = await subject.room(bob)
    await subject.move(conv, bob, added=[alice])
    old = await subject.post(conv, bob, "old")
    await cursors(subject, alice, old.at + 1)
    await subject.post(conv, bob, "missed")
    await subject.move(conv, bob, added=[carol])
    assert await cursors(subject, alice) == {conv: old.seq}


async def test_a_conversation_that_was_left_has_no_cursor_until_its_user_is_back(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(bob, alice)
    said = await subject.post(conv, bob, "had")
    await cursors(subject, alice, 0)
    await subject.views.save(alice.id, {conv: said.seq})
    await subject.post(conv, bob, "missed")
    await subject.move(conv, bob, removed=[alice])
    assert await cursors(subject, alice) == {}
    await subject.move(conv, bob, added=[alice])
    assert await cursors(subject, alice) == {conv: said.seq}


async def test_all_of_it_survives_a_restart(tmp_path: Path) -> None:
    async with real_subject(tmp_path) as subject:
        alice, bob = await subject.user("alice"), await subject.user("bob")
        saved, other = await subject.room(alice, bob), await subject.room(alice, bob)
        old = await subject.post(other, bob, "old")
        await cursors(subject, alice, old.at + 1)
        await subject.views.save(alice.id, {saved: 1})
        await subject.post(other, bob, "missed")
    async with real_subject(tmp_path) as subject:
        assert await cursors(subject, alice) == {saved: 1, other: old.seq}
