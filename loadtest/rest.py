"""What a bot says to a hub over HTTP, and what it understands of the answers: AuroriaLink, on raw bytes."""

from __future__ import annotations

import re
import socket
from collections import deque
from time import monotonic_ns
from typing import Final, NamedTuple
from urllib.parse import urlencode

from loadtest.connection import Connection
from loadtest.tally import Tally
from loadtest.walker import mark

PATH: Final = "/app/bot_api.php?route=api_messenger"
COMMITTED: Final = b'{"return_code": 0}'
QUOTED: Final = 100

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    body: bytes

    @property
    def problem(self) -> str | None:
        """Why it does not say that the message is on disk; None when it does."""
        if self.status == 200 and self.body == COMMITTED:
            return None
        return f"HTTP {self.status} {self.body[:QUOTED].decode(errors='replace')}".rstrip()


def message_fields(key: str, due_ns: int, text: str) -> dict[str, str]:
    """Return the fields of a form that says `text` with the marker before it."""
    return {"key_access": key, "type_action": "add_message", "content_message": f"{mark(due_ns)} {text}"}


def add_message(host: str, key: str, due_ns: int, text: str) -> bytes:
    """Return the request that says `text` with the marker before it."""
    body = urlencode(message_fields(key, due_ns, text)).encode()
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def read_answer(data: bytes) -> tuple[Answer | None, bytes]:
    """Return the first response, if it is whole, and what follows it. Raises ValueError for one without a length."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None, data
    length = _LENGTH.search(head)
    if length is None:
        raise ValueError("an answer without a length")
    size = int(length[1])
    if len(rest) < size:
        return None, data
    return Answer(int(head.split(b" ", 2)[1]), rest[:size]), rest[size:]


class Poster(Connection):
    """One bot's keep-alive connection: a request at a time, and those that are due meanwhile wait for their turn."""

    __slots__ = ("_asked", "_rest", "_tally", "_waiting")

    def __init__(self, connection: socket.socket, tally: Tally) -> None:
        super().__init__(connection)
        self._tally = tally
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._asked: int | None = None
        self._rest = b""

    def post(self, ref: int, request: bytes) -> None:
        """Send a request in its turn; the tally hears of its answer under `ref`."""
        self._waiting.append((ref, request))
        if self._asked is None:
            self._send_next()

    def take(self, chunk: bytes) -> None:
        """Take a part of an answer."""
        try:
            answer, self._rest = read_answer(self._rest + chunk)
        except ValueError as error:
            self.lose(str(error))
            return
        if answer is not None:
            self._tally.answered(self._asked, self.problem_of(answer), monotonic_ns())
            self._asked = None
            if self._waiting:
                self._send_next()

    def problem_of(self, answer: Answer) -> str | None:
        """Return why it is not what was asked for; None when it is."""
        return answer.problem

    def _send_next(self) -> None:
        self._asked, request = self._waiting.popleft()
        self.send(request)


class Asker(Poster):
    """Such a connection on which anything is asked for: an answer is good when its status is 200."""

    __slots__ = ()

    def problem_of(self, answer: Answer) -> str | None:
        """Return the status, unless it is 200."""
        return None if answer.status == 200 else f"HTTP {answer.status}"
