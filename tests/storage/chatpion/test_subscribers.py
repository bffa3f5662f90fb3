"""Subscribers: each with its guest and its conversation, from its first moment on and until it is deleted."""

import json

import trio
from msgspec.structs import replace

from actors.chatpion import shown
from actors.chatpion.ports import NewSubscriber, Saved, SubscriberChanges
from actors.chatpion.values import Account, Subscriber
from actors.values import Caller, Member, Who
from protocol.frames import Actor
from storage import Storage
from storage.chatpion.assembly import ChatPion
from tests.storage.chatpion.conftest import Rows

NOW = 1_700_000_000_000


def new(platform_id: str, *, platform: str = "hub", **given: object) -> NewSubscriber:
    return NewSubscriber(platform=platform, platform_id=platform_id, **given)  # type: ignore[arg-type]


async def add(kept: ChatPion, account: Account, platform_id: str, **given: object) -> Subscriber:
    return (await kept.subscribers.upsert(account, new(platform_id, **given), NOW)).subscriber  # type: ignore[arg-type]


async def test_a_new_one_comes_with_its_guest_and_its_conversation(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    given = new("p1", name="Ada", email="ada@mail.example", tags=("b", "a", "b"))
    made, change = await kept.subscribers.upsert(account, given, NOW)
    assert change == "created"
    assert made == Subscriber(
        id=1,
        account=account.id,
        platform="hub",
        platform_id="p1",
        name="Ada",
        email="ada@mail.example",
        tags=("b", "a"),
        fields={},
        conv=made.conv,
        user=made.user,
        subscribed_at=NOW,
    )
    record = await storage.library.conversation(made.conv)
    assert record is not None
    assert (record.kind, record.name, record.head) == ("closed", "Example: Ada", 1)
    assert record.members == [
        Member(Actor("bot", account.bot, "Example"), "admin"),
        Member(Actor("user", made.user, "Ada"), "member"),
    ]
    assert await storage.accounts.caller(Who("user", made.user)) == Caller("user", made.user, "Ada", "guest")


async def test_a_guest_is_called_by_its_name_or_by_who_it_is_on_its_platform(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    for platform_id, name, called in (
        ("p1", None, "p1"),
        ("p2", "\n", "p2"),
        ("\t", None, "guest"),
        ("p4", "x" * 300, "x" * 100),
    ):
        made = await add(kept, account, platform_id, name=name)
        caller = await storage.accounts.caller(Who("user", made.user))
        assert caller is not None
        assert caller.name == called


async def test_the_bot_is_known_to_have_come_to_the_conversation(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    bot = Who("bot", account.bot)
    convs: list[int] = []
    for platform_id in ("p1", "p2"):
        assert await storage.library.memberships(bot) == convs
        convs.append((await add(kept, account, platform_id)).conv)
    assert await storage.library.memberships(bot) == convs


async def test_the_same_one_again_keeps_what_is_not_given(kept: ChatPion, account: Account, other: Account) -> None:
    first = await add(kept, account, "p1", name="Ada", tags=("a",))
    assert await kept.subscribers.upsert(account, new("p1", tags=("a",)), NOW + 1) == Saved(first, "unchanged")
    saved = await kept.subscribers.upsert(account, new("p1", email="a@b.example", tags=("b", "a")), NOW + 2)
    assert saved == Saved(replace(first, email="a@b.example", tags=("a", "b")), "updated")
    assert await kept.subscribers.subscriber(account.id, first.id) == saved.subscriber
    for elsewhere in (await add(kept, account, "p1", platform="webhook"), await add(kept, other, "p1")):
        assert elsewhere.id != first.id
        assert elsewhere.user != first.user


async def test_however_many_add_the_same_one_at_once_there_is_one(kept: ChatPion, account: Account) -> None:
    saved: list[Saved] = []

    async def upsert(tag: str) -> None:
        saved.append(await kept.subscribers.upsert(account, new("p1", tags=(tag,)), NOW))

    async with trio.open_nursery() as nursery:
        for number in range(20):
            nursery.start_soon(upsert, f"t{number}")
    assert sorted(change for _, change in saved) == ["created"] + ["updated"] * 19
    assert {subscriber.id for subscriber, _ in saved} == {1}
    kept_one = await kept.subscribers.subscriber(account.id, 1)
    assert kept_one is not None
    assert len(kept_one.tags) == 20


async def test_it_is_found_by_all_that_it_is_known_by(kept: ChatPion, account: Account) -> None:
    ada = await add(kept, account, "p1")
    assert await kept.subscribers.known(account.id, "hub", "p1") == ada
    assert await kept.subscribers.by_conversation(ada.conv) == ada
    assert await kept.subscribers.known(account.id, "webhook", "p1") is None
    assert await kept.subscribers.by_conversation(99) is None


async def test_another_accounts_subscriber_is_not_there(kept: ChatPion, account: Account, other: Account) -> None:
    ada = await add(kept, account, "p1")
    assert await kept.subscribers.subscriber(other.id, ada.id) is None
    assert await kept.subscribers.known(other.id, "hub", "p1") is None
    assert await kept.subscribers.update(other.id, ada.id, SubscriberChanges(name="Eve"), NOW) is None
    assert await kept.subscribers.delete(other.id, ada.id, NOW) is None
    assert await kept.subscribers.issue_token(other.id, ada.id) is None
    assert (await kept.subscribers.page(other.id, page=1, limit=10)).total == 0
    assert await kept.subscribers.subscriber(account.id, ada.id) == ada


async def test_pages_are_by_id_and_count_all_that_match(kept: ChatPion, account: Account, other: Account) -> None:
    await add(kept, other, "p0", tags=("even",))
    made = [
        await add(kept, account, f"p{n}", platform="hub" if n < 4 else "webhook", tags=("even",) if n % 2 == 0 else ())
        for n in range(7)
    ]
    page = await kept.subscribers.page(account.id, page=2, limit=3)
    assert (page.total, page.subscribers) == (7, made[3:6])
    page = await kept.subscribers.page(account.id, page=1, limit=10, platform="hub", tag="even")
    assert (page.total, page.subscribers) == (2, [made[0], made[2]])
    page = await kept.subscribers.page(account.id, page=1, limit=1, tag="even")
    assert (page.total, page.subscribers) == (4, [made[0]])
    assert (await kept.subscribers.page(account.id, page=9, limit=10)).subscribers == []
    assert (await kept.subscribers.page(account.id, page=1, limit=10, tag="Even")).total == 0
    await kept.subscribers.delete(account.id, made[0].id, NOW)
    page = await kept.subscribers.page(account.id, page=1, limit=10, tag="even")
    assert (page.total, page.subscribers) == (3, [made[2], made[4], made[6]])


async def test_a_change_replaces_and_renames_the_guest(storage: Storage, kept: ChatPion, account: Account) -> None:
    ada = await add(kept, account, "p1", name="Ada", tags=("a", "b"))
    changes = SubscriberChanges(name="Eve", tags=("b", "c"), fields={"city": "Bonn", "n": [1.5, None]})
    saved = await kept.subscribers.update(account.id, ada.id, changes, NOW)
    expected = replace(ada, name="Eve", tags=("b", "c"), fields={"city": "Bonn", "n": [1.5, None]})
    assert saved == Saved(expected, "updated")
    assert await kept.subscribers.update(account.id, ada.id, changes, NOW) == Saved(expected, "unchanged")
    caller = await storage.accounts.caller(Who("user", ada.user))
    assert caller is not None
    assert caller.name == "Eve"
    for tag, total in (("a", 0), ("b", 1), ("c", 1)):
        assert (await kept.subscribers.page(account.id, page=1, limit=1, tag=tag)).total == total


async def test_each_token_signs_in_beside_the_others_until_it_is_deleted(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    ada, bob = await add(kept, account, "p1", name="Ada"), await add(kept, account, "p2", name="Bob")
    tokens = [await kept.subscribers.issue_token(account.id, ada.id) for _ in range(3)]
    spared = await kept.subscribers.issue_token(account.id, bob.id)
    assert len({*tokens, spared}) == 4
    for token in tokens:
        assert token is not None
        assert await storage.accounts.by_token(token) == Caller("user", ada.user, "Ada", "guest")
        assert await storage.accounts.by_key_access(token) is None
    await kept.subscribers.delete(account.id, ada.id, NOW)
    assert [await storage.accounts.by_token(str(token)) for token in tokens] == [None] * 3
    assert await storage.accounts.by_token(str(spared)) is not None
    assert await kept.subscribers.issue_token(account.id, ada.id) is None


async def test_nobody_signs_in_as_a_guest_with_a_password(storage: Storage, kept: ChatPion, account: Account) -> None:
    ada = await add(kept, account, "p1", name="Ada", email="ada@mail.example")
    assert await storage.people.find("ada@mail.example") is None
    assert await storage.people.find("Ada") is None
    assert await storage.people.find(f"guest {ada.user}") is None
    assert await storage.people.find_address("ada@mail.example") is None
    assert await storage.people.person(ada.user) is None
    assert await storage.people.everybody() == []
    assert (await storage.people.census()).users == 0


async def test_one_that_is_deleted_keeps_its_row_and_its_name_is_free(
    storage: Storage, kept: ChatPion, account: Account
) -> None:
    ada = await add(kept, account, "p1", tags=("a",))
    gone = replace(ada, deleted_at=NOW + 5)
    assert await kept.subscribers.delete(account.id, ada.id, NOW + 5) == gone
    assert await kept.subscribers.delete(account.id, ada.id, NOW + 6) is None
    assert await kept.subscribers.subscriber(account.id, ada.id) is None
    assert await kept.subscribers.by_conversation(ada.conv) == gone
    assert await storage.accounts.caller(Who("user", ada.user)) is None
    again = await kept.subscribers.upsert(account, new("p1"), NOW + 7)
    assert (again.change, again.subscriber.id, again.subscriber.tags) == ("created", 2, ())


async def test_what_changes_is_told_and_counted_once(
    kept: ChatPion, account: Account, other: Account, rows: Rows
) -> None:
    await kept.hooks.create(account.id, url="http://x.example", events=["*"], now=NOW)
    ada = await add(kept, account, "p1")
    await add(kept, other, "p1")
    await kept.subscribers.upsert(account, new("p1"), NOW)
    renamed = await kept.subscribers.upsert(account, new("p1", name="Ada"), NOW + 1_000)
    await kept.subscribers.update(account.id, ada.id, SubscriberChanges(name="Ada"), NOW)
    await kept.subscribers.delete(account.id, ada.id, NOW)
    assert bodies(rows) == [
        {"event": "subscriber.created", "timestamp": shown.time(NOW), "data": shown.subscriber(ada)},
        {
            "event": "subscriber.updated",
            "timestamp": shown.time(NOW + 1_000),
            "data": shown.subscriber(renamed.subscriber),
        },
    ]
    counted = rows("SELECT what, count FROM tallies WHERE account = ? ORDER BY what", account.id)
    assert counted == [("subscribed", 1), ("unsubscribed", 1)]


def bodies(rows: Rows) -> list[object]:
    return [json.loads(body) for (body,) in rows("SELECT body FROM outbox ORDER BY position")]
