"""What `AttachmentStore` promises, kept by the fake and by the real one."""

from hashlib import sha256

import pytest

from actors.ports import FileTooLarge
from tests.storage.files import content_of, pieces, post_with, store_of, upload
from tests.storage.subject import Subject


async def test_what_was_saved_is_described_and_read_again(subject: Subject) -> None:
    alice = await subject.user("alice")
    saved = await store_of(subject).save(
        pieces(b"one ", b"", b"two"), name="../a b%.txt", content_type="text/plain", owner=alice.who
    )
    assert (saved.name, saved.content_type, saved.size) == ("a b_.txt", "text/plain", 7)
    assert saved.url == f"/attachments/{saved.id}/a%20b_.txt"
    file = await store_of(subject).open(alice.who, saved.id)
    assert file is not None
    assert file.attachment == saved
    assert file.digest == sha256(b"one two").hexdigest()
    assert await content_of(file) == b"one two"
    assert await content_of(file, 2, 5) == b"e t"
    assert await content_of(file, 3, 3) == b""


async def test_only_own_uploads_are_found_in_the_order_asked_for(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    first, second = await upload(subject, alice), await upload(subject, alice)
    foreign = await upload(subject, bob)
    asked = [second.id, foreign.id, first.id, second.id, 4_000_000_000_000]
    assert await store_of(subject).find(alice.who, asked) == [second, first]
    assert await store_of(subject).find(alice.who, []) == []


async def test_a_bot_with_the_same_number_is_somebody_else(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = await subject.bot("ci", alice)
    assert alice.id == bot.id
    saved = await upload(subject, alice)
    assert await store_of(subject).find(bot.who, [saved.id]) == []
    assert await store_of(subject).open(bot.who, saved.id) is None


async def test_members_read_what_a_message_carries_and_nobody_else(subject: Subject) -> None:
    alice, bob, eve = [await subject.user(name) for name in ("alice", "bob", "eve")]
    conv = await subject.room(alice, bob, kind="open", name="hall")
    saved = await upload(subject, alice)
    assert await store_of(subject).open(bob.who, saved.id) is None
    await post_with(subject, conv, alice, saved)
    assert await content_of(await store_of(subject).open(bob.who, saved.id)) == b"hello"
    assert await store_of(subject).open(eve.who, saved.id) is None
    await subject.move(conv, alice, removed=[bob])
    assert await store_of(subject).open(bob.who, saved.id) is None
    assert await store_of(subject).open(alice.who, saved.id) is not None


async def test_a_deleted_message_takes_its_files_along(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    saved = await upload(subject, alice)
    message = await post_with(subject, conv, alice, saved)
    await subject.delete(conv, message.id, alice)
    for who in (alice.who, bob.who):
        assert await store_of(subject).open(who, saved.id) is None
    assert await store_of(subject).find(alice.who, [saved.id]) == []


async def test_a_file_stays_as_long_as_one_message_carries_it(subject: Subject) -> None:
    alice, bob = await subject.user("alice"), await subject.user("bob")
    conv = await subject.room(alice, bob)
    saved = await upload(subject, alice)
    first = await post_with(subject, conv, alice, saved)
    assert await store_of(subject).find(alice.who, [saved.id]) == [saved]
    await post_with(subject, conv, alice, saved)
    await subject.delete(conv, first.id, alice)
    assert await store_of(subject).open(bob.who, saved.id) is not None
    assert await store_of(subject).find(alice.who, [saved.id]) == [saved]


async def test_history_search_and_replay_show_what_is_carried_in_order(subject: Subject) -> None:
    alice = await subject.user("alice")
    conv = await subject.room(alice)
    first, second = await upload(subject, alice), await upload(subject, alice)
    message = await post_with(subject, conv, alice, second, first)
    plain = await subject.post(conv, alice, "nothing here")
    await subject.edit(conv, message.id, alice, "look again")
    page = await subject.library.history(alice.who, conv, before=None, after=None, limit=10)
    assert page is not None
    assert [entry.attachments for entry in page.messages] == [[second, first], None]
    events = await subject.library.events(conv, 1, 10)
    assert getattr(events[0], "attachments", None) == [second, first]
    record = await subject.library.message(conv, message.id)
    assert record is not None
    assert record.message.attachments == [second, first]
    found = await subject.library.search(alice.who, "look", conv=None, before=None, limit=10)
    assert found is not None
    assert found.messages[0].attachments == [second, first]
    await subject.delete(conv, message.id, alice)
    page = await subject.library.history(alice.who, conv, before=None, after=None, limit=10)
    assert page is not None
    assert [(entry.id, entry.attachments) for entry in page.messages] == [(message.id, None), (plain.id, None)]


async def test_one_message_is_shown_to_members_as_history_shows_it(subject: Subject) -> None:
    alice, eve = await subject.user("alice"), await subject.user("eve")
    conv = await subject.room(alice, kind="open", name="hall")
    other = await subject.room(alice, eve)
    message = await subject.post(conv, alice, "hi")
    page = await subject.library.history(alice.who, conv, before=None, after=None, limit=10)
    assert page is not None
    assert await subject.library.shown(alice.who, conv, message.id) == page.messages[0]
    assert await subject.library.shown(eve.who, conv, message.id) is None
    assert await subject.library.shown(eve.who, other, message.id) is None
    assert await subject.library.shown(alice.who, conv, message.id + 1) is None


async def test_what_ends_the_chunks_is_raised_and_nothing_is_kept(subject: Subject) -> None:
    alice = await subject.user("alice")

    async def broken() -> object:
        yield b"half"
        raise OSError("the peer is gone")

    with pytest.raises(OSError, match="the peer is gone"):
        await store_of(subject).save(broken(), name="x", content_type=None, owner=alice.who)  # type: ignore[arg-type]


async def test_a_file_over_the_cap_is_refused_with_the_cap(subject: Subject) -> None:
    alice = await subject.user("alice")
    with pytest.raises(FileTooLarge) as caught:
        await store_of(subject).save(pieces(*[bytes(1_000_000)] * 30), name="x", content_type=None, owner=alice.who)
    assert caught.value.limit in {1_000_000, 26_214_400}
