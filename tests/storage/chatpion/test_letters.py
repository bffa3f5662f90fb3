"""Messages to subscribers and from them: each step once, with its event and what is counted of it."""

from typing import Any

import msgspec
import pytest
import trio

from actors.chatpion.lanes import CONNECTOR, HOOK
from actors.chatpion.parcels import Parcel
from actors.chatpion.ports import NewBroadcast, NewLetter, NewReply, NewSubscriber, Standing, Unfinished
from actors.chatpion.values import Account, Letter, SocialSecrets, Subscriber
from actors.messages.changes import SaveMarks
from actors.values import Lane, Mark, Verdict, Who
from storage import Storage
from storage.chatpion.assembly import ChatPion
from tests.storage.chatpion.conftest import Rows

NOW = 1_700_000_000_000


async def subscriber(kept: ChatPion, account: Account, platform_id: str = "1", platform: str = "hub") -> Subscriber:
    new = NewSubscriber(platform=platform, platform_id=platform_id)
    return (await kept.subscribers.upsert(account, new, NOW)).subscriber


def letter(to: Subscriber, text: str = "hi", **more: Any) -> NewLetter:
    whose: dict[str, Any] = {"account": to.account, "subscriber": to.id, "platform": to.platform, "at": NOW}
    return NewLetter(**whose, text=text, body=text, **more)


async def said(kept: ChatPion, to: Subscriber, text: str = "hi", *, seq: int = 2) -> Letter:
    queued = await kept.letters.queue(letter(to, text))
    return await kept.letters.sent(queued.id, seq=seq, message=1_000 * to.id + seq, at=NOW + seq)


def events(rows: Rows) -> list[tuple[str, int, str]]:
    """What waits for endpoints, in order: the event, what it is about, and its state there."""
    found = [
        msgspec.json.decode(body)
        for (body,) in rows("SELECT body FROM outbox WHERE kind = 'hook' AND body IS NOT NULL ORDER BY position")
    ]
    return [(each["event"], each["data"]["id"], each["data"].get("status", "")) for each in found]


def counts(rows: Rows) -> dict[str, int]:
    return dict(rows("SELECT what, sum(count) FROM tallies GROUP BY what"))


async def test_every_step_is_taken_once_with_its_event_and_its_count(
    kept: ChatPion, account: Account, rows: Rows
) -> None:
    await kept.hooks.create(account.id, url="http://a.example", events=["*"], now=NOW)
    anna = await subscriber(kept, account)
    made = await said(kept, anna)
    for _ in range(2):
        await kept.letters.sent(made.id, seq=2, message=9, at=NOW + 99)
        await kept.letters.mark(anna.id, received=2, read=0, at=NOW + 5)
    for _ in range(2):
        await kept.letters.mark(anna.id, received=2, read=2, at=NOW + 6)
        await kept.letters.fail(made.id, "late", NOW + 7)
    found = await kept.letters.letter(account.id, made.id)
    assert found is not None
    assert (found.state, found.sent_at, found.delivered_at, found.read_at) == ("read", NOW + 2, NOW + 5, NOW + 6)
    assert events(rows) == [
        ("subscriber.created", anna.id, ""),
        ("message.sent", made.id, "sent"),
        ("message.delivered", made.id, "delivered"),
        ("message.read", made.id, "read"),
    ]
    assert counts(rows) == {"subscribed": 1, "total": 1, "sent": 1, "delivered": 1, "read": 1}


async def test_a_read_alone_is_two_steps_and_marks_end_where_they_stand(
    kept: ChatPion, account: Account, rows: Rows
) -> None:
    await kept.hooks.create(account.id, url="http://a.example", events=["message.delivered", "message.read"], now=NOW)
    anna = await subscriber(kept, account)
    letters = [await said(kept, anna, seq=seq) for seq in (2, 3, 4)]
    assert [row.state for row in await kept.letters.mark(anna.id, received=3, read=2, at=NOW)] == ["read", "delivered"]
    one, two, _ = (row.id for row in letters)
    assert events(rows) == [
        ("message.delivered", one, "delivered"),
        ("message.read", one, "read"),
        ("message.delivered", two, "delivered"),
    ]
    assert await kept.letters.mark(anna.id, received=3, read=2, at=NOW) == []


async def test_what_fails_on_acceptance_was_never_sent(kept: ChatPion, account: Account, rows: Rows) -> None:
    await kept.hooks.create(account.id, url="http://a.example", events=["message.sent", "message.failed"], now=NOW)
    anna = await subscriber(kept, account, platform="telegram")
    failed = await kept.letters.queue(letter(anna, error="No connector for platform telegram"))
    assert (failed.state, failed.error, failed.failed_at) == ("failed", "No connector for platform telegram", NOW)
    assert events(rows) == [("message.failed", failed.id, "failed")]
    assert counts(rows)["total"] == 1
    assert "sent" not in counts(rows)


async def test_a_broadcast_reaches_a_subscriber_once_and_takes_its_place_in_the_audience(
    kept: ChatPion, account: Account, rows: Rows
) -> None:
    anna, bert = [await subscriber(kept, account, each) for each in "ab"]
    made = await kept.broadcasts.create(NewBroadcast(account=account.id, name="News", text="hi", due_at=NOW), NOW)
    await kept.broadcasts.begin(made.id, NOW)
    first = await kept.letters.queue_once(letter(anna, broadcast=made.id), made.id)
    assert first is not None
    assert await kept.letters.queue_once(letter(anna, "again", broadcast=made.id), made.id) == first
    assert rows("SELECT subscriber FROM audiences") == [(bert.id,)]


async def test_a_reply_is_noted_and_counted_once(kept: ChatPion, account: Account, rows: Rows) -> None:
    anna = await subscriber(kept, account)
    new = NewReply(account=account.id, subscriber=anna.id, platform="hub", at=NOW, text="yes", seq=2, message=5)
    first = await kept.letters.hear(new)
    assert first is not None
    assert await kept.letters.hear(new) is None
    assert (first.direction, first.text, first.message) == ("in", "yes", 5)
    assert counts(rows)["reply"] == 1
    assert await kept.letters.mark(anna.id, received=9, read=9, at=NOW) == []


async def test_pages_show_what_was_said_or_failed_and_nobody_elses(
    kept: ChatPion, account: Account, other: Account
) -> None:
    anna, bert = [await subscriber(kept, account, each) for each in "ab"]
    stranger = await subscriber(kept, other)
    letters = [await said(kept, to) for to in (anna, bert, anna, stranger)]
    await kept.letters.queue(letter(anna, "waits"))
    await kept.letters.mark(bert.id, received=2, read=0, at=NOW)
    new = NewReply(account=account.id, subscriber=anna.id, platform="hub", at=NOW, text="yes", seq=9, message=5)
    reply = await kept.letters.hear(new)
    assert reply is not None

    async def ids(**wanted: Any) -> tuple[int, list[int]]:
        total, found = await kept.letters.page(account.id, page=1, limit=10, **wanted)
        return total, [row.id for row in found]

    one, two, three, foreign = (row.id for row in letters)
    assert await ids() == (3, [one, two, three])
    assert await ids(subscriber=anna.id) == (2, [one, three])
    assert await ids(state="delivered") == (1, [two])
    assert await ids(direction="in") == (1, [reply.id])
    assert await ids(direction=None, subscriber=anna.id) == (3, [one, three, reply.id])
    assert await ids(subscriber=stranger.id) == (0, [])
    page = await kept.letters.page(account.id, page=2, limit=2)
    assert (page.total, [row.id for row in page.letters]) == (3, [three])
    assert await kept.letters.letter(account.id, foreign) is None


async def test_what_is_left_to_be_done_is_found(storage: Storage, kept: ChatPion, account: Account) -> None:
    told, ahead, waiting, idle = [await subscriber(kept, account, each) for each in "abcd"]
    for each in (told, ahead, idle):
        await said(kept, each)
    await kept.letters.mark(told.id, received=2, read=2, at=NOW)
    queued = await kept.letters.queue(letter(waiting))
    for each in (told, ahead):
        mark = Mark(Who("user", each.user), 2, 2)
        storage.log.submit(SaveMarks(conv=each.conv, term=1, marks=[mark]))
        await storage.log.settled(each.conv)
    found = [Unfinished(ahead.conv, ahead.user, 2, 2), Unfinished(waiting.conv, waiting.user, 0, 0)]
    assert await kept.letters.unfinished(-1, 10) == found
    assert await kept.letters.unfinished(-1, 1) == found[:1]
    assert await kept.letters.unfinished(ahead.conv, 10) == found[1:]
    assert await kept.letters.standing(told.id) == Standing([])
    assert await kept.letters.standing(ahead.id) == Standing([], 2, 2)
    assert await kept.letters.standing(waiting.id) == Standing([queued])


async def test_a_message_to_another_platform_waits_for_its_connection(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    anna = await subscriber(kept, account, "anna", "webhook")
    woken: list[Lane] = []
    kept.wakes.call(woken.append)
    social = await kept.social.connect(
        account.id, platform="webhook", name=None, url="http://a", secrets=SocialSecrets(access_token="x"), now=NOW
    )
    made = await said(kept, anna)
    lane = Lane(CONNECTOR, social.id)
    (call,) = (await storage.outbox.due(lane, NOW + 10, 10)).calls
    parcel = msgspec.json.decode(call.body or "", type=Parcel)
    assert (parcel.letter, parcel.conv, parcel.bot, parcel.platform_id) == (made.id, anna.conv, account.bot, "anna")
    await trio.sleep(0.01)
    assert woken == [lane]


async def test_without_a_connection_by_then_it_has_failed(kept: ChatPion, account: Account) -> None:
    anna = await subscriber(kept, account, platform="webhook")
    made = await said(kept, anna)
    found = await kept.letters.letter(account.id, made.id)
    assert found is not None
    assert (found.state, found.error) == ("failed", "No connected account for platform webhook")


async def test_events_about_one_object_keep_their_order_and_hold_up_no_others(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    hook = (await kept.hooks.create(account.id, url="http://a.example", events=["*"], now=NOW)).hook
    anna, bert = [await subscriber(kept, account, each) for each in "ab"]
    await said(kept, anna)
    await kept.letters.mark(anna.id, received=2, read=2, at=NOW + 3)
    await said(kept, bert, seq=5)
    lane = Lane(HOOK, hook.id)

    async def due(now: int) -> list[str]:
        found = await storage.outbox.due(lane, now, 10)
        return [msgspec.json.decode(call.body or "")["event"] for call in found.calls]

    calls = (await storage.outbox.due(lane, NOW + 10, 10)).calls
    assert await due(NOW + 10) == ["subscriber.created", "subscriber.created", "message.sent", "message.sent"]
    await storage.outbox.record(lane, calls[2], Verdict("pending", "500", NOW + 500))
    for call in (calls[0], calls[1], calls[3]):
        await storage.outbox.record(lane, call, Verdict("done", "200"))
    found = await storage.outbox.due(lane, NOW + 10, 10)
    assert (found.calls, found.next_at, found.waiting) == ([], NOW + 500, 3)
    assert await due(NOW + 500) == ["message.sent"]
    await storage.outbox.record(lane, calls[2], Verdict("done", "200"))
    assert await due(NOW + 500) == ["message.delivered"]


@pytest.mark.parametrize("wanted", [["message.read"], ["*"], ["broadcast.started"]])
async def test_endpoints_get_what_they_want_until_they_are_deleted(
    kept: ChatPion, account: Account, other: Account, rows: Rows, wanted: Any
) -> None:
    made = await kept.hooks.create(account.id, url="http://a.example", events=wanted, now=NOW)
    assert made.secret.startswith("whsec_")
    target = await kept.hooks.target(made.hook.id)
    assert target is not None
    assert tuple(target) == ("http://a.example", made.secret)
    assert made.secret not in str(rows("SELECT * FROM event_hooks"))
    assert await kept.hooks.hooks(account.id) == [made.hook]
    assert not await kept.hooks.delete(other.id, made.hook.id, NOW)
    anna = await subscriber(kept, account)
    assert len(events(rows)) == (wanted == ["*"])
    assert await kept.hooks.delete(account.id, made.hook.id, NOW)
    await said(kept, anna)
    assert len(events(rows)) == (wanted == ["*"])
    assert await kept.hooks.hooks(account.id) == []
    assert await kept.hooks.target(made.hook.id) is None
