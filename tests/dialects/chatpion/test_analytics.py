"""What the dashboard counts, on a hub: subscribers, messages and clicks, each where it belongs."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.dialects.chatpion.shop import Program, Shop

DASHBOARD = "/api/analytics/dashboard"


def subscriber(program: Program, platform: str, name: str) -> int:
    return int(program.post("/api/subscribers", {"platform": platform, "platform_id": name}).data["id"])


def grown(before: dict[str, Any], after: dict[str, Any]) -> dict[str, int]:
    """What has changed, by its name."""
    changes = {
        f"{part}.{name}": count - before[part][name] for part, counts in after.items() for name, count in counts.items()
    }
    return {name: change for name, change in changes.items() if change and name != "subscribers.growth"}


def test_a_dashboard_has_the_documented_keys_and_counts_what_happens(shop: Shop) -> None:
    before = shop.acme.get(DASHBOARD, platform="hub").data
    assert {part: list(counts) for part, counts in before.items()} == {
        "subscribers": ["total", "new", "growth"],
        "messages": ["total", "sent", "delivered", "read"],
        "engagement": ["clicks", "replies", "conversions"],
    }
    native, gone = subscriber(shop.acme, "hub", "counted"), subscriber(shop.acme, "hub", "counted for a while")
    elsewhere = subscriber(shop.acme, "telegram", "counted elsewhere")
    assert shop.acme.send("DELETE", f"/api/subscribers/{gone}").status == 200
    for to in (native, elsewhere):
        shop.acme.post("/api/messages", {"subscriber_id": to, "message": "Hello"})
    after = shop.acme.get(DASHBOARD, platform="hub").data
    assert grown(before, after) == {
        "subscribers.total": 1,
        "subscribers.new": 2,
        "messages.total": 1,
        "messages.sent": 1,
    }


def test_what_failed_is_counted_and_was_not_sent(shop: Shop) -> None:
    before = shop.acme.get(DASHBOARD, platform="viber").data
    lost = subscriber(shop.acme, "viber", "unreachable")
    assert shop.acme.post("/api/messages", {"subscriber_id": lost, "message": "Hello"}).data["status"] == "failed"
    after = shop.acme.get(DASHBOARD, platform="viber").data
    assert grown(before, after) == {"subscribers.total": 1, "subscribers.new": 1, "messages.total": 1}


def test_another_account_counts_its_own(shop: Shop) -> None:
    before = shop.beta.get(DASHBOARD).data
    subscriber(shop.acme, "hub", "not of beta")
    assert shop.beta.get(DASHBOARD).data == before


def test_a_range_that_is_none_is_refused(shop: Shop) -> None:
    wrong = shop.acme.get(DASHBOARD, start_date="2023-01-02", end_date="2023-01-01")
    assert wrong.fault == (400, "start_date must not be after end_date")
    assert shop.acme.get(DASHBOARD, start_date="1.1.2023").fault[0] == 400
    past = shop.acme.get(DASHBOARD, start_date="2023-01-01", end_date="2023-01-01T12:00:00+01:00").data
    assert past["subscribers"] == {"total": 0, "new": 0, "growth": 0}


def test_a_tracked_link_leads_on_and_its_clicks_are_counted(shop: Shop) -> None:
    reader = subscriber(shop.acme, "hub", "who clicks")
    url = "https://example.com/offer?id=1&x=é"
    before = shop.acme.get(DASHBOARD).data
    sent = {"subscriber_id": reader, "message": f"See {url}.", "track_links": True}
    shop.acme.post("/api/messages", sent)
    link = body_of(shop, reader).removeprefix("See ").removesuffix(".").removeprefix(shop.url)
    assert link.startswith("/l/")
    assert len(link) == len("/l/") + 22
    for method, agent in (("GET", "Mozilla/5.0"), ("HEAD", "Mozilla/5.0"), ("GET", "TelegramBot (like TwitterBot)")):
        led = shop.nobody.send(method, link, headers={"User-Agent": agent}, allow_redirects=False)
        assert (led.status, led.headers["Location"]) == (302, "https://example.com/offer?id=1&x=%C3%A9")
    ahead = shop.nobody.send("GET", link, headers={"Sec-Purpose": "prefetch;prerender"}, allow_redirects=False)
    assert ahead.status == 302
    assert grown(before, shop.acme.get(DASHBOARD).data)["engagement.clicks"] == 1


def test_a_link_that_nobody_made_leads_nowhere(shop: Shop) -> None:
    for path in ("/l/" + "A" * 22, "/l/short", "/l/https%3A%2F%2Fexample.com"):
        assert shop.nobody.send("GET", path, allow_redirects=False).status == 404


def body_of(shop: Shop, subscriber: int) -> str:
    """What stands in the subscriber's conversation, as the database has it."""
    with sqlite3.connect(shop.hub.data / "hubbub.db") as database:
        query = "SELECT body FROM letters WHERE subscriber = ? ORDER BY id DESC"
        (body,) = database.execute(query, (subscriber,)).fetchone()
    database.close()
    return str(body)
