"""A session on a raw non-blocking socket, whatever it speaks: as little work per frame as a measurement allows."""

from __future__ import annotations

import socket
from abc import abstractmethod
from time import monotonic_ns

from loadtest.connection import Connection
from loadtest.tally import Account, Tally
from loadtest.walker import CLOSE, MARKER, PING, PONG, Walker, stamps
from loadtest.wire import client_frame


class Listener(Connection):
    """Introduces itself, then counts what comes.

    `ready` is true from when the server has taken it in, while the connection lives. `account` holds the messages that
    arrived; their latencies go to `arrivals`, those of the own publishes' answers to `answers`.
    """

    __slots__ = ("account", "answers", "arrivals", "ready")

    def __init__(self, connection: socket.socket, opening: bytes, tally: Tally) -> None:
        super().__init__(connection, opening)
        self.answers = self.arrivals = tally
        self.account = Account()
        self.ready = False

    def lose(self, reason: str) -> None:
        """End the connection; the first reason stays."""
        super().lose(reason)
        self.ready = False

    def hear(self, found: list[int], now_ns: int) -> None:
        """Enter messages with these markers."""
        self.account.add(found)
        self.arrivals.arrived(found, now_ns)


class WebSocketListener(Listener):
    """Shakes hands and walks the frames: those with a marker are messages, the others are looked into.

    `closed` is the code that the server closed with, 0 while it did not.
    """

    __slots__ = ("_head", "_walker", "closed")

    def __init__(self, connection: socket.socket, upgrade: bytes, tally: Tally) -> None:
        super().__init__(connection, upgrade, tally)
        self._walker = Walker()
        self._head: bytes | None = b""
        self.closed = 0

    @abstractmethod
    def greet(self, answer: bytes) -> None:
        """The handshake was answered with 101, and these headers: say who this is, or `lose`."""

    @abstractmethod
    def take_answer(self, payload: bytes, now_ns: int) -> None:
        """Take a message of the server that holds no marker."""

    def take(self, chunk: bytes) -> None:
        """Take a part of the handshake, or frames."""
        if self._head is None:
            self._take_frames(chunk)
        else:
            self._take_handshake(self._head + chunk)

    def refuse(self, answer: bytes) -> None:
        """End the connection: the handshake was not answered as it must be."""
        self.lose(f"refused: {answer.splitlines()[0].decode(errors='replace')}")

    def _take_frames(self, chunk: bytes) -> None:
        now_ns = monotonic_ns()
        data, frames = self._walker.feed(chunk)
        if not frames:
            return
        found = stamps(data, frames[-1].end)
        if found:
            self.hear(found, now_ns)
        if len(found) < len(frames):
            for frame in frames:
                if MARKER.search(data, frame.start, frame.end) is None:
                    self._take_other(frame.opcode, data[frame.start : frame.end], now_ns)

    def _take_handshake(self, head: bytes) -> None:
        answer, end, rest = head.partition(b"\r\n\r\n")
        if not end:
            self._head = head
            return
        if not answer.startswith(b"HTTP/1.1 101"):
            self.refuse(answer)
            return
        self._head = None
        self.greet(answer)
        if rest and self.lost is None:
            self._take_frames(rest)

    def _take_other(self, opcode: int, payload: bytes, now_ns: int) -> None:
        if opcode == PING:
            self.send(client_frame(payload, PONG))
        elif opcode == CLOSE:
            self.closed = int.from_bytes(payload[:2], "big")
            self.lose(f"closed with {self.closed} {payload[2:].decode(errors='replace')}".strip())
        elif opcode != PONG:
            self.take_answer(payload, now_ns)
