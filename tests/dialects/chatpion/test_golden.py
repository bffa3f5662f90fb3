"""What the document shows is what is answered; and each fault of a client's has its words."""

from __future__ import annotations

import base64
import re
from typing import Any, Final

import pytest

from tests.dialects.chatpion.shop import Shop

TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PNG: Final = b"\x89PNG\r\n\x1a\n" + b"\0" * 16
JOHN: Final = {
    "platform": "facebook",
    "platform_id": "12345",
    "name": "John Doe",
    "email": "john@example.com",
    "tags": ["customer", "newsletter"],
}
WHSEC: Final = "whsec_" + base64.b64encode(b"k" * 24).decode()


def fixed(data: dict[str, Any]) -> dict[str, Any]:
    """The same with what differs from run to run replaced: ids by 1, times by `T`."""
    for key, value in data.items():
        if key.endswith("_at") and isinstance(value, str):
            assert TIME.fullmatch(value), value
    return data | {key: "T" for key in data if key.endswith("_at") and data[key]} | ({"id": 1} if "id" in data else {})


def native(shop: Shop, name: str) -> int:
    return int(shop.acme.post("/api/subscribers", {"platform": "hub", "platform_id": name}).data["id"])


def test_an_account_is_as_documented(shop: Shop) -> None:
    assert fixed(shop.acme.get("/api/account").data) == {
        "id": 1,
        "name": "acme",
        "email": "acme@example.com",
        "plan": "premium",
        "created_at": "T",
        "updated_at": "T",
    }


def test_a_social_account_is_as_documented_and_shows_no_secret(shop: Shop) -> None:
    body = {"platform": "facebook", "access_token": "your_access_token_here", "name": "My Facebook Page"}
    made = shop.acme.post("/api/social_accounts", body)
    assert fixed(made.data) == {
        "id": 1,
        "platform": "facebook",
        "name": "My Facebook Page",
        "access_token": "********",
        "url": None,
        "status": "active",
        "connected_at": "T",
    }
    listed = shop.acme.get("/api/social_accounts", platform="facebook", status="active")
    assert made.data in listed.data
    assert b"your_access_token_here" not in made.body + listed.body
    assert shop.acme.get("/api/social_accounts", status="inactive").data == []


def test_a_subscriber_is_as_documented(shop: Shop) -> None:
    made = shop.acme.post("/api/subscribers", JOHN).data
    assert fixed(made) == {"id": 1, **JOHN, "fields": {}, "subscribed_at": "T"}
    assert shop.acme.get(f"/api/subscribers/{made['id']}").data == made
    found = shop.acme.get("/api/subscribers", platform="facebook", tag="newsletter").data
    assert (found["page"], found["limit"], found["total"]) == (1, 10, 1)
    assert found["subscribers"] == [made]


def test_who_is_there_is_kept_and_completed(shop: Shop) -> None:
    first = shop.acme.post("/api/subscribers", JOHN | {"platform_id": "again", "tags": ["a", "b"]}).data
    again = shop.acme.post("/api/subscribers", {"platform": "facebook", "platform_id": "again", "tags": ["c", "a"]})
    assert again.data == first | {"tags": ["a", "b", "c"]}


def test_a_change_is_partial_and_null_empties(shop: Shop) -> None:
    made = shop.acme.post("/api/subscribers", JOHN | {"platform_id": "put"}).data
    path = f"/api/subscribers/{made['id']}"
    changed = shop.acme.send("PUT", path, json={"email": None, "tags": ["x"], "fields": {"size": 7}}).data
    assert changed == made | {"email": None, "tags": ["x"], "fields": {"size": 7}}
    assert shop.acme.send("PUT", path, json={}).data == changed
    for name in ("platform", "platform_id"):
        assert shop.acme.send("PUT", path, json={name: "x"}).fault == (400, f"{name} cannot be changed")


def test_who_is_deleted_is_gone_and_comes_back_as_somebody_new(shop: Shop) -> None:
    subscriber = native(shop, "gone")
    message = shop.acme.post("/api/messages", {"subscriber_id": subscriber, "message": "hello"}).data
    path = f"/api/subscribers/{subscriber}"
    assert shop.acme.send("DELETE", path).data == {"id": subscriber, "deleted": True}
    assert shop.acme.get(path).fault == shop.acme.send("DELETE", path).fault == (404, "Subscriber not found")
    assert shop.acme.get("/api/messages", subscriber_id=subscriber).data["messages"] == [message]
    assert native(shop, "gone") > subscriber


def test_a_token_is_for_native_subscribers_and_each_is_another(shop: Shop) -> None:
    subscriber = native(shop, "token")
    first, second = (shop.acme.post(f"/api/subscribers/{subscriber}/token").data for _ in range(2))
    assert first.keys() == {"token", "ws_url", "user_id", "conversation_id"}
    assert first["ws_url"] == shop.hub.ready.ws
    assert first["token"] != second["token"]
    other = shop.acme.post("/api/subscribers", JOHN | {"platform_id": "no token"}).data["id"]
    assert shop.acme.post(f"/api/subscribers/{other}/token").fault[0] == 400


def test_a_message_is_as_documented(shop: Shop) -> None:
    subscriber = native(shop, "message")
    made = shop.acme.post(
        "/api/messages", {"subscriber_id": subscriber, "message": "Hello, world!", "type": "text"}
    ).data
    assert made["history"] == [{"status": "sent", "at": made["sent_at"]}]
    assert fixed(made) == {
        "id": 1,
        "subscriber_id": subscriber,
        "message": "Hello, world!",
        "type": "text",
        "attachment": None,
        "direction": "out",
        "sent_at": "T",
        "status": "sent",
        "error": None,
        "history": made["history"],
        "broadcast_id": None,
        "flow_id": None,
    }
    assert shop.acme.get(f"/api/messages/{made['id']}").data == made
    listed = shop.acme.get("/api/messages", subscriber_id=subscriber, status="sent", direction="all").data
    assert listed == {"total": 1, "page": 1, "limit": 10, "messages": [made]}
    assert shop.acme.get("/api/messages", subscriber_id=subscriber, status="read").data["total"] == 0
    assert shop.acme.get("/api/messages", subscriber_id=subscriber, direction="in").data["total"] == 0
    assert shop.acme.get("/api/messages", subscriber_id=subscriber, page=2).data["messages"] == []


def test_a_platform_that_is_not_connected_fails_at_once(shop: Shop) -> None:
    made_id = shop.acme.post("/api/subscribers", {"platform": "pigeon", "platform_id": "1"}).data["id"]
    made = shop.acme.post("/api/messages", {"subscriber_id": made_id, "message": "hi"}).data
    assert (made["status"], made["error"]) == ("failed", "No connected account for platform pigeon")


@pytest.mark.parametrize("head", ["", "data:image/png;base64,"], ids=["base64", "data URI"])
def test_a_file_in_base64_is_sent(shop: Shop, head: str) -> None:
    subscriber, text = native(shop, "file"), head + base64.b64encode(PNG).decode()
    body = {"subscriber_id": subscriber, "message": "look", "type": "image", "attachment": text}
    assert shop.acme.post("/api/messages", body).data["status"] == "sent"
    assert shop.acme.post("/api/messages", body | {"type": "video"}).fault == (
        400,
        "attachment is image/png, which is not of type video",
    )


def test_forms_say_the_same_as_json(shop: Shop) -> None:
    form = [("platform", "hub"), ("platform_id", "form"), ("tags[]", "a"), ("tags[]", "b"), ("name", "Zoë")]
    made = shop.acme.send("POST", "/api/subscribers", data=form).data
    assert (made["tags"], made["name"]) == (["a", "b"], "Zoë")
    parts = {"subscriber_id": (None, str(made["id"])), "message": (None, "hi"), "track_links": (None, "false")}
    assert shop.acme.send("POST", "/api/messages", files=parts).data["message"] == "hi"
    text = {"platform": "hub", "platform_id": "form", "tags": '["c"]'}
    assert shop.acme.send("POST", "/api/subscribers", data=text).data["tags"] == ["a", "b", "c"]


def test_a_webhook_shows_its_secret_once(shop: Shop) -> None:
    body = {"url": "https://example.com/hook", "events": ["message.sent", "message.failed"]}
    made = shop.acme.post("/api/webhooks", body).data
    secret = made.pop("secret")
    assert fixed(made) == {"id": 1, **body, "created_at": "T"}
    listed = shop.acme.get("/api/webhooks")
    assert made in listed.data
    assert secret.startswith("whsec_")
    assert secret.encode() not in listed.body
    assert shop.acme.send("DELETE", f"/api/webhooks/{made['id']}").data == {"id": made["id"], "deleted": True}
    assert shop.acme.send("DELETE", f"/api/webhooks/{made['id']}").fault == (404, "Webhook not found")


def test_what_is_not_signed_does_not_come_in(shop: Shop) -> None:
    body = {"platform": "webhook", "access_token": WHSEC, "url": "https://example.com/in"}
    made_id = shop.acme.post("/api/social_accounts", body).data["id"]
    told = {"platform_id": "1", "message": "hi"}
    assert shop.nobody.post(f"/api/inbound/{made_id}", told).fault[0] == 401
    assert shop.nobody.post("/api/inbound/999999", told).fault[0] == 404
    assert shop.nobody.post("/api/inbound/x", told).fault[0] == 404
    assert shop.nobody.get(f"/api/inbound/{made_id}").fault[0] == 403


def test_meta_is_answered_its_challenge(shop: Shop) -> None:
    body = {"platform": "instagram", "access_token": "t", "verify_token": "v", "app_secret": "s"}
    made_id = shop.acme.post("/api/social_accounts", body).data["id"]
    asked = {"hub.mode": "subscribe", "hub.challenge": "123", "hub.verify_token": "v"}
    reply = shop.nobody.send("GET", f"/api/inbound/{made_id}", params=asked)
    assert (reply.status, reply.body) == (200, b"123")


BIG: Final = base64.b64encode(b"\0" * (10 * 2**20 + 1)).decode()
SOCIAL, SUBSCRIBERS, MESSAGES, WEBHOOKS = (
    f"/api/{noun}" for noun in ["social_accounts", "subscribers", "messages", "webhooks"]
)
HELLO: Final = {"subscriber_id": 1, "message": "hi"}
HOOK: Final = {"url": "https://example.com", "events": ["*"]}


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        (SOCIAL, {"access_token": "t"}, "platform is required"),
        (SOCIAL, {"platform": "facebook"}, "access_token is required"),
        (SOCIAL, {"platform": "Face book", "access_token": "t"}, "platform must be"),
        (SOCIAL, {"platform": "hub", "access_token": "t"}, "always connected"),
        (SOCIAL, {"platform": "webhook", "access_token": WHSEC}, "url is required"),
        (SOCIAL, {"platform": "webhook", "access_token": "t", "url": "https://example.com"}, "whsec_"),
        (SOCIAL, {"platform": "webhook", "access_token": WHSEC, "url": "http://10.0.0.1/"}, "does not call"),
        (SUBSCRIBERS, {"platform_id": "1"}, "platform is required"),
        (SUBSCRIBERS, {"platform": "hub"}, "platform_id is required"),
        (SUBSCRIBERS, {"platform": "hub", "platform_id": " "}, "platform_id is required"),
        (SUBSCRIBERS, {"platform": "hub", "platform_id": "1", "email": "nobody"}, "email"),
        (SUBSCRIBERS, {"platform": "hub", "platform_id": "1", "name": 5}, "name must be a text"),
        (SUBSCRIBERS, {"platform": "hub", "platform_id": "1", "tags": "a"}, "tags must be a list"),
        (SUBSCRIBERS, {"platform": "hub", "platform_id": "1", "tags": [""]}, "tags may have"),
        (MESSAGES, {"message": "hi"}, "subscriber_id is required"),
        (MESSAGES, {"subscriber_id": "x", "message": "hi"}, "subscriber_id must be a whole number"),
        (MESSAGES, {"subscriber_id": 1}, "message is required"),
        (MESSAGES, HELLO | {"message": "  "}, "message is required"),
        (MESSAGES, HELLO | {"message": "x" * 10_001}, "message may have 10000 characters"),
        (MESSAGES, HELLO | {"type": "poem"}, "type must be one of text, image, video, audio, file"),
        (MESSAGES, HELLO | {"type": "image"}, "attachment is required for type image"),
        (MESSAGES, HELLO | {"type": "file", "attachment": "§"}, "attachment must be"),
        (MESSAGES, HELLO | {"type": "file", "attachment": "data:text/plain,hi"}, "attachment must be"),
        (MESSAGES, HELLO | {"type": "file", "attachment": BIG}, "attachment may have 10 MB"),
        (MESSAGES, HELLO | {"track_links": "maybe"}, "track_links must be true or false"),
        (WEBHOOKS, {"events": ["*"]}, "url is required"),
        (WEBHOOKS, {"url": "https://example.com"}, "events must be"),
        (WEBHOOKS, HOOK | {"events": []}, "events must be"),
        (WEBHOOKS, HOOK | {"events": ["message.eaten"]}, "there is no event message.eaten"),
        (WEBHOOKS, HOOK | {"url": "ftp://example.com"}, "url must be a URL"),
        (WEBHOOKS, HOOK | {"url": "http://localhost/x"}, "does not call"),
        (WEBHOOKS, HOOK | {"url": "http://[::1]:80/x"}, "does not call"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else str(value)[:30],
)
def test_what_is_missing_or_cannot_be_is_said(shop: Shop, path: str, body: dict[str, Any], word: str) -> None:
    status, message = shop.acme.post(path, body).fault
    assert status == 400
    assert word in message


@pytest.mark.parametrize(
    "query",
    [
        "/api/subscribers?page=0",
        "/api/subscribers?limit=101",
        "/api/messages?limit=x",
        "/api/messages?status=queued",
        "/api/messages?direction=up",
        "/api/messages?subscriber_id=x",
        "/api/social_accounts?status=gone",
    ],
)
def test_a_filter_that_cannot_be_is_refused(shop: Shop, query: str) -> None:
    assert shop.acme.get(query).fault[0] == 400
