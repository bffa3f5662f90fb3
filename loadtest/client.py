"""One native session on a raw non-blocking socket."""

from __future__ import annotations

import socket

from loadtest.listener import WebSocketListener
from loadtest.tally import Tally
from loadtest.wire import SUBPROTOCOL, read_answer


class Client(WebSocketListener):
    """Shakes hands, says hello, then counts what comes. It is `ready` from `synced` on."""

    __slots__ = ("_greeting",)

    def __init__(self, connection: socket.socket, upgrade: bytes, greeting: bytes, tally: Tally) -> None:
        super().__init__(connection, upgrade, tally)
        self._greeting = greeting

    def greet(self, answer: bytes) -> None:
        """Say hello, if the server speaks the native protocol."""
        if SUBPROTOCOL.encode() in answer:
            self.send(self._greeting)
        else:
            self.refuse(answer)

    def take_answer(self, payload: bytes, now_ns: int) -> None:
        """Take a frame that is no message."""
        answer = read_answer(payload)
        if answer.t == "ok":
            self.answers.answered(answer.ref, None, now_ns)
        elif answer.t == "synced":
            self.ready = True
        elif answer.t == "error" and not self.ready:
            self.lose(f"hello: {answer.code} {answer.message}")
        elif answer.t == "error":
            self.answers.answered(answer.ref, answer.code or "error", now_ns)
