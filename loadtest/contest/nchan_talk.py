"""nchan over WebSocket: a channel's URL is both where one listens and where one speaks. It acknowledges nothing.

So a message counts as acknowledged when it comes back to the one who sent it.
"""

from __future__ import annotations

import socket

from loadtest.contest.contestant import Speaker
from loadtest.listener import WebSocketListener
from loadtest.tally import Tally
from loadtest.walker import TEXT, mark
from loadtest.wire import client_frame


def publish(due_ns: int, text: str) -> bytes:
    """Return the frame that says `text` with the marker before it."""
    return client_frame(f"{mark(due_ns)} {text}".encode(), TEXT)


class NchanSpeaker(WebSocketListener, Speaker):
    """Is in the room as soon as the handshake is answered."""

    __slots__ = ("_unheard",)

    def __init__(self, connection: socket.socket, upgrade: bytes, tally: Tally) -> None:
        super().__init__(connection, upgrade, tally)
        self._unheard: dict[int, int] = {}

    def greet(self, answer: bytes) -> None:
        """Be ready: there is nothing to say."""
        self.ready = True

    def take_answer(self, payload: bytes, now_ns: int) -> None:
        """End: a channel carries nothing but messages."""
        self.lose(f"unexpected message {payload[:80]!r}")

    def hear(self, found: list[int], now_ns: int) -> None:
        """Enter messages, and the own ones among them as acknowledged."""
        super().hear(found, now_ns)
        if self._unheard:
            for due_ns in found:
                ref = self._unheard.pop(due_ns, None)
                if ref is not None:
                    self.answers.answered(ref, None, now_ns)

    def say(self, ref: int, due_ns: int, text: str) -> None:
        """Publish."""
        self._unheard[due_ns] = ref
        self.send(publish(due_ns, text))
