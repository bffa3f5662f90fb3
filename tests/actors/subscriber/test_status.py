"""How far a message has come: as far as the conversation's marks, and what connectors tell, say."""

import pytest
import trio

from actors.messages.conversation import Publish
from actors.messages.subscriber import Receive, Told
from tests.actors.subscriber.parlour import Parlour


async def test_received_is_delivered_and_read_is_read(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        letter = await parlour.send(anna, "hi")
        await parlour.mark(anna, received=letter.seq or 0)
        await parlour.mark(anna, read=letter.seq or 0)
        await parlour.mark(anna, read=letter.seq or 0)
        assert parlour.chatpion.letters.events == [("sent", 1), ("delivered", 1), ("read", 1)]


async def test_a_read_alone_is_a_delivery_first(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        letters = [await parlour.send(anna, text) for text in "ab"]
        await parlour.mark(anna, read=letters[0].seq or 0)
        assert parlour.chatpion.letters.events[2:] == [("delivered", 1), ("read", 1)]
        assert parlour.states() == ["read", "sent"]


async def test_marks_of_others_say_nothing(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    helper = parlour.store.add_user("helper")
    room = parlour.store.rooms.get(anna.conv)
    assert room is not None
    room.members[helper.who] = room.members[next(iter(room.members))]
    async with parlour.open():
        letter = await parlour.send(anna, "hi")
        await parlour.mark(anna, read=letter.seq or 0, by=helper.id)
        assert parlour.states() == ["sent"]


async def test_marks_are_not_lost_while_the_store_is_away(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        letter = await parlour.send(anna, "hi")
        parlour.chatpion.unreadable = True
        await parlour.mark(anna, read=letter.seq or 0)
        assert parlour.states() == ["sent"]
        parlour.chatpion.unreadable = False
        await trio.sleep(3)
        assert parlour.states() == ["read"]


async def test_marks_of_an_earlier_run_count(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        letter = await parlour.send(anna, "hi")
        parlour.chatpion.unreadable = True
        await parlour.mark(anna, received=letter.seq or 0)
        await trio.sleep(2)
    parlour.chatpion.unreadable = False
    async with parlour.open():
        await trio.sleep(1)
        assert parlour.states() == ["delivered"]


async def test_what_was_delivered_does_not_fail_any_more(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        await parlour.send(anna, "hi")
        await parlour.tell(anna, Told(letter=1, state="read"))
        await parlour.tell(anna, Told(letter=1, state="failed", error="late"))
        await parlour.tell(anna, Told(letter=1, state="delivered"))
        assert parlour.chatpion.letters.events == [("sent", 1), ("delivered", 1), ("read", 1)]


async def test_what_people_write_is_a_reply_once_and_only_from_the_subscriber(parlour: Parlour) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        said = await parlour.says(anna, "yes")
        letters = [row for row in parlour.chatpion.letters.rows.values() if row.direction == "in"]
        assert [(row.text, row.message, row.seq) for row in letters] == [("yes", said.id, said.seq)]
        assert [row.outcome for row in parlour.store.outbox.rows] == ["heard"]


@pytest.mark.parametrize("times", [1, 3])
async def test_what_comes_from_elsewhere_is_said_in_its_name_once_for_each_id(parlour: Parlour, times: int) -> None:
    anna = parlour.chatpion.subscriber(parlour.chatpion.account(), platform="webhook")
    async with parlour.open():
        for _ in range(times):
            await parlour.tell(anna, Receive(id="x" * 100, text="hello"))
        await trio.sleep(1)
        (message,) = parlour.said(anna)
        assert (message.sender.id, message.body) == (anna.user, "hello")
        assert [row.direction for row in parlour.chatpion.letters.rows.values()] == ["in"]


async def test_rooms_without_an_account_tell_nobody(parlour: Parlour) -> None:
    alice, bot = parlour.store.add_user("alice"), parlour.store.add_bot("ordinary")
    conv = parlour.store.add_conversation("closed", [alice, bot])
    anna = parlour.chatpion.subscriber(parlour.chatpion.account())
    async with parlour.open():
        await parlour.says(anna, "known")
        rows = len(parlour.store.outbox.rows)
        await parlour.system.ref("conversation", conv).ask(Publish(by=alice, cid="x", body="hi"))
        assert len(parlour.store.outbox.rows) == rows
