"""One native session on a raw non-blocking socket: as little work per frame as a measurement allows."""

from __future__ import annotations

import socket
from collections.abc import Callable
from time import monotonic_ns

from loadtest.tally import Account, Tally
from loadtest.walker import CLOSE, MARKER, PING, PONG, Walker, stamps
from loadtest.wire import SUBPROTOCOL, client_frame, read_answer

READ_BYTES = 65_536


class Client:
    """Shakes hands, says hello, then counts what comes.

    `ready` is true from `synced` on; `lost` says why the connection is no more, None while it lives. `account` holds
    the messages that arrived; their latencies go to `arrivals`, those of the own publishes' answers to `answers`.
    """

    __slots__ = (
        "_greeting",
        "_head",
        "_outgoing",
        "_rearm",
        "_socket",
        "_walker",
        "account",
        "answers",
        "arrivals",
        "lost",
        "ready",
    )

    def __init__(self, connection: socket.socket, upgrade: bytes, greeting: bytes, tally: Tally) -> None:
        self._socket = connection
        self._outgoing = bytearray(upgrade)
        self._greeting = greeting
        self.answers = self.arrivals = tally
        self._walker = Walker()
        self._head: bytes | None = b""
        self._rearm: Callable[[bool], None] = lambda writing: None
        self.account = Account()
        self.ready = False
        self.lost: str | None = None

    def on_rearm(self, rearm: Callable[[bool], None]) -> None:
        """Set what is called when the client begins (True) or ceases (False) to wait for its socket to take bytes."""
        self._rearm = rearm

    def send(self, frame: bytes) -> None:
        """Send now, or as soon as the socket takes it; frames never interleave."""
        if self.lost is not None:
            return
        waiting = bool(self._outgoing)
        self._outgoing += frame
        if not waiting:
            self._flush()
            if self._outgoing and self.lost is None:
                self._rearm(True)

    def writable(self) -> None:
        """Send what waits: the socket takes bytes again."""
        self._flush()
        if not self._outgoing and self.lost is None:
            self._rearm(False)

    def _flush(self) -> None:
        try:
            sent = self._socket.send(self._outgoing)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(f"send: {error.strerror}")
            return
        del self._outgoing[:sent]

    def readable(self) -> None:
        """Take what arrived."""
        try:
            chunk = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(f"receive: {error.strerror}")
            return
        if not chunk:
            self.lose("closed by the hub")
        elif self._head is None:
            self._take(chunk)
        else:
            self._take_handshake(self._head + chunk)

    def lose(self, reason: str) -> None:
        """End the connection; the first reason stays."""
        if self.lost is None:
            self.lost = reason
            self.ready = False
            self._socket.close()

    def _take(self, chunk: bytes) -> None:
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
            self._take(rest)

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
