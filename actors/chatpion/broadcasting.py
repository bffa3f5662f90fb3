"""How a broadcast's status moves. Pure.

scheduled ──► started ──► completed
    │ ▲         │ ▲
    ▼ │         ▼ │
    paused ◄──► paused          and from each of them but `completed` to `cancelled`
"""

from __future__ import annotations

from typing import Literal

from actors.chatpion.values import Broadcast, BroadcastStatus

Wish = Literal["pause", "resume", "cancel"]


def wished(row: Broadcast, wish: Wish) -> BroadcastStatus | None:
    """The status that the broadcast has then, which may be the one it has; None: it cannot.

    One that had not started when it was paused is `scheduled` again, whatever time it is: it starts when it is due.
    """
    match wish, row.status:
        case "cancel", "scheduled" | "started" | "paused" | "cancelled":
            return "cancelled"
        case "pause", "scheduled" | "started" | "paused":
            return "paused"
        case "resume", "scheduled" | "started":
            return row.status
        case "resume", "paused":
            return "scheduled" if row.started_at is None else "started"
        case _:
            return None
