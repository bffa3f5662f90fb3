"""What becomes of messages is one transaction, and is read as it was written."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from actors.order.effects import Outcome
from actors.order.machine import cancel_completed
from actors.order.state import Customer
from actors.order.turn import Known
from actors.values import Who
from storage import Storage
from tests.storage.botlive.till import DAY_MS, NOW, Till


async def test_a_company_is_born_by_a_message_with_its_bot_and_the_defaults(storage: Storage) -> None:
    kept = storage.botlive
    admitted = await kept.shoppers.admit("new", "+225", None, NOW)
    assert admitted.is_new
    assert (admitted.shop.company.name, admitted.shop.company.deposit) == ("new", 2_000)
    assert admitted.shop.bot in storage.addresses.shops
    assert (await kept.shoppers.admit("new", "+225", None, NOW)).shopper == admitted.shopper
    room = await storage.library.conversation(admitted.shopper.conv)
    assert room is not None
    assert (room.kind, room.name) == ("closed", "new · +225")
    assert {member.who for member in room.members} == {
        Who("bot", admitted.shop.bot),
        Who("user", admitted.shopper.user),
    }


async def test_plus_and_no_plus_are_two_customers_and_a_name_may_come_later(till: Till) -> None:
    first, second = await till.customer("+2251"), await till.customer("2251")
    assert first.conv != second.conv
    assert (await till.customer("+2251", "Sophie")).user_name == "Sophie"
    assert (await till.customer("+2251")).user_name == "Sophie"
    assert [each.id for each in await till.kept.shoppers.of_user("+2251")] == [first.id]


async def test_an_active_order_is_listed_until_it_is_complete(till: Till) -> None:
    sophie, thomas = await till.customer("1", "Sophie"), await till.customer("2")
    await till.says(sophie, "lingettes")
    till.now += 1
    await till.says(thomas, "Yopougon")
    active = await till.kept.ledger.active("C", 1)
    assert (active.total, [each.user_name for each in active.orders]) == (2, ["2"])
    till.now += 1
    await till.buys(thomas)
    active = await till.kept.ledger.active("C", 50)
    assert [(each.user_name, each.order.started_at) for each in active.orders] == [("Sophie", NOW)]


async def test_figures_are_those_of_the_companys_days_weeks_and_months(till: Till) -> None:
    sophie = await till.customer()
    await till.buys(sophie)
    statistics = till.kept.ledger.statistics
    before_midnight, after = NOW + 6_399_000, NOW + 6_400_000  # 23:59:59 and 00:00:00
    assert (await statistics("C", "today", before_midnight)).now.orders == 1
    today = await statistics("C", "today", after)
    assert (today.now.orders, today.before.orders, today.before.turnover) == (0, 1, 5_000)
    assert (await statistics("C", "week", after)).now.orders == 1
    till.now = after
    await till.buys(sophie)
    assert (await statistics("C", "today", after)).now.turnover == 5_000
    week = (await statistics("C", "week", NOW + 5 * DAY_MS)).now  # the last day of it
    assert (week.turnover, week.orders, week.clients) == (10_000, 2, 1)
    assert (await statistics("C", "week", NOW + 6 * DAY_MS)).before == week
    assert (await statistics("C", "month", NOW + 17 * DAY_MS)).before == week


async def test_a_cancelled_order_falls_from_the_day_in_which_it_was_completed(till: Till) -> None:
    sophie = await till.customer()
    await till.buys(sophie)
    till.now += DAY_MS

    def decide(customer: Customer, known: Known) -> Outcome:
        return cancel_completed(customer, till.shop.company, till.now)

    for _ in range(2):
        await till.kept.books.change(till.shop, sophie, "cancel", decide, till.now)
    today = await till.kept.ledger.statistics("C", "today", till.now)
    assert (today.now.orders, today.before.orders, today.before.turnover) == (0, 0, 0)


async def test_what_fails_in_the_middle_leaves_nothing(till: Till) -> None:
    sophie = await till.customer()
    await till.says(sophie, "lingettes")

    def decide(customer: Customer, known: Known) -> Outcome:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await till.kept.books.change(till.shop, sophie, "x", decide, till.now)
    assert await till.kept.books.answer("x") is None
    assert (await till.kept.books.customer(sophie.id)).order.product is not None


async def test_answers_are_unsaid_until_they_are_said_and_kept_for_two_days(till: Till) -> None:
    sophie = await till.customer()
    first, second = await till.says(sophie, "Bonjour", id="a"), await till.says(sophie, "lingettes", id="b")
    books = till.kept.books
    assert [(each.id, each.response) for each in await books.unsaid(sophie.id)] == [
        ("a", first.response),
        ("b", second.response),
    ]
    assert await books.unfinished(-1, 10) == [sophie.conv]
    for request in ("a", "b"):
        await books.said(sophie.id, request)
    assert (await books.unsaid(sophie.id), await books.unfinished(-1, 10)) == ([], [])
    assert await books.answer("a") == first
    till.now += 2 * DAY_MS + 1
    await till.says(sophie, "Yopougon")
    assert await books.answer("a") is None


async def test_a_company_that_there_is_not_has_nothing(storage: Storage) -> None:
    ledger = storage.botlive.ledger
    assert (await ledger.active("?", 50)).total == 0
    assert await ledger.interventions("?") == []
    assert await ledger.activity("?", 10) == []
    assert (await ledger.statistics("?", "today", NOW)).now.orders == 0
    assert await storage.botlive.shops.shop("?") is None


async def test_an_endpoint_that_is_registered_again_keeps_its_id_and_secret(storage: Storage) -> None:
    hooks = storage.botlive.hooks
    first = await hooks.register("C", url="http://a/", events=["order_completed"], now=NOW)
    again = await hooks.register("C", url="http://a/", events=["staff_message"], now=NOW + 1)
    assert (again.secret, again.hook.id, again.hook.events) == (first.secret, first.hook.id, ("staff_message",))
    target = await hooks.target(first.hook.id)
    assert target is not None
    assert (target.url, target.secret) == ("http://a/", first.secret)
    assert await hooks.by_url("http://a/") == target
    assert await hooks.delete(first.hook.id, NOW)
    assert not await hooks.delete(first.hook.id, NOW)
    assert await hooks.target(first.hook.id) is None
    assert (await hooks.register("C", url="http://a/", events=["staff_message"], now=NOW)).secret != first.secret


async def test_settings_that_are_saved_again_hold_for_the_next_message(real_till: Till) -> None:
    till, kept = real_till, real_till.kept
    sophie = await till.customer()
    assert await kept.shops.shop("C") == till.shop
    saved = await kept.shops.save(replace(till.shop.company, deposit=500), NOW)
    assert (saved.id, saved.bot, saved.version) == (till.shop.id, till.shop.bot, 2)
    assert await kept.shops.shop("C") == saved == await kept.shops.by_id(saved.id)
    assert await kept.shops.rooms(saved.id) == [sophie.conv]
