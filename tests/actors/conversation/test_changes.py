"""Edit, delete, react, rename: who may, what the others see, what a repetition does."""

from typing import Any

import pytest
import trio

from actors.messages.conversation import Delete, Edit, Publish, React, Rename
from actors.messages.outcomes import Changed, Refused
from protocol.codes import ErrorCode
from protocol.frames import ConversationKind
from tests.actors.conversation.house import House


async def code(room: Any, message: object) -> ErrorCode | None:
    """The code of the refusal; None if it was done."""
    outcome = await room.ask(message)
    return outcome.code if isinstance(outcome, Refused) else None


async def test_an_edit_is_an_event_with_the_new_text(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        phone = await room.listen(bob)
        said = await room.say(alice, "old")
        assert await room.ask(Edit(by=alice, id=said.id, body="`new`")) == Changed(seq=3)
        await trio.sleep(0.1)
        edited = phone.hears()[1]
        assert (edited["t"], edited["id"], edited["body"]) == ("edited", said.id, "`new`")
        assert edited["html"] == "<p><code>new</code></p>"
        assert edited["by"]["name"] == "alice"


async def test_a_deletion_is_an_event_and_a_second_one_changes_nothing(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        said = await room.say(alice)
        assert await room.ask(Delete(by=alice, id=said.id)) == Changed(seq=3)
        assert await room.ask(Delete(by=alice, id=said.id)) == Changed(seq=3)
        assert await code(room, Edit(by=alice, id=said.id, body="x")) is ErrorCode.CONFLICT
        assert await code(room, React(by=alice, id=said.id, emoji="x", on=True)) is ErrorCode.CONFLICT
        assert len(room.stored.log) == 3


@pytest.mark.parametrize(
    ("kind", "unseen"),
    [("closed", ErrorCode.NOT_FOUND), ("open", ErrorCode.FORBIDDEN), ("direct", ErrorCode.NOT_FOUND)],
)
async def test_who_may_edit_and_delete(house: House, kind: ConversationKind, unseen: ErrorCode) -> None:
    admin, author, other, stranger = (house.user(name) for name in ("admin", "author", "other", "stranger"))
    root = house.user("root", role="admin")
    room = house.room(kind, admin, author, other)
    async with house.open():
        ids = [(await room.say(author)).id for _ in range(3)]
        for who, expected in ((admin, ErrorCode.FORBIDDEN), (other, ErrorCode.FORBIDDEN), (stranger, unseen)):
            assert await code(room, Edit(by=who, id=ids[0], body="x")) is expected
        assert await code(room, Edit(by=root, id=ids[0], body="x")) is unseen
        for who, expected in ((other, ErrorCode.FORBIDDEN), (stranger, unseen)):
            assert await code(room, Delete(by=who, id=ids[0])) is expected
        for who, message in zip((admin, author, root), ids, strict=True):
            assert await code(room, Delete(by=who, id=message)) is None


async def test_a_message_that_is_not_there_is_not_found(house: House) -> None:
    alice = house.user("alice")
    room, other = house.room("closed", alice), house.room("closed", alice)
    async with house.open():
        elsewhere = await other.say(alice)
        for message in (999, elsewhere.id):
            for request in (
                Edit(by=alice, id=message, body="x"),
                Delete(by=alice, id=message),
                React(by=alice, id=message, emoji="x", on=True),
            ):
                assert await code(room, request) is ErrorCode.NOT_FOUND


async def test_a_reaction_that_is_there_already_answers_the_last_seq(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob)
    async with house.open():
        said = await room.say(alice)
        on, off = (React(by=bob, id=said.id, emoji="👍", on=on) for on in (True, False))
        assert await room.ask(off) == Changed(seq=2)
        assert await room.ask(on) == Changed(seq=3)
        assert await room.ask(on) == Changed(seq=3)
        assert await room.ask(React(by=alice, id=said.id, emoji="👍", on=True)) == Changed(seq=4)
        assert await room.ask(React(by=bob, id=said.id, emoji="👎", on=True)) == Changed(seq=5)
        assert await room.ask(off) == Changed(seq=6)
        assert await room.ask(off) == Changed(seq=6)
        assert room.stored.reactions[said.id] == [(alice.who, "👍"), (bob.who, "👎")]


async def test_reactions_are_known_again_after_a_restart(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        said = await room.say(alice)
        on = React(by=alice, id=said.id, emoji="👍", on=True)
        await room.ask(on)
        await house.system.stop("conversation", room.conv)
        assert await room.ask(on) == Changed(seq=3)


async def test_a_repetition_is_not_acknowledged_before_what_it_repeats(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        said = await room.say(alice)
        house.store.log.hold()
        on = React(by=alice, id=said.id, emoji="👍", on=True)
        first, again = room.tell(on), room.tell(on)
        await house.settle()
        assert not again.given.is_set()
        house.store.log.release()
        await house.settle()
        assert first.outcome == again.outcome == Changed(seq=3)


async def test_what_was_not_stored_is_not_taken_for_done(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        said = await room.say(alice)
        on = React(by=alice, id=said.id, emoji="👍", on=True)
        house.store.log.hold()
        house.store.log.fail_next()
        answers = [room.tell(on), room.tell(on), room.tell(Delete(by=alice, id=said.id))]
        await house.settle()
        house.store.log.release()
        await house.settle()
        assert [answer.outcome.code for answer in answers] == [ErrorCode.UNAVAILABLE] * 3
        assert await room.ask(on) == Changed(seq=3)
        assert await room.ask(Delete(by=alice, id=said.id)) == Changed(seq=4)


async def test_a_rename_is_shown_and_kept(house: House) -> None:
    alice, bob = house.user("alice"), house.user("bob")
    room = house.room("closed", alice, bob, name="old")
    async with house.open():
        phone = await room.listen(bob)
        assert await code(room, Rename(by=bob, name="mine")) is ErrorCode.FORBIDDEN
        assert await room.ask(Rename(by=alice, name="new")) == Changed(seq=2)
        await house.settle()
        [frame] = phone.hears()
        assert (frame["t"], frame["name"], frame["by"]["name"]) == ("renamed", "new", "alice")
        assert room.stored.name == "new"


async def test_storage_that_cannot_be_read_is_unavailable_and_nothing_is_half_done(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        said = await room.say(alice)
        house.store.unreadable = True
        requests = (
            Edit(by=alice, id=said.id, body="x"),
            React(by=alice, id=said.id, emoji="x", on=True),
            Publish(by=alice, cid="reply", body="x", reply_to=said.id),
        )
        for request in requests:
            outcome = await room.ask(request)
            assert (outcome.code, outcome.retry_ms) == (ErrorCode.UNAVAILABLE, 500)
        assert (await room.say(alice)).seq == 3
        house.store.unreadable = False
        assert [(await room.ask(request)).seq for request in requests] == [4, 5, 6]


@pytest.mark.parametrize("order", ["on off", "off on"])
async def test_changes_that_are_on_their_way_count_when_a_message_is_looked_up(house: House, order: str) -> None:
    house = House(known_messages=1)  # so that the first one is forgotten meanwhile
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        one, two = await room.say(alice), await room.say(alice)
        await room.ask(React(by=alice, id=one.id, emoji="x", on=order == "off on"))
        start = len(room.stored.log)
        house.store.log.hold()
        for word in order.split():
            room.tell(React(by=alice, id=one.id, emoji="x", on=word == "on"))
            room.tell(React(by=alice, id=two.id, emoji=word, on=True))
        last = room.tell(React(by=alice, id=one.id, emoji="x", on=order == "off on"))
        await house.settle()
        house.store.log.release()
        await house.settle()
        assert last.outcome == Changed(seq=start + 4)
        assert len(room.stored.log) == start + 4


async def test_a_body_without_markup_is_shown_as_it_is_whatever_its_characters(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        phone = await room.listen(alice)
        said = await room.ask(Publish(by=alice, cid="1", body="*hi*", html=""))
        await room.ask(Edit(by=alice, id=said.id, body="*ho*", html=""))
        await room.ask(Edit(by=alice, id=said.id, body="ho", html="<i>ho</i>"))
        await room.ask(Edit(by=alice, id=said.id, body="*ho*"))
        await trio.sleep(1)
        shown = [frame.get("html") for frame in phone.hears()]
        assert shown == [None, None, "<i>ho</i>", "<p><em>ho</em></p>"]
