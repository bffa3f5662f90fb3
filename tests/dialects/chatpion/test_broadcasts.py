"""Broadcasts over the API: as the document shows them, and each fault in words."""

from __future__ import annotations

import base64
import time
from typing import Any, Final

import pytest

from tests.dialects.chatpion.shop import Program, Reply, Shop
from tests.dialects.chatpion.test_golden import PNG, fixed

RULE: Final = "/api/broadcasts"
LATER: Final = {"time": "2100-01-01T12:00:00Z", "timezone": "UTC"}
NEWS: Final = {"name": "News", "message": "Check out our latest newsletter!"}


def subscriber(program: Program, name: str, *tags: str, platform: str = "hub") -> int:
    body = {"platform": platform, "platform_id": name, "tags": list(tags)}
    return int(program.post("/api/subscribers", body).data["id"])


def ended(program: Program, made: Reply) -> Any:
    """The broadcast, once it is completed."""
    until = time.monotonic() + 20
    while True:
        shown = program.get(f"{RULE}/{made.data['id']}").data
        if shown["status"] == "completed":
            return shown
        assert time.monotonic() < until, shown
        time.sleep(0.02)


def said(program: Program, subscriber: int) -> list[Any]:
    found: list[Any] = program.get("/api/messages", subscriber_id=subscriber).data["messages"]
    return found


def test_a_broadcast_is_as_documented(shop: Shop) -> None:
    body = {
        "name": "Newsletter Broadcast",
        "message": "Check out our latest newsletter!",
        "type": "text",
        "target": {"tags": ["newsletter"], "platforms": ["facebook"]},
        "schedule": LATER,
    }
    made = shop.acme.post(RULE, body).data
    assert fixed(made) == {
        "id": 1,
        **body,
        "attachment": None,
        "personalize": False,
        "track_links": False,
        "status": "scheduled",
        "total": None,
        "sent": 0,
        "failed": 0,
        "created_at": "T",
        "started_at": None,
        "completed_at": None,
    }
    assert shop.acme.get(f"{RULE}/{made['id']}").data == made
    page = shop.acme.get(RULE, limit=100).data
    assert (page["page"], page["limit"]) == (1, 100)
    assert made in page["broadcasts"]
    assert [each["id"] for each in page["broadcasts"]] == sorted(each["id"] for each in page["broadcasts"])
    assert shop.acme.get(RULE, page=99).data == {"total": page["total"], "page": 99, "limit": 10, "broadcasts": []}


@pytest.mark.parametrize("schedule", [None, {}, {"time": "2023-01-01T12:00:00Z", "timezone": "UTC"}])
def test_without_a_time_to_come_it_is_sent_at_once_to_whom_the_target_means(shop: Shop, schedule: object) -> None:
    tag = f"now {schedule}"
    reached, other = subscriber(shop.acme, f"a {tag}", tag), subscriber(shop.acme, f"b {tag}", "x")
    failing = subscriber(shop.acme, f"c {tag}", "y", tag, platform="pigeon")
    made = shop.acme.post(RULE, NEWS | {"target": {"tags": [tag, "nobody"]}, "schedule": schedule})
    assert (made.data["status"], made.data["schedule"]) == ("scheduled", schedule)
    shown = ended(shop.acme, made)
    assert (shown["total"], shown["sent"], shown["failed"]) == (2, 1, 1)
    assert shown["started_at"] <= shown["completed_at"]
    (message,) = said(shop.acme, reached)
    assert (message["message"], message["broadcast_id"], message["status"]) == (NEWS["message"], shown["id"], "sent")
    (message,) = said(shop.acme, failing)
    assert (message["broadcast_id"], message["error"]) == (shown["id"], "No connected account for platform pigeon")
    assert said(shop.acme, other) == []


def test_a_file_is_shared_by_all(shop: Shop) -> None:
    people = [subscriber(shop.acme, f"file {number}", "files") for number in range(3)]
    text = base64.b64encode(PNG).decode()
    body = NEWS | {"type": "image", "attachment": text, "target": {"tags": ["files"]}}
    assert ended(shop.acme, shop.acme.post(RULE, body))["sent"] == 3
    assert [each["type"] for person in people for each in said(shop.acme, person)] == ["image"] * 3


def test_a_form_says_the_same_as_json(shop: Shop) -> None:
    form = [
        ("name", "Form"),
        ("message", "hi"),
        ("target[tags][]", "a"),
        ("target[tags][]", "b"),
        ("schedule[time]", "2100-06-01T12:00:00"),
        ("schedule[timezone]", "Europe/Paris"),
        ("personalize", "1"),
    ]
    made = shop.acme.send("POST", RULE, data=form).data
    assert (made["target"], made["personalize"]) == ({"tags": ["a", "b"]}, True)
    assert made["schedule"] == {"time": "2100-06-01T12:00:00", "timezone": "Europe/Paris"}


def test_it_is_paused_resumed_and_cancelled_and_to_repeat_that_is_right(shop: Shop) -> None:
    path = f"{RULE}/{shop.acme.post(RULE, NEWS | {'schedule': LATER}).data['id']}"
    wishes = ["resume", "pause", "pause", "resume", "resume", "pause", "cancel", "cancel"]
    statuses = [shop.acme.post(f"{path}/{wish}").data["status"] for wish in wishes]
    assert statuses == ["scheduled", "paused", "paused", "scheduled", "scheduled", "paused", "cancelled", "cancelled"]
    for wish in ("pause", "resume"):
        assert shop.acme.post(f"{path}/{wish}").fault == (
            400,
            f"a broadcast that is cancelled cannot be {wish.rstrip('e')}ed",
        )
    assert shop.acme.get(path).data["status"] == "cancelled"


def test_what_is_complete_stays_so(shop: Shop) -> None:
    shown = ended(shop.acme, shop.acme.post(RULE, NEWS | {"target": {"tags": ["nobody at all"]}}))
    assert (shown["total"], shown["sent"], shown["failed"]) == (0, 0, 0)
    for wish in ("pause", "resume", "cancel"):
        assert shop.acme.post(f"{RULE}/{shown['id']}/{wish}").fault[0] == 400
    assert shop.acme.get(f"{RULE}/{shown['id']}").data == shown


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"name": None}, "name is required"),
        ({"name": "x" * 201}, "name may have"),
        ({"message": " "}, "message is required"),
        ({"message": None, "type": "image", "attachment": "https://example.com/x.png"}, "message is required"),
        ({"type": "poem"}, "type must be one of"),
        ({"type": "image"}, "attachment is required for type image"),
        ({"target": []}, "target must be an object"),
        ({"target": {"tag": ["a"]}}, "target may have tags and platforms, not tag"),
        ({"target": {"tags": "a"}}, "tags must be a list"),
        ({"target": {"platforms": [1]}}, "platforms must be a list"),
        ({"schedule": "tomorrow"}, "schedule must be an object"),
        ({"schedule": {"time": "tomorrow"}}, "schedule.time must be"),
        ({"schedule": {"time": "2100-01-01"}}, "schedule.time must be"),
        ({"schedule": {"time": "2100-01-01T12:00:00", "timezone": "Mars/Olympus"}}, "schedule.timezone is not"),
        ({"schedule": {"time": "2100-01-01T12:00:00+01:00", "timezone": "Mars/Olympus"}}, "schedule.timezone is not"),
        ({"schedule": {"timezone": 5}}, "schedule.timezone must be"),
        ({"personalize": "maybe"}, "personalize must be"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value)[:30],
)
def test_what_is_missing_or_cannot_be_is_said(shop: Shop, more: dict[str, Any], word: str) -> None:
    status, message = shop.acme.post(RULE, NEWS | {"schedule": LATER} | more).fault
    assert status == 400
    assert word in message
