"""Which webhooks a message calls."""

from actors.messages.changes import MAX_BOT_CALLS
from actors.messages.conversation import AddMembers, Publish
from actors.messages.outcomes import Published, Refused
from actors.values import Caller, Lane
from tests.actors.conversation.house import House, RoomUnderTest


def called(house: House) -> list[tuple[str, int]]:
    """The calls that wait, in order: their kind and their bot."""
    return [(row.lane.kind, row.lane.receiver) for row in house.store.outbox.rows]


def by(bot: Caller, body: str, cid: str) -> Publish:
    return Publish(by=bot, cid=cid, body=body)


async def answers(room: RoomUnderTest, bot: Caller, body: str, cid: str) -> None:
    await room.ask(Publish(by=bot, cid=cid, body=body, calls_bots=False))


async def test_a_mention_calls_the_bot_once_it_is_on_disk(house: House) -> None:
    alice, ci = house.user("alice"), await house.bot("ci")
    room = house.room("closed", alice, ci)
    async with house.open():
        house.store.log.hold()
        said = room.tell(Publish(by=alice, cid="1", body="Hey @ci, build it"))
        await house.settle()
        assert (called(house), house.woken) == ([], [])
        house.store.log.release()
        await house.settle()
        assert called(house) == [("cordless", ci.id)]
        assert house.woken == [Lane("cordless", ci.id)]
        row = house.store.outbox.rows[0]
        assert (row.message, row.conv) == (said.outcome.id, room.conv)


async def test_what_mentions_nobody_calls_nobody_in_a_room_with_more_people(house: House) -> None:
    alice, ci = house.user("alice"), await house.bot("ci")
    rooms = [house.room("open", alice, ci), house.room("closed", alice, ci)]
    async with house.open():
        for room in rooms:
            await room.say(alice, "hello")
        assert called(house) == []


async def test_every_message_of_a_direct_room_calls_all_bots_but_its_author(house: House) -> None:
    alice, ci, oracle = house.user("alice"), await house.bot("ci"), await house.bot("oracle")
    room = house.room("direct", alice, ci, oracle)
    async with house.open():
        await room.say(alice, "hello")
        assert called(house) == [("cordless", ci.id), ("cordless", oracle.id)]
        await room.say(ci, "hello yourself")
        assert called(house)[2:] == [("cordless", oracle.id)]


async def test_a_bot_is_not_called_by_its_own_mention(house: House) -> None:
    alice, ci = house.user("alice"), await house.bot("ci")
    room = house.room("closed", alice, ci)
    async with house.open():
        await room.say(ci, "I am @ci")
        assert called(house) == []


async def test_a_bot_without_an_address_costs_nothing(house: House) -> None:
    alice, ci = house.user("alice"), await house.bot("ci", webhook_url=None)
    room = house.room("direct", alice, ci)
    async with house.open():
        await room.say(alice, "hello @ci")
        assert house.woken == []
        assert all(not getattr(change, "hooks", None) for change in house.store.log.submitted)


async def test_an_address_for_events_is_told_of_every_message(house: House) -> None:
    alice, ci = house.user("alice"), await house.bot("ci", webhook_url=None, events_url="http://ci/events")
    room = house.room("closed", alice, ci)
    async with house.open():
        await room.say(alice, "hello")
        await room.say(ci, "hello")
        assert called(house) == [("events", ci.id)]


async def test_a_bot_that_joins_is_called_from_then_on(house: House) -> None:
    alice, ci = house.user("alice"), await house.bot("ci")
    room = house.room("closed", alice)
    async with house.open():
        await room.say(alice, "@ci?")
        await room.ask(AddMembers(by=alice, members=[ci.who]))
        await room.say(alice, "@ci!")
        assert len(called(house)) == 1


async def test_an_answer_of_a_webhook_calls_no_webhook(house: House) -> None:
    alice, ci, oracle = house.user("alice"), await house.bot("ci"), await house.bot("oracle", events_url="http://h/")
    room = house.room("direct", alice, ci, oracle)
    async with house.open():
        await answers(room, ci, "@oracle what do you think?", "a")
        assert called(house) == []


async def test_bots_call_each_other_so_often_until_a_person_speaks(house: House) -> None:
    alice, ci, oracle = house.user("alice"), await house.bot("ci"), await house.bot("oracle")
    room = house.room("closed", alice, ci, oracle)
    async with house.open():
        await room.say(alice, "go")
        for number in range(MAX_BOT_CALLS + 5):
            await room.say((ci, oracle)[number % 2], "@ci @oracle")
        assert len(called(house)) == MAX_BOT_CALLS
        await room.say(alice, "go on")
        await room.say(ci, "@oracle")
        assert len(called(house)) == MAX_BOT_CALLS + 1


async def test_the_count_outlives_the_conversations_actor(house: House) -> None:
    alice, ci, oracle = house.user("alice"), await house.bot("ci"), await house.bot("oracle")
    room = house.room("closed", alice, ci, oracle)
    async with house.open():
        await room.say(alice, "go")
        for _ in range(MAX_BOT_CALLS - 1):
            await room.say(ci, "@oracle")
        await house.system.stop("conversation", room.conv)
        await room.say(ci, "@oracle")
        await room.say(ci, "@oracle")
        assert len(called(house)) == MAX_BOT_CALLS


async def test_what_could_not_be_stored_does_not_count_as_a_persons_word(house: House) -> None:
    alice, ci, oracle = house.user("alice"), await house.bot("ci"), await house.bot("oracle")
    room = house.room("closed", alice, ci, oracle)
    async with house.open():
        for _ in range(MAX_BOT_CALLS):
            await room.say(ci, "@oracle")
        house.store.log.fail_next()
        assert isinstance(await room.ask(Publish(by=alice, cid="lost", body="stop")), Refused)
        await room.say(ci, "@oracle")
        assert len(called(house)) == MAX_BOT_CALLS


async def test_a_call_keeps_its_id_when_its_message_is_handed_over_again(house: House) -> None:
    alice, ci = house.user("alice"), await house.bot("ci")
    room = house.room("direct", alice, ci)
    async with house.open():
        first = await room.ask(by(alice, "old", "known"))
        await house.system.stop("conversation", room.conv)
        house.store.log.hold()
        dup, fresh = room.tell(by(alice, "old", "known")), room.tell(by(alice, "new", "fresh"))
        await house.settle()
        house.store.log.release()
        await house.settle()
        assert isinstance(fresh.outcome, Published)
        assert (dup.outcome.id, dup.outcome.dup) == (first.id, True)
        assert [row.message for row in house.store.outbox.rows] == [first.id, fresh.outcome.id]
        handed = [hook.id for change in house.store.log.submitted for hook in getattr(change, "hooks", None) or ()]
        assert handed[-1] == house.store.outbox.rows[-1].id
        assert handed.count(handed[-1]) == 2


async def test_markdown_gives_way_to_html_that_is_given(house: House) -> None:
    alice = house.user("alice")
    room = house.room("closed", alice)
    async with house.open():
        phone = await room.listen(alice)
        await room.say(alice, "*hi*", html="<p>hi</p>")
        assert [frame["html"] for frame in phone.hears()] == ["<p>hi</p>"]
