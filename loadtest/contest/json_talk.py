"""What is said to the peers that speak JSON over plain WebSocket, and what is understood of their answers.

`{"join": room, "name": …}` → `{"joined": room}`; `{"ref": n, "room": …, "body": …}` → `{"ok": n, "id": …}`, and to each
member `{"id": …, "room": …, "from": …, "at": …, "body": …}`.
"""

from __future__ import annotations

import json
import socket

import msgspec
from msgspec import Struct

from loadtest.contest.contestant import Seat, Speaker
from loadtest.listener import WebSocketListener
from loadtest.tally import Tally
from loadtest.walker import TEXT, mark
from loadtest.wire import client_frame


class Answer(Struct):
    """The keys of an answer that a measurement looks at."""

    ok: int | None = None
    joined: str | None = None


read_answer = msgspec.json.Decoder(Answer).decode


def join(seat: Seat) -> bytes:
    """Return the frame that enters the room."""
    return _frame({"join": seat.room_name, "name": seat.name})


def publish(seat: Seat, ref: int, due_ns: int, text: str) -> bytes:
    """Return the frame that says `text` with the marker before it."""
    return _frame({"ref": ref, "room": seat.room_name, "body": f"{mark(due_ns)} {text}"})


class JsonSpeaker(WebSocketListener, Speaker):
    """Shakes hands, joins its room, and is ready when that is answered."""

    __slots__ = ("_seat",)

    def __init__(self, connection: socket.socket, upgrade: bytes, seat: Seat, tally: Tally) -> None:
        super().__init__(connection, upgrade, tally)
        self._seat = seat

    def greet(self, answer: bytes) -> None:
        """Join the room."""
        self.send(join(self._seat))

    def take_answer(self, payload: bytes, now_ns: int) -> None:
        """Take a frame that is no message."""
        answer = read_answer(payload)
        if answer.ok is not None:
            self.answers.answered(answer.ok, None, now_ns)
        elif answer.joined is not None:
            self.ready = True

    def say(self, ref: int, due_ns: int, text: str) -> None:
        """Publish."""
        self.send(publish(self._seat, ref, due_ns, text))


def _frame(content: dict[str, object]) -> bytes:
    return client_frame(json.dumps(content, separators=(",", ":")).encode(), TEXT)
