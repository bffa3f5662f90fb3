"""What the actor of a subscriber is told by its conversation: who has read how far, who speaks, who leaves."""

from collections.abc import AsyncIterator

import pytest
import trio

from actors.conversation.calls import Calls
from actors.messages.conversation import Advance, Leave, Publish
from actors.messages.subscriber import AnySubscriberMessage, Marked, MembersLeft
from actors.runtime.actor import Actor, Context
from actors.runtime.kind import Kind
from actors.runtime.reply import Reply
from actors.runtime.system import System
from actors.values import Caller
from tests.actors.conversation.house import House, RoomUnderTest


class Stub(Actor[AnySubscriberMessage]):
    """Writes down what it is told."""

    def __init__(self, context: Context, told: list[tuple[int, AnySubscriberMessage]]) -> None:
        self._conv = int(context.address.key)
        self._told = told

    async def receive(self, message: AnySubscriberMessage, reply: Reply) -> None:
        self._told.append((self._conv, message))


class Annex(House):
    """A house with subscribers. `told` is what they were, by conversation."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[int, AnySubscriberMessage]] = []
        stub = Kind(name="subscriber", factory=lambda context: Stub(context, self.told), messages=AnySubscriberMessage)
        kinds = [supervisor.kind for supervisor in self.system._supervisors.values()]
        self.system = System([*kinds, stub], codec_check=True, on_failure=self.failures.append)


@pytest.fixture
async def annex() -> AsyncIterator[Annex]:
    annex = Annex()
    async with annex.open():
        yield annex


async def of_an_account(annex: Annex) -> RoomUnderTest:
    anna, helper = annex.user("anna"), annex.user("helper")
    bot = await annex.bot("Acme", webhook_url=None)
    annex.store.accounts.speakers |= {bot.id}
    return annex.room("closed", anna, helper, bot)


def members(annex: Annex, room: RoomUnderTest) -> list[Caller]:
    """Anna, the helper and the bot."""
    found = [annex.store.accounts.living(who) for who in room.stored.members]
    return [caller for caller in found if caller is not None]


async def test_marks_are_told_joined_and_for_each_user(annex: Annex) -> None:
    room = await of_an_account(annex)
    anna, helper, bot = members(annex, room)
    for _ in range(5):
        await room.say(bot)
    for seq in range(2, 7):
        await room.ask(Advance(by=anna, received=seq))
    await room.ask(Advance(by=helper, read=3))
    await room.ask(Advance(by=bot, read=3))
    await trio.sleep(1)
    told = [message for _, message in annex.told if isinstance(message, Marked)]
    assert len(told) < 5
    assert [each for each in told if each.user == anna.id][-1] == Marked(user=anna.id, received=6, read=0)
    assert [each for each in told if each.user == helper.id] == [Marked(user=helper.id, received=3, read=3)]


async def test_what_people_say_waits_for_the_subscriber_and_what_bots_say_does_not(annex: Annex) -> None:
    room = await of_an_account(annex)
    anna, _, bot = members(annex, room)
    said = await room.say(anna)
    await room.say(bot)
    (row,) = annex.store.outbox.rows
    assert (row.lane.kind, row.lane.receiver, row.message) == ("heard", room.conv, said.id)
    assert annex.woken == [row.lane]


async def test_who_leaves_is_told_of(annex: Annex) -> None:
    room = await of_an_account(annex)
    _, helper, _ = members(annex, room)
    await room.ask(Leave(by=helper))
    await annex.settle()
    assert annex.told == [(room.conv, MembersLeft())]


async def test_rooms_of_others_tell_nothing(annex: Annex, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Calls] = []

    def is_subscribers(self: Calls) -> bool:
        asked.append(self)
        return self.possible and self._is_subscribers

    monkeypatch.setattr(Calls, "is_subscribers", property(is_subscribers))
    await of_an_account(annex)
    alice, bot = annex.user("alice"), await annex.bot("other", webhook_url=None)
    room = annex.room("closed", alice, bot)
    await room.ask(Publish(by=alice, cid="1", body="hi"))
    await room.ask(Advance(by=alice, read=2))
    await trio.sleep(1)
    assert annex.told == []
    assert annex.store.outbox.rows == []
    assert len(asked) == 2  # once for the message, once for the marks
