"""One native session on a raw non-blocking socket: as little work per frame as a measurement allows."""

from __future__ import annotations

import socket
from time import monotonic_ns

from loadtest.connection import Connection
from loadtest.tally import Account, Tally
from loadtest.walker import CLOSE, MARKER, PING, PONG, Walker, stamps
from loadtest.wire import SUBPROTOCOL, client_frame, read_answer


class Client(Connection):
    """Shakes hands, says hello, then counts what comes.

    `ready` is true from `synced` on, while the connection lives. `account` holds the messages that arrived; their
    latencies go to `arrivals`, those of the own publishes' answers to `answers`.
    """

    __slots__ = ("_greeting", "_head", "_walker", "account", "answers", "arrivals", "ready")

    def __init__(self, connection: socket.socket, upgrade: bytes, greeting: bytes, tally: Tally) -> None:
        super().__init__(connection, upgrade)
        self._greeting = greeting
        self.answers = self.arrivals = tally
        self._walker = Walker()
        self._head: bytes | None = b""
        self.account = Account()
        self.ready = False

    def take(self, chunk: bytes) -> None:
        """Take a part of the handshake, or frames."""
        if self._head is None:
            self._take_frames(chunk)
        else:
            self._take_handshake(self._head + chunk)

    def lose(self, reason: str) -> None:
        """End the connection; the first reason stays."""
        super().lose(reason)
        self.ready = False

    def _take_frames(self, chunk: bytes) -> None:
        now_ns = monotonic_ns()
        data, frames = self._walker.feed(chunk)
        if not frames:
            return
        found = stamps(data, frames[-1].end)
        if found:
            self.account.add(found)
            self.arrivals.arrived(found, now_ns)
        if len(found) < len(frames):
            for frame in frames:
                if MARKER.search(data, frame.start, frame.end) is None:
                    self._take_other(frame.opcode, data[frame.start : frame.end], now_ns)

    def _take_handshake(self, head: bytes) -> None:
        answer, end, rest = head.partition(b"\r\n\r\n")
        if not end:
            self._head = head
            return
        if not answer.startswith(b"HTTP/1.1 101") or SUBPROTOCOL.encode() not in answer:
            self.lose(f"refused: {answer.splitlines()[0].decode(errors='replace')}")
            return
        self._head = None
        self.send(self._greeting)
        if rest:
            self._take_frames(rest)

    def _take_other(self, opcode: int, payload: bytes, now_ns: int) -> None:
        if opcode == PING:
            self.send(client_frame(payload, PONG))
        elif opcode == CLOSE:
            self.lose(
                f"closed with {int.from_bytes(payload[:2], 'big')} {payload[2:].decode(errors='replace')}".strip()
            )
        elif opcode != PONG:
            self._take_answer(payload, now_ns)

    def _take_answer(self, payload: bytes, now_ns: int) -> None:
        answer = read_answer(payload)
        if answer.t == "ok":
            self.answers.answered(answer.ref, None, now_ns)
        elif answer.t == "synced":
            self.ready = True
        elif answer.t == "error" and not self.ready:
            self.lose(f"hello: {answer.code} {answer.message}")
        elif answer.t == "error":
            self.answers.answered(answer.ref, answer.code or "error", now_ns)
