"""The NATS client protocol, as much of it as a member of a room needs.

A room is a subject that a JetStream stream keeps as well; a publish asks for the stream's word on a subject of its own,
whose last part is the `ref`.
"""

from __future__ import annotations

import json
import re
import socket
from time import monotonic_ns
from typing import Final

from loadtest.contest.contestant import Seat, Speaker
from loadtest.tally import Tally
from loadtest.walker import mark, stamps

STREAM: Final = "rooms"
SUBJECTS: Final = "room.*"
TIMEOUT_S: Final = 5.0
BYTES: Final = 65_536

_MESSAGE: Final = re.compile(rb"MSG (\S+) \S+ (?:\S* )?([0-9]+)\r\n")  # JetStream leaves the reply subject empty
_PLAIN: Final = b"CONNECT {}\r\n"


def greeting(seat: Seat) -> bytes:
    """Return what connects, enters the room, listens for acknowledgements, and asks for a sign that all is done."""
    inbox = f"ack.{seat.name}.*"
    return b'CONNECT {"verbose":false}\r\nSUB room.%b 1\r\nSUB %b 2\r\nPING\r\n' % (
        seat.room_name.encode(),
        inbox.encode(),
    )


def publish(seat: Seat, ref: int, due_ns: int, text: str) -> bytes:
    """Return what says `text` with the marker before it and asks for the stream's word."""
    body = f"{mark(due_ns)} {text}".encode()
    return b"PUB room.%b ack.%b.%d %d\r\n%b\r\n" % (
        seat.room_name.encode(),
        seat.name.encode(),
        ref,
        len(body),
        body,
    )


class NatsSpeaker(Speaker):
    """Connects and subscribes, and is ready when the server has done so."""

    __slots__ = ("_acks", "_rest", "_seat")

    def __init__(self, connection: socket.socket, seat: Seat, tally: Tally) -> None:
        super().__init__(connection, greeting(seat), tally)
        self._seat = seat
        self._acks = f"ack.{seat.name}.".encode()
        self._rest = b""

    def take(self, chunk: bytes) -> None:
        """Take protocol lines and messages."""
        now_ns = monotonic_ns()
        data = self._rest + chunk
        at = 0
        while (end := data.find(b"\r\n", at)) >= 0:
            message = _MESSAGE.match(data, at)
            if message is None:
                self._take_line(data[at:end])
                at = end + 2
                continue
            after = message.end() + int(message[2]) + 2
            if after > len(data):
                break
            self._take_answer(message[1], now_ns)
            at = after
        self._rest = data[at:]
        found = stamps(data, at)
        if found:
            self.hear(found, now_ns)

    def say(self, ref: int, due_ns: int, text: str) -> None:
        """Publish."""
        self.send(publish(self._seat, ref, due_ns, text))

    def _take_line(self, line: bytes) -> None:
        if line == b"PING":
            self.send(b"PONG\r\n")
        elif line == b"PONG":
            self.ready = True
        elif line.startswith(b"-ERR"):
            self.lose(line.decode(errors="replace"))

    def _take_answer(self, subject: bytes, now_ns: int) -> None:
        if subject.startswith(self._acks):
            self.answers.answered(int(subject[len(self._acks) :]), None, now_ns)


def ask(where: tuple[str, int], subject: str, content: dict[str, object]) -> dict[str, object]:
    """Ask JetStream and return its answer; blocks. Raises OSError when none comes within five seconds."""
    body = json.dumps(content).encode()
    request = b"%bSUB answer 1\r\nPUB %b answer %d\r\n%b\r\n" % (_PLAIN, subject.encode(), len(body), body)
    with socket.create_connection(where, timeout=TIMEOUT_S) as raw:
        raw.sendall(request)
        data = b""
        while True:
            message = _MESSAGE.search(data)
            if message is not None and len(data) >= message.end() + int(message[2]):
                answer: dict[str, object] = json.loads(data[message.end() : message.end() + int(message[2])])
                return answer
            data += raw.recv(BYTES)
