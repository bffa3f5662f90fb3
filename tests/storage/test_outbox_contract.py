"""What every outbox keeps, the one in memory and the real one: calls come in with their message, and are lost never."""

import pytest

from actors.chatpion.lanes import HEARD
from actors.messages.changes import MAX_BOT_CALLS, Hook
from actors.values import Call, Caller, Lane, Verdict
from protocol.frames import Message
from tests.storage.subject import Subject

FAR = 10**15
DONE = Verdict("done", "200")


class Room:
    """A conversation of alice and a bot with both addresses."""

    def __init__(self, subject: Subject, alice: Caller, bot: Caller, conv: int) -> None:
        self.subject = subject
        self.alice = alice
        self.bot = bot
        self.conv = conv
        self.lane = Lane("cordless", bot.id)

    async def call(
        self, id: str, *, by: Caller | None = None, kind: str = "cordless", person: int | None = None
    ) -> Message:
        """Somebody says something that calls the bot."""
        event = self.subject.message(self.conv, by or self.alice, f"about {id}")
        await self.subject.commit(self.subject.append(event, [Hook(id, kind, self.bot.id, person)]))
        return event

    async def due(self, now: int = FAR, limit: int = 100) -> list[Call]:
        return (await self.subject.outbox.due(self.lane, now, limit)).calls

    async def ids(self) -> list[str]:
        return [call.id for call in await self.due()]


@pytest.fixture
async def room(subject: Subject) -> Room:
    alice = await subject.user("alice")
    bot = await subject.bot("ci", alice)
    await subject.accounts.update_bot(bot.id, {"webhook_url": "http://h/hook", "events_url": "http://h/events"})
    return Room(subject, alice, bot, await subject.room(alice, bot, name="ops"))


async def test_a_call_waits_from_the_commit_of_its_message_on(room: Room) -> None:
    said = await room.call("msg_1")
    assert await room.due() == [Call("msg_1", room.conv, said.id, 0, said.at)]
    assert await room.subject.outbox.lanes() == [room.lane]


async def test_kinds_have_lanes_of_their_own(room: Room) -> None:
    await room.call("msg_1", kind="events")
    assert await room.due() == []
    assert await room.subject.outbox.lanes() == [Lane("events", room.bot.id)]


@pytest.mark.parametrize(("kind", "address"), [("cordless", "webhook_url"), ("events", "events_url")])
async def test_a_bot_without_an_address_is_not_called(room: Room, kind: str, address: str) -> None:
    await room.subject.accounts.update_bot(room.bot.id, {address: None})
    await room.call("msg_1", kind=kind)
    assert await room.subject.outbox.lanes() == []


async def test_a_deleted_bot_is_not_called(room: Room) -> None:
    await room.subject.accounts.delete_bot(room.bot.id)
    await room.call("msg_1")
    assert await room.subject.outbox.lanes() == []


async def test_a_message_that_is_not_stored_calls_nobody(room: Room) -> None:
    said = await room.call("msg_1")
    again = room.subject.message(room.conv, room.alice, "again", cid=said.cid)
    await room.subject.commit(room.subject.append(again, [Hook("msg_2", "cordless", room.bot.id)]))
    assert await room.ids() == ["msg_1"]


async def test_calls_are_due_in_the_order_of_their_messages(room: Room) -> None:
    for number in range(5):
        await room.call(f"msg_{number}")
    assert [call.id for call in await room.due(limit=3)] == ["msg_0", "msg_1", "msg_2"]


async def test_calls_are_due_once_their_time_has_come(room: Room) -> None:
    said = await room.call("msg_1")
    due = await room.subject.outbox.due(room.lane, said.at - 1, 10)
    assert (due.calls, due.next_at, due.waiting) == ([], said.at, 1)
    assert [call.id for call in await room.due(said.at)] == ["msg_1"]


async def test_a_call_whose_outcome_is_recorded_waits_no_more(room: Room) -> None:
    await room.call("msg_1")
    (call,) = await room.due()
    await room.subject.outbox.record(room.lane, call, DONE)
    await room.subject.outbox.record(room.lane, call, DONE)
    due = await room.subject.outbox.due(room.lane, FAR, 10)
    assert (due.calls, due.next_at, due.waiting) == ([], None, 0)
    assert await room.subject.outbox.lanes() == []


async def test_a_call_that_is_to_be_repeated_waits_for_its_time_and_counts_its_attempts(room: Room) -> None:
    first = await room.call("msg_1")
    (call,) = await room.due()
    await room.subject.outbox.record(room.lane, call, Verdict("pending", "503", first.at + 5_000))
    assert await room.due(first.at + 4_999) == []
    (again,) = await room.due(first.at + 5_000)
    assert (again.id, again.attempts) == ("msg_1", 1)


async def test_who_is_called_is_known_by_todays_address_and_secrets(room: Room) -> None:
    made = await room.subject.accounts.rotate_bot(room.bot.id, "webhook_secret")
    key = (await room.subject.accounts.rotate_bot(room.bot.id, "bot_key")).bot_key
    receiver = await room.subject.outbox.receiver(room.lane)
    assert receiver is not None
    assert (receiver.bot, receiver.url) == (room.bot, "http://h/hook")
    assert (receiver.secret, receiver.bot_key, receiver.ignores_json) == (made.webhook_secret, key, False)
    await room.subject.accounts.update_bot(room.bot.id, {"json_reply": "ignore"})
    events = await room.subject.outbox.receiver(Lane("events", room.bot.id))
    assert events is not None
    assert (events.url, events.ignores_json) == ("http://h/events", True)
    await room.subject.accounts.update_bot(room.bot.id, {"webhook_url": None})
    assert await room.subject.outbox.receiver(room.lane) is None


async def test_a_call_tells_of_the_message_as_it_is_today(room: Room) -> None:
    said = await room.call("msg_1")
    await room.subject.edit(room.conv, said.id, room.alice, "better", "<p>better</p>")
    (call,) = await room.due()
    occasion = await room.subject.outbox.occasion(room.lane, call)
    assert occasion is not None
    assert (occasion.message.body, occasion.message.sender, occasion.room_name) == ("better", room.alice.actor, "ops")
    await room.subject.delete(room.conv, said.id, room.alice)
    assert await room.subject.outbox.occasion(room.lane, call) is None


async def test_a_direct_conversation_is_called_by_the_others_in_it(room: Room) -> None:
    bob = await room.subject.user("bob")
    direct = Room(room.subject, room.alice, room.bot, 0)
    direct.conv = await room.subject.room(room.alice, bob, room.bot, kind="direct")
    await direct.call("msg_1")
    occasion = await room.subject.outbox.occasion(room.lane, (await room.due())[0])
    assert occasion is not None
    assert (occasion.room_name, occasion.room_kind) == ("alice, bob", "direct")


async def test_bots_cause_so_many_calls_until_a_person_speaks(room: Room) -> None:
    other = await room.subject.bot("other", room.alice)
    spoke = (await room.call("by_alice")).seq
    for number in range(MAX_BOT_CALLS + 3):
        await room.call(f"by_bot_{number}", by=other, person=spoke)
    assert len(await room.due()) == 1 + MAX_BOT_CALLS
    again = (await room.call("by_alice_again")).seq
    await room.call("by_bot_again", by=other, person=again)
    assert (await room.ids())[-2:] == ["by_alice_again", "by_bot_again"]


async def test_calls_that_were_made_count_against_bots_too(room: Room) -> None:
    other = await room.subject.bot("other", room.alice)
    for number in range(MAX_BOT_CALLS):
        await room.call(f"msg_{number}", by=other, person=0)
        for call in await room.due():
            await room.subject.outbox.record(room.lane, call, DONE)
    await room.subject.outbox.trim(room.lane, waiting=10, ended=1)
    await room.call("one_too_many", by=other, person=0)
    assert await room.due() == []


async def test_the_last_outcomes_are_kept(room: Room) -> None:
    for number in range(5):
        await room.call(f"msg_{number}")
    for call in (await room.due())[:4]:
        await room.subject.outbox.record(room.lane, call, DONE)
    assert await room.subject.outbox.trim(room.lane, waiting=10, ended=2) == 0
    assert await room.ids() == ["msg_4"]


async def test_the_oldest_calls_are_given_up_when_too_many_wait(room: Room) -> None:
    for number in range(5):
        await room.call(f"msg_{number}")
    assert await room.subject.outbox.trim(room.lane, waiting=2, ended=10) == 3
    assert await room.ids() == ["msg_3", "msg_4"]


async def test_the_library_knows_when_a_person_spoke_last(room: Room) -> None:
    assert await room.subject.library.person_spoke(room.conv) == 0
    spoke = await room.call("msg_1")
    await room.call("msg_2", by=room.bot)
    assert await room.subject.library.person_spoke(room.conv) == spoke.seq


async def test_what_is_said_to_a_subscriber_waits_whatever_addresses_there_are(room: Room) -> None:
    event = room.subject.message(room.conv, room.alice, "yes")
    await room.subject.commit(room.subject.append(event, [Hook("msg_1", HEARD, room.conv)]))
    (call,) = (await room.subject.outbox.due(Lane(HEARD, room.conv), FAR, 10)).calls
    assert (call.conv, call.message) == (room.conv, event.id)
