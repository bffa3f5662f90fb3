"""By which transport a session speaks, and how it goes from polling to a WebSocket.

POLLING ──probe──▶ PROBING ──upgrade──▶ WEBSOCKET
   ▲                  │
   └────abandoned─────┘

Until the upgrade the peer hears what the answers to its polls say; while it probes they come at once, so that it can
end the last one.
"""

from __future__ import annotations

from enum import Enum, auto

from protocol.socketio.engine import PROBE, EnginePacket, Type
from protocol.socketio.errors import Violation


class Transport(Enum):
    """What carries a session."""

    POLLING = auto()
    PROBING = auto()
    WEBSOCKET = auto()

    def probed(self, packet: EnginePacket) -> Transport:
        """Return what it becomes by the first packet on a second transport. Raises Violation."""
        if self is not Transport.POLLING or packet != EnginePacket(Type.PING, PROBE):
            raise Violation("no probe")
        return Transport.PROBING

    def upgraded(self, packet: EnginePacket) -> Transport:
        """Return what it becomes by the packet after that. Raises Violation."""
        if self is not Transport.PROBING or packet.type is not Type.UPGRADE:
            raise Violation("no upgrade")
        return Transport.WEBSOCKET
