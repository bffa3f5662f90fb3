"""Broadcasts on disk: who gets them, each step once, and counts that are those of the messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import pytest

from actors.chatpion.broadcasting import Wish
from actors.chatpion.ports import Addressee, NewBroadcast, NewLetter, NewSubscriber
from actors.chatpion.values import Account, Broadcast, Item, Subscriber
from storage.chatpion.assembly import ChatPion
from tests.storage.chatpion.conftest import Rows

NOW = 1_700_000_000_000


async def subscriber(
    kept: ChatPion, account: Account, name: str, platform: str = "hub", tags: Sequence[str] = ()
) -> Subscriber:
    new = NewSubscriber(platform=platform, platform_id=name, tags=tuple(tags))
    return (await kept.subscribers.upsert(account, new, NOW)).subscriber


async def broadcast(kept: ChatPion, account: Account, **more: Any) -> Broadcast:
    given: dict[str, Any] = {"account": account.id, "name": "News", "text": "hi", "due_at": NOW} | more
    return await kept.broadcasts.create(NewBroadcast(**given), NOW)


async def say(kept: ChatPion, to: Subscriber, of: Broadcast, *, error: str | None = None) -> None:
    """Have it said to somebody, as the actor of that subscriber does."""
    new = NewLetter(
        account=to.account, subscriber=to.id, platform="hub", at=NOW, text="hi", body="hi", broadcast=of.id, error=error
    )
    queued = await kept.letters.queue_once(new, of.id)
    assert queued is not None
    if error is None:
        await kept.letters.sent(queued.id, seq=2, message=1_000 + to.id, at=NOW)


async def planned(kept: ChatPion) -> list[Item]:
    return (await kept.agenda.due(None, 2**53, 100))[0]


def events(rows: Rows) -> list[dict[str, Any]]:
    found = [msgspec.json.decode(body) for (body,) in rows("SELECT body FROM outbox ORDER BY position")]
    return [each for each in found if each["event"].startswith("broadcast.")]


async def test_what_was_given_is_kept_and_shown_to_its_account_only(
    kept: ChatPion, account: Account, other: Account
) -> None:
    made = await broadcast(
        kept,
        account,
        type="image",
        attachment="https://a.example/x.png",
        file=7,
        personalize=True,
        track_links=True,
        target={"tags": ["vip"], "platforms": None},
        schedule={"time": "2030-01-01T12:00:00", "timezone": "Europe/Paris"},
    )
    assert await kept.broadcasts.broadcast(account.id, made.id) == made
    assert await kept.broadcasts.known(made.id) == made
    assert await kept.broadcasts.broadcast(other.id, made.id) is None
    assert (made.status, made.total, made.sent, made.failed) == ("scheduled", None, 0, 0)


async def test_pages_are_by_ascending_id(kept: ChatPion, account: Account, other: Account) -> None:
    made = [await broadcast(kept, account) for _ in range(5)]
    await broadcast(kept, other)
    page = await kept.broadcasts.page(account.id, page=2, limit=2)
    assert (page.total, page.broadcasts) == (5, made[2:4])
    assert (await kept.broadcasts.page(account.id, page=4, limit=2)).broadcasts == []


TARGETS: Final[list[tuple[dict[str, Any] | None, str]]] = [
    (None, "abcd"),
    ({}, "abcd"),
    ({"tags": [], "platforms": None}, "abcd"),
    ({"tags": ["vip"]}, "ac"),
    ({"tags": ["vip", "new"]}, "abc"),
    ({"tags": ["VIP"]}, ""),
    ({"platforms": ["sms"]}, "cd"),
    ({"platforms": ["hub", "sms"]}, "abcd"),
    ({"tags": ["vip"], "platforms": ["sms"]}, "c"),
    ({"tags": ["nobody"]}, ""),
]


async def test_it_goes_to_whoever_has_one_of_the_tags_and_is_on_one_of_the_platforms(
    kept: ChatPion, account: Account, other: Account
) -> None:
    people = {
        "a": await subscriber(kept, account, "a", tags=["vip", "new"]),
        "b": await subscriber(kept, account, "b", tags=["new"]),
        "c": await subscriber(kept, account, "c", "sms", tags=["vip"]),
        "d": await subscriber(kept, account, "d", "sms"),
    }
    gone = await subscriber(kept, account, "e", tags=["vip"])
    await kept.subscribers.delete(account.id, gone.id, NOW)
    await subscriber(kept, other, "f", tags=["vip"])
    for target, expected in TARGETS:
        made = await broadcast(kept, account, target=target)
        begun = await kept.broadcasts.begin(made.id, NOW)
        assert (begun.status, begun.total, begun.started_at) == ("started", len(expected), NOW), target
        found = await kept.broadcasts.audience(made.id, 0, 100)
        assert found == [Addressee(people[name].id, people[name].conv) for name in expected], target


async def test_its_audience_is_fixed_when_it_starts(kept: ChatPion, account: Account) -> None:
    anna = await subscriber(kept, account, "a")
    made = await broadcast(kept, account, target={"tags": ["vip"]})
    await subscriber(kept, account, "a", tags=["vip"])
    await kept.broadcasts.begin(made.id, NOW)
    await subscriber(kept, account, "b", tags=["vip"])
    begun = await kept.broadcasts.begin(made.id, NOW + 5)
    assert (begun.total, begun.started_at) == (1, NOW)
    assert await kept.broadcasts.audience(made.id, 0, 100) == [Addressee(anna.id, anna.conv)]


async def test_it_does_not_start_before_its_time(kept: ChatPion, account: Account) -> None:
    made = await broadcast(kept, account, due_at=NOW + 10)
    assert await planned(kept) == [Item(NOW + 10, "broadcast", made.id)]
    assert (await kept.broadcasts.begin(made.id, NOW + 9)).status == "scheduled"
    assert (await kept.broadcasts.begin(made.id, NOW + 10)).status == "started"


async def test_the_audience_is_read_in_order_and_left_with_each_message(kept: ChatPion, account: Account) -> None:
    people = [await subscriber(kept, account, name) for name in "abcde"]
    made = await broadcast(kept, account)
    await kept.broadcasts.begin(made.id, NOW)
    first = await kept.broadcasts.audience(made.id, 0, 2)
    assert [each.subscriber for each in first] == [people[0].id, people[1].id]
    await say(kept, people[0], made)
    await say(kept, people[3], made)
    left = await kept.broadcasts.audience(made.id, 0, 100)
    assert [each.subscriber for each in left] == [people[n].id for n in (1, 2, 4)]
    behind = await kept.broadcasts.audience(made.id, people[2].id, 100)
    assert [each.subscriber for each in behind] == [people[4].id]


async def test_it_is_complete_once_nobody_is_left_and_each_step_is_told_once(
    kept: ChatPion, account: Account, rows: Rows
) -> None:
    await kept.hooks.create(account.id, url="http://a.example", events=["*"], now=NOW)
    anna, bert = await subscriber(kept, account, "a"), await subscriber(kept, account, "b")
    made = await broadcast(kept, account)
    for at in (1, 2):
        await kept.broadcasts.begin(made.id, NOW + at)
    await say(kept, anna, made)
    assert (await kept.broadcasts.complete(made.id, NOW + 3)).status == "started"
    await say(kept, bert, made, error="no")
    for at in (4, 5):
        ended = await kept.broadcasts.complete(made.id, NOW + at)
    assert (ended.status, ended.completed_at, ended.total, ended.sent, ended.failed) == ("completed", NOW + 4, 2, 1, 1)
    told = [(each["event"], each["data"]["status"], each["data"]["total"]) for each in events(rows)]
    assert told == [("broadcast.started", "started", 2), ("broadcast.completed", "completed", 2)]
    assert events(rows)[1]["data"] | {"sent": 1, "failed": 1} == events(rows)[1]["data"]
    assert await planned(kept) == []


async def test_a_message_that_is_not_said_yet_keeps_it_from_its_end(kept: ChatPion, account: Account) -> None:
    anna = await subscriber(kept, account, "a")
    made = await broadcast(kept, account)
    await kept.broadcasts.begin(made.id, NOW)
    new = NewLetter(
        account=account.id, subscriber=anna.id, platform="hub", at=NOW, text="hi", body="hi", broadcast=made.id
    )
    queued = await kept.letters.queue_once(new, made.id)
    assert queued is not None
    assert await kept.broadcasts.audience(made.id, 0, 10) == []
    assert (await kept.broadcasts.complete(made.id, NOW)).status == "started"
    await kept.letters.sent(queued.id, seq=2, message=5, at=NOW)
    assert (await kept.broadcasts.complete(made.id, NOW)).sent == 1


@pytest.mark.parametrize("wish", ["pause", "cancel"])
async def test_what_comes_too_late_is_not_said_any_more(kept: ChatPion, account: Account, wish: Wish) -> None:
    anna = await subscriber(kept, account, "a")
    made = await broadcast(kept, account)
    await kept.broadcasts.begin(made.id, NOW)
    await kept.broadcasts.move(made.id, wish, NOW)
    new = NewLetter(
        account=account.id, subscriber=anna.id, platform="hub", at=NOW, text="hi", body="hi", broadcast=made.id
    )
    assert await kept.letters.queue_once(new, made.id) is None
    found = await kept.broadcasts.broadcast(account.id, made.id)
    assert found is not None
    assert found.sent == 0
    if wish == "pause":
        await kept.broadcasts.move(made.id, "resume", NOW)
        await kept.broadcasts.begin(made.id, NOW)
        assert await kept.letters.queue_once(new, made.id) is not None


async def test_it_counts_the_messages_that_there_are_until_it_is_complete(kept: ChatPion, account: Account) -> None:
    people = [await subscriber(kept, account, name) for name in "abc"]
    made = await broadcast(kept, account)
    await kept.broadcasts.begin(made.id, NOW)
    for person in people[:2]:
        for _ in range(2):
            await say(kept, person, made)
    shown = await kept.broadcasts.broadcast(account.id, made.id)
    assert shown is not None
    assert (shown.sent, shown.failed) == (2, 0)
    assert (await kept.broadcasts.page(account.id, page=1, limit=10)).broadcasts == [shown]
    await say(kept, people[2], made)
    ended = await kept.broadcasts.complete(made.id, NOW)
    # What a platform says of it later changes the message only.
    rows = (await kept.letters.page(account.id, page=1, limit=10)).letters
    await kept.letters.fail(rows[0].id, "later", NOW + 9)
    assert await kept.broadcasts.known(made.id) == ended


async def test_it_fails_for_everybody_without_a_message_being_tried(kept: ChatPion, account: Account) -> None:
    for name in "abc":
        await subscriber(kept, account, name)
    made = await broadcast(kept, account, type="image", attachment="https://a.example/x.png")
    await kept.broadcasts.begin(made.id, NOW)
    assert [await kept.broadcasts.fail(made.id, "no file", NOW, 2) for _ in range(3)] == [2, 1, 0]
    ended = await kept.broadcasts.complete(made.id, NOW)
    assert (ended.sent, ended.failed, ended.total) == (0, 3, 3)
    letters = (await kept.letters.page(account.id, page=1, limit=10)).letters
    assert {(each.state, each.error, each.broadcast) for each in letters} == {("failed", "no file", made.id)}


async def test_paused_it_is_not_planned_and_resumed_it_is(kept: ChatPion, account: Account, rows: Rows) -> None:
    await kept.hooks.create(account.id, url="http://a.example", events=["*"], now=NOW)
    later, begun = await broadcast(kept, account, due_at=NOW + 50), await broadcast(kept, account)
    await kept.broadcasts.begin(begun.id, NOW)
    for each in (later, begun):
        for _ in range(2):
            paused = await kept.broadcasts.move(each.id, "pause", NOW)
            assert paused is not None
            assert paused.status == "paused"
    assert await planned(kept) == []
    assert (await kept.broadcasts.begin(later.id, NOW + 99)).status == "paused"
    resumed = [await kept.broadcasts.move(each.id, "resume", NOW + 1) for each in (later, begun) for _ in range(2)]
    assert [each and each.status for each in resumed] == ["scheduled", "scheduled", "started", "started"]
    assert await planned(kept) == [Item(NOW, "broadcast", begun.id), Item(NOW + 50, "broadcast", later.id)]
    assert [each["event"] for each in events(rows)] == ["broadcast.started"]


async def test_resumed_after_its_time_it_starts_in_the_same_step(kept: ChatPion, account: Account, rows: Rows) -> None:
    await kept.hooks.create(account.id, url="http://a.example", events=["*"], now=NOW)
    await subscriber(kept, account, "a")
    made = await broadcast(kept, account, due_at=NOW + 50)
    await kept.broadcasts.move(made.id, "pause", NOW)
    resumed = await kept.broadcasts.move(made.id, "resume", NOW + 60)
    assert resumed is not None
    assert (resumed.status, resumed.total, resumed.started_at) == ("started", 1, NOW + 60)
    assert [each["event"] for each in events(rows)] == ["broadcast.started"]


@pytest.mark.parametrize("began", [False, True])
async def test_cancelled_it_reaches_nobody_further_and_never_completes(
    kept: ChatPion, account: Account, rows: Rows, began: bool
) -> None:
    await kept.hooks.create(account.id, url="http://a.example", events=["broadcast.completed"], now=NOW)
    people = [await subscriber(kept, account, name) for name in "ab"]
    made = await broadcast(kept, account)
    if began:
        await kept.broadcasts.begin(made.id, NOW)
        await say(kept, people[0], made)
    for _ in range(2):
        ended = await kept.broadcasts.move(made.id, "cancel", NOW)
        assert ended is not None
        assert ended.status == "cancelled"
    assert [await kept.broadcasts.move(made.id, wish, NOW) for wish in ("pause", "resume")] == [None, None]
    assert await kept.broadcasts.audience(made.id, 0, 10) == []
    assert (await kept.broadcasts.begin(made.id, NOW)).status == "cancelled"
    assert (await kept.broadcasts.complete(made.id, NOW)).status == "cancelled"
    assert await planned(kept) == []
    assert events(rows) == []


async def test_what_is_complete_stays_so(kept: ChatPion, account: Account) -> None:
    made = await broadcast(kept, account)
    await kept.broadcasts.begin(made.id, NOW)
    ended = await kept.broadcasts.complete(made.id, NOW)
    assert (ended.status, ended.total) == ("completed", 0)
    assert [await kept.broadcasts.move(made.id, wish, NOW) for wish in ("pause", "resume", "cancel")] == [None] * 3
    assert await kept.broadcasts.known(made.id) == ended
