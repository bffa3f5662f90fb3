"""Dialogues about presence: bots come, go and say so, and hubs restart."""

from __future__ import annotations

import pytest
import trio
from trio.testing import MockClock

from actors.messages.bot import Attend, ReportStatus
from actors.messages.outcomes import Done, Refused
from actors.values import BotSeen, Caller
from tests.fakes.stage import Stage

BOT = 1
CI = Caller("bot", BOT, "ci", "bot")
AT = 1_700_000_000_000


def told(stage: Stage) -> list[str]:
    """What those who watch were told, in order."""
    return [update["status"] for update in stage.feed.events("bot_update")]


async def test_a_session_makes_a_bot_online_until_a_grace_after_its_end(
    stage: Stage, autojump_clock: MockClock
) -> None:
    client = stage.client()
    await client.sign_in("ci")
    await trio.sleep(100)
    assert (told(stage), stage.attendance.online(BOT)) == (["online"], True)
    client.leave()
    await trio.sleep(29)
    assert stage.attendance.online(BOT)
    await trio.sleep(1.1)
    assert (told(stage), stage.attendance.online(BOT)) == (["online", "offline"], False)
    assert stage.attendance.last_active(BOT) == AT + 100_000


async def test_who_comes_back_within_the_grace_never_went(stage: Stage, autojump_clock: MockClock) -> None:
    for _ in range(5):
        client = stage.client()
        await client.sign_in("ci")
        client.leave()
        await trio.sleep(20)
    assert told(stage) == ["online"]


async def test_signs_of_life_prolong_it(stage: Stage, autojump_clock: MockClock) -> None:
    for _ in range(5):
        stage.attendance.seen(BOT)
        await trio.sleep(20)
    assert told(stage) == ["online"]
    await trio.sleep(20)
    assert told(stage) == ["online", "offline"]


async def test_a_bot_that_signs_off_is_offline_although_it_holds_a_session(
    stage: Stage, autojump_clock: MockClock
) -> None:
    client = stage.client()
    await client.sign_in("ci")
    answer = await stage.system.ref("bot", BOT).ask(ReportStatus(by=CI, online=False))
    assert (answer, told(stage), stage.attendance.online(BOT)) == (Done(), ["online", "offline"], False)
    client.leave()
    await trio.sleep(1)
    assert told(stage) == ["online", "offline"]
    stage.attendance.seen(BOT)
    await stage.settle()
    assert told(stage) == ["online", "offline", "online"]


async def test_a_session_of_a_person_says_nothing_of_a_bot_with_the_same_id(stage: Stage) -> None:
    client = stage.client()
    await client.sign_in("alice")
    client.leave()
    await stage.settle()
    assert told(stage) == []


async def test_a_restart_ends_nobodys_presence_before_the_grace(stage: Stage, autojump_clock: MockClock) -> None:
    stage.attendance.recall([BotSeen(BOT, online=True, last_active=AT - 5)])
    stage.attendance.call_all()
    await trio.sleep(29.9)
    assert (told(stage), stage.attendance.online(BOT)) == ([], True)
    await trio.sleep(0.2)
    assert (told(stage), stage.attendance.online(BOT)) == (["offline"], False)
    assert stage.attendance.last_active(BOT) == AT - 5
    assert await stage.store.presences.all() == [BotSeen(BOT, online=False, last_active=AT - 5)]


async def test_presence_is_saved_when_it_changes_and_now_and_then(stage: Stage, autojump_clock: MockClock) -> None:
    client = stage.client()
    await client.sign_in("ci")
    await trio.sleep(125)
    saved = stage.store.presences.saved
    assert [(seen.online, seen.last_active - AT) for seen in saved] == [(True, 0), (True, 60_000), (True, 120_000)]


async def test_a_store_that_fails_delays_the_news_and_loses_none(stage: Stage, autojump_clock: MockClock) -> None:
    stage.store.presences.stuck = True
    stage.attendance.seen(BOT)
    await trio.sleep(5)
    assert (told(stage), stage.attendance.online(BOT)) == ([], True)
    refused = await stage.system.ref("bot", BOT).ask(ReportStatus(by=CI, online=True))
    assert isinstance(refused, Refused)
    assert refused.code.temporary
    stage.store.presences.stuck = False
    await trio.sleep(1.1)
    assert told(stage) == ["online"]


async def test_a_crash_of_the_actor_is_no_news_of_the_bot(stage: Stage, autojump_clock: MockClock) -> None:
    client = stage.client()
    await client.sign_in("ci")
    stage.store.commands.crash = True
    stage.attendance.opened(BOT, "broken", NoSink())
    await trio.sleep(0.01)
    stage.store.commands.crash = False
    stage.attendance.closed(BOT, "broken")
    await trio.sleep(5)
    assert stage.failed_kinds() == ["bot"]
    assert told(stage) == ["online"]
    client.leave()
    await trio.sleep(31)
    assert told(stage) == ["online", "offline"]


async def test_nothing_is_told_of_bots_that_are_gone(stage: Stage, autojump_clock: MockClock) -> None:
    await stage.store.accounts.delete_bot(BOT)
    stage.attendance.seen(BOT)
    await stage.settle()
    assert (told(stage), stage.attendance.find(BOT)) == ([], None)
    refused = await stage.system.ref("bot", BOT).ask(ReportStatus(by=CI, online=False))
    assert isinstance(refused, Refused)


@pytest.mark.parametrize("present", [True, False])
async def test_an_actor_sleeps_when_its_bot_is_gone(stage: Stage, autojump_clock: MockClock, *, present: bool) -> None:
    if present:
        await stage.client().sign_in("ci")
    else:
        stage.system.ref("bot", BOT).tell(Attend())
    await trio.sleep(61)
    assert stage.system.statistics()["bot"].actors == int(present)


class NoSink:
    """A `CommandSink` that takes nothing."""

    def push(self, command: object) -> bool:
        return False
