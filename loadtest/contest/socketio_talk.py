"""Engine.IO 4 and Socket.IO 5 over one WebSocket, as much of both as a member of a room needs.

A frame is one Engine.IO packet: its type, a digit, then for a message (`4`) the Socket.IO packet: again a digit, the
number of the acknowledgement that it asks for or is, and JSON.
"""

from __future__ import annotations

import json
import re
import socket
from typing import Final

from loadtest.contest.contestant import Seat, Speaker
from loadtest.listener import WebSocketListener
from loadtest.socketio_packets import CONNECTED, OPEN, PING, PONG, connect
from loadtest.tally import Tally
from loadtest.walker import TEXT, mark
from loadtest.wire import client_frame

JOIN_REF: Final = 0  # publishes count from 1

_ACK: Final = re.compile(rb"43([0-9]+)\[")


def join(seat: Seat) -> bytes:
    """Return the frame that enters the room; its acknowledgement is number 0."""
    return event(JOIN_REF, "join", seat.room_name, seat.name)


def publish(seat: Seat, ref: int, due_ns: int, text: str) -> bytes:
    """Return the frame that says `text` with the marker before it."""
    return event(ref, "publish", seat.room_name, f"{mark(due_ns)} {text}")


def event(ref: int, *content: str) -> bytes:
    """Return the frame of an event that asks for the acknowledgement `ref`."""
    return client_frame(b"42%d%b" % (ref, json.dumps(content, separators=(",", ":")).encode()), TEXT)


class SocketIoSpeaker(WebSocketListener, Speaker):
    """Opens both layers, joins its room, and is ready when that is acknowledged."""

    __slots__ = ("_seat",)

    def __init__(self, connection: socket.socket, upgrade: bytes, seat: Seat, tally: Tally) -> None:
        super().__init__(connection, upgrade, tally)
        self._seat = seat

    def greet(self, answer: bytes) -> None:
        """Wait: Engine.IO's server speaks first."""

    def take_answer(self, payload: bytes, now_ns: int) -> None:
        """Take a packet that is no message of a room."""
        acknowledged = _ACK.match(payload)
        if acknowledged is not None:
            self._take_ack(int(acknowledged[1]), now_ns)
        elif payload == PING:
            self.send(PONG)
        elif payload.startswith(CONNECTED):
            self.send(join(self._seat))
        elif payload.startswith(OPEN):
            self.send(connect())
        else:
            self.lose(f"unexpected packet {payload[:80]!r}")

    def say(self, ref: int, due_ns: int, text: str) -> None:
        """Publish."""
        self.send(publish(self._seat, ref, due_ns, text))

    def _take_ack(self, ref: int, now_ns: int) -> None:
        if ref == JOIN_REF:
            self.ready = True
        else:
            self.answers.answered(ref, None, now_ns)
