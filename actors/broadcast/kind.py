"""How broadcasts are made."""

from __future__ import annotations

from typing import Final

from actors.broadcast.actor import BroadcastActor
from actors.broadcast.ports import BroadcastPorts
from actors.messages.broadcast import AnyBroadcastMessage
from actors.runtime.kind import Kind
from actors.runtime.restarts import RestartPolicy

IDLE_S: Final = 10.0
# What the store or others do wrong for a time must not end it: it goes on, ever more slowly, and the agenda tells it.
RESTART: Final = RestartPolicy(limit=1_000, window_s=600.0)


def broadcast_kind(ports: BroadcastPorts) -> Kind[AnyBroadcastMessage]:
    """The kind "broadcast", whose keys are the broadcasts' ids."""
    return Kind(
        name="broadcast",
        factory=lambda context: BroadcastActor(context, ports),
        messages=AnyBroadcastMessage,
        idle_after_s=IDLE_S,
        restart=RESTART,
    )
