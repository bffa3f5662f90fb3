"""What clients are shown of an account's things, in answers and in events alike. Pure.

Source: the ChatPion document; documented keys are always there, further ones are additions.
"""

from __future__ import annotations

from typing import Any

from actors.chatpion.values import Broadcast, Letter, Subscriber
from actors.times import whole_seconds

Shown = dict[str, Any]


def time(ms: int) -> str:
    """A time as the document writes it."""
    return whole_seconds(ms)


def subscriber(row: Subscriber) -> Shown:
    """A subscriber."""
    return {
        "id": row.id,
        "platform": row.platform,
        "platform_id": row.platform_id,
        "name": row.name,
        "email": row.email,
        "tags": list(row.tags),
        "fields": dict(row.fields),
        "subscribed_at": time(row.subscribed_at),
    }


def message(row: Letter) -> Shown:
    """A message, of either direction. `history` has each step that it took, in order."""
    return {
        "id": row.id,
        "subscriber_id": row.subscriber,
        "message": row.text,
        "type": row.type,
        "attachment": row.attachment,
        "direction": row.direction,
        "sent_at": time(row.sent_at),
        "status": row.state,
        "error": row.error,
        "history": [{"status": status, "at": time(at)} for status, at in _steps(row)],
        "broadcast_id": row.broadcast,
        "flow_id": row.flow,
    }


def broadcast(row: Broadcast) -> Shown:
    """A broadcast; `total` is null until it starts."""
    return {
        "id": row.id,
        "name": row.name,
        "message": row.text,
        "type": row.type,
        "attachment": row.attachment,
        "personalize": row.personalize,
        "track_links": row.track_links,
        "target": row.target,
        "schedule": row.schedule,
        "status": row.status,
        "total": row.total,
        "sent": row.sent,
        "failed": row.failed,
        "created_at": time(row.created_at),
        "started_at": None if row.started_at is None else time(row.started_at),
        "completed_at": None if row.completed_at is None else time(row.completed_at),
    }


def _steps(row: Letter) -> list[tuple[str, int]]:
    # One that failed on acceptance was never in the conversation, and so never sent.
    sent_at = row.sent_at if row.seq is not None else None
    steps = [("sent", sent_at), ("delivered", row.delivered_at), ("read", row.read_at), ("failed", row.failed_at)]
    return [(status, at) for status, at in steps if at is not None]
