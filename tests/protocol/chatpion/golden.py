"""Every method once: how it is called, what that asks for, and what the document, or the settled list, answers.

Methods are called alike in both languages: ids first, in order; then what has a name, in JavaScript as one object.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

AT = "2023-01-01T00:00:00Z"

ACCOUNT = {
    "id": 123,
    "name": "Example Account",
    "email": "example@example.com",
    "plan": "premium",
    "created_at": AT,
    "updated_at": AT,
}
SOCIAL_ACCOUNT = {
    "id": 3,
    "platform": "facebook",
    "name": "My Facebook Page",
    "access_token": "********",
    "status": "active",
    "connected_at": AT,
}
SUBSCRIBER = {
    "id": 101,
    "platform": "facebook",
    "platform_id": "12345",
    "name": "John Doe",
    "email": "john@example.com",
    "tags": ["customer", "newsletter"],
    "subscribed_at": AT,
}
MESSAGE = {
    "id": 1,
    "subscriber_id": 1,
    "message": "Hello, world!",
    "type": "text",
    "sent_at": AT,
    "status": "sent",
}
NEWSLETTER = {
    "name": "Newsletter Broadcast",
    "message": "Check out our latest newsletter!",
    "type": "text",
    "target": {"tags": ["newsletter"], "platforms": ["facebook"]},
    "schedule": {"time": "2023-01-01T12:00:00Z", "timezone": "UTC"},
}
BROADCAST = {"id": 1, **NEWSLETTER, "status": "scheduled", "created_at": AT}
FLOW = {
    "id": 1,
    "name": "Welcome Flow",
    "description": "Welcome message for new subscribers",
    "status": "active",
    "created_at": AT,
    "updated_at": AT,
}
NODES = [
    {"id": "start", "type": "start", "next": "bye"},
    {"id": "bye", "type": "message", "content": "Bye", "next": None},
]
ANALYTICS = {
    "subscribers": {"total": 1000, "new": 100, "growth": 10},
    "messages": {"total": 5000, "sent": 4500, "delivered": 4000, "read": 3500},
    "engagement": {"clicks": 1000, "replies": 500, "conversions": 100},
}
STARTED = {"flow_id": 1, "subscriber_id": 101, "status": "running", "started_at": AT}
TOKEN = {"token": "t", "ws_url": "ws://127.0.0.1:8081/ws", "user_id": 7, "conversation_id": 9}
WEBHOOK = {"id": 4, "url": "https://example.com/hook", "events": ["message.read"]}


class Call(NamedTuple):
    """A method, what it asks for, and what it returns."""

    name: str
    ids: tuple[int, ...]
    named: dict[str, Any]
    asks: str
    body: dict[str, Any] | None
    data: Any

    @property
    def javascript(self) -> tuple[str, list[object]]:
        """The method's name and arguments there."""
        return in_javascript(self.name), [*self.ids, *([whole(self.named)] if self.named else [])]


def in_javascript(name: str) -> str:
    """A method's name there."""
    return re.sub("_(.)", lambda letter: letter[1].upper(), name)


def paged(key: str, item: dict[str, Any]) -> dict[str, Any]:
    """A page of ten that holds one."""
    return {"total": 1, "page": 1, "limit": 10, key: [item]}


def ask(method: str, /, *ids: int, asks: str, data: Any, **named: Any) -> Call:
    """A call; what changes something sends what it is called with."""
    return Call(method, ids, named, asks, None if asks.startswith(("GET", "DELETE")) else whole(named), data)


def whole(named: dict[str, Any]) -> dict[str, Any]:
    """What is named, but a flow is a document of its own."""
    flow: dict[str, Any] = named.get("flow", named)
    return flow


GONE = {"id": 1, "deleted": True}

CALLS = [
    ask("get_account", asks="GET /api/account", data=ACCOUNT),
    ask(
        "list_social_accounts",
        platform="facebook",
        status="active",
        asks="GET /api/social_accounts?platform=facebook&status=active",
        data=[SOCIAL_ACCOUNT],
    ),
    ask(
        "connect_social_account",
        platform="facebook",
        access_token="your_access_token_here",
        name="My Facebook Page",
        asks="POST /api/social_accounts",
        data=SOCIAL_ACCOUNT,
    ),
    ask(
        "list_subscribers",
        page=2,
        limit=10,
        platform="facebook",
        tag="news & more",
        asks="GET /api/subscribers?page=2&limit=10&platform=facebook&tag=news+%26+more",
        data=paged("subscribers", SUBSCRIBER),
    ),
    ask(
        "add_subscriber",
        platform="facebook",
        platform_id="12345",
        name="John Doe",
        email="john@example.com",
        tags=["customer", "newsletter"],
        asks="POST /api/subscribers",
        data=SUBSCRIBER,
    ),
    ask("get_subscriber", 101, asks="GET /api/subscribers/101", data=SUBSCRIBER),
    ask("update_subscriber", 101, name="Zoë", email=None, asks="PUT /api/subscribers/101", data=SUBSCRIBER),
    ask("delete_subscriber", 1, asks="DELETE /api/subscribers/1", data=GONE),
    ask("create_subscriber_token", 101, asks="POST /api/subscribers/101/token", data=TOKEN),
    ask("release_subscriber", 101, asks="POST /api/subscribers/101/release", data=SUBSCRIBER),
    ask(
        "send_message",
        subscriber_id=1,
        message="Hello, world!",
        type="text",
        asks="POST /api/messages",
        data=MESSAGE,
    ),
    ask(
        "list_messages",
        subscriber_id=1,
        page=1,
        limit=10,
        status="sent",
        direction="all",
        asks="GET /api/messages?subscriber_id=1&page=1&limit=10&status=sent&direction=all",
        data=paged("messages", MESSAGE),
    ),
    ask("get_message", 1, asks="GET /api/messages/1", data=MESSAGE),
    ask("create_broadcast", **NEWSLETTER, asks="POST /api/broadcasts", data=BROADCAST),
    ask("list_broadcasts", page=3, asks="GET /api/broadcasts?page=3", data=paged("broadcasts", BROADCAST)),
    ask("get_broadcast", 1, asks="GET /api/broadcasts/1", data=BROADCAST),
    ask("pause_broadcast", 1, asks="POST /api/broadcasts/1/pause", data=BROADCAST),
    ask("resume_broadcast", 1, asks="POST /api/broadcasts/1/resume", data=BROADCAST),
    ask("cancel_broadcast", 1, asks="POST /api/broadcasts/1/cancel", data=BROADCAST),
    ask("list_flows", status="active", asks="GET /api/flows?status=active", data=paged("flows", FLOW)),
    ask("get_flow", 1, asks="GET /api/flows/1", data={**FLOW, "nodes": NODES}),
    ask("create_flow", flow={"name": "Welcome Flow", "nodes": NODES}, asks="POST /api/flows", data=FLOW),
    ask("update_flow", 1, flow={"name": "Farewell", "nodes": NODES}, asks="PUT /api/flows/1", data=FLOW),
    ask("delete_flow", 1, asks="DELETE /api/flows/1", data=GONE),
    ask("start_flow", 1, subscriber_id=101, asks="POST /api/flows/1/start", data=STARTED),
    ask("list_webhooks", asks="GET /api/webhooks", data=[WEBHOOK]),
    ask(
        "create_webhook",
        url="https://example.com/hook",
        events=["message.read"],
        asks="POST /api/webhooks",
        data={**WEBHOOK, "secret": "whsec_aGVscA=="},
    ),
    ask("delete_webhook", 1, asks="DELETE /api/webhooks/1", data=GONE),
    ask(
        "get_dashboard_analytics",
        start_date="2023-01-01",
        end_date="2023-01-31",
        platform="facebook",
        asks="GET /api/analytics/dashboard?start_date=2023-01-01&end_date=2023-01-31&platform=facebook",
        data=ANALYTICS,
    ),
]

ITERATORS = {
    "iter_subscribers": "subscribers",
    "iter_messages": "messages",
    "iter_broadcasts": "broadcasts",
    "iter_flows": "flows",
}
