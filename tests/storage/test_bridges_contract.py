"""What every implementation of bridges keeps: set, found, and passed on with what causes it."""

from __future__ import annotations

from actors.bridging import TO_BOT, TO_ROOM, Bridge
from actors.messages.changes import Hook
from actors.values import BotMessage, Command, Lane, Verdict
from tests.storage.subject import Subject

LATE = 10**15


def bridge(conversation: int, thread_id: str = "42") -> Bridge:
    return Bridge(conversation=conversation, thread_id=thread_id, thread_type="GROUP")


def told(bot: int, text: str, thread_id: str | None = "42") -> BotMessage:
    return BotMessage(
        bot=bot,
        at=5,
        message=text,
        author_id=None,
        author_name="Zoë",
        thread_id=thread_id,
        thread_type="GROUP",
        metadata={},
    )


async def test_bridges_replace_each_other_and_lead_as_soon_as_they_are_set(subject: Subject) -> None:
    bot = (await subject.bot("ci", await subject.user("alice"))).id
    lanes = Lane(TO_BOT, bot), Lane(TO_ROOM, bot)
    assert not any(subject.addresses.lead(lane) for lane in lanes)
    assert bot not in subject.addresses.receivers

    await subject.bot_settings.change(bot, {"a": 1}, 1_000, [bridge(7), bridge(8, "43")])
    assert all(subject.addresses.lead(lane) for lane in lanes)
    assert bot in subject.addresses.receivers
    assert await subject.bridges.bridge(bot, 8) == bridge(8, "43")
    await subject.bot_settings.change(bot, {"a": 2}, 1_000)
    assert await subject.bridges.bridge(bot, 7) == bridge(7)
    await subject.bot_settings.change(bot, {"a": 2}, 1_000, [bridge(8)])
    assert (await subject.bridges.bridge(bot, 7), await subject.bridges.bridge(bot, 8)) == (None, bridge(8))
    await subject.bot_settings.change(bot, {}, 1_000, [])
    assert not any(subject.addresses.lead(lane) for lane in lanes)


async def test_a_message_waits_for_the_bot_where_there_is_a_bridge(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = await subject.bot("ci", alice)
    bridged, other = await subject.room(alice, bot), await subject.room(alice, bot)
    await subject.bot_settings.change(bot.id, {}, 1_000, [bridge(bridged)])
    for conv in (bridged, other):
        event = subject.message(conv, alice, "hi")
        await subject.commit(subject.append(event, [Hook(f"msg_{conv}", TO_BOT, bot.id)]))
    due = await subject.outbox.due(Lane(TO_BOT, bot.id), LATE, 10)
    assert [(call.id, call.conv) for call in due.calls] == [(f"msg_{bridged}", bridged)]


async def test_a_report_waits_for_the_room_with_its_words_until_they_are_said(subject: Subject) -> None:
    alice = await subject.user("alice")
    bot = await subject.bot("ci", alice)
    lane = Lane(TO_ROOM, bot.id)
    await subject.bot_settings.change(bot.id, {}, 1_000, [bridge(7)])
    assert await subject.bot_messages.add(bot.id, [told(bot.id, "one"), told(bot.id, "no", None), told(bot.id, "two")])
    first, second = (await subject.outbox.due(lane, LATE, 10)).calls
    assert [(call.conv, call.body) for call in (first, second)] == [(7, "Zoë: one"), (7, "Zoë: two")]
    assert first.id != second.id
    assert await subject.outbox.lanes() == [lane]
    await subject.outbox.record(lane, first, Verdict("done", "said"))
    assert (await subject.outbox.due(lane, LATE, 10)).calls == [second]


async def test_a_command_of_the_same_id_is_queued_once(subject: Subject) -> None:
    bot = (await subject.bot("ci", await subject.user("alice"))).id
    command = Command(id="cmd_1", bot=bot, type="send_message", payload={}, created_at=1)
    assert await subject.commands.queue(command, 10) == "queued"
    assert await subject.commands.queue(command, 10) == "known"
    assert (await subject.commands.counts([bot])).total == 1
