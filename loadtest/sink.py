"""Where the webhooks of a load go: a small HTTP server on the swarm's own sockets, which answers at once."""

from __future__ import annotations

import re
import socket
from collections import Counter, defaultdict
from time import monotonic_ns
from typing import Final, NamedTuple

from loadtest.connection import DONE, Connection
from loadtest.recorder import Recorder
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.walker import stamps

BACKLOG: Final = 128
REPLY: Final = b"noted"

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_ID: Final = re.compile(rb"\r\nwebhook-id: *([!-~]+)", re.IGNORECASE)


class Call(NamedTuple):
    """One request: to which path, under which id, and the marker of the message that it tells of."""

    path: str
    id: str
    stamp: int


class Sink:
    """What was called. `called` holds the markers by path; `repeated` calls came under an id that had come before.

    `strange` are requests that were no such call. `latency` is from when the message was due, and counts from
    `tally.measure_from_ns` on.
    """

    def __init__(self, tally: Tally, *, replies: bool) -> None:
        self._tally = tally
        self._ids: set[str] = set()
        self.replies = replies
        self.called: defaultdict[str, Account] = defaultdict(Account)
        self.latency = Recorder()
        self.repeated = 0
        self.strange = 0

    @property
    def calls(self) -> int:
        """How many calls came, each once."""
        return len(self._ids)

    def take(self, call: Call | None, now_ns: int) -> None:
        """Enter a request; None is one that is no call."""
        if call is None:
            self.strange += 1
        elif call.id in self._ids:
            self.repeated += 1
        else:
            self._ids.add(call.id)
            self.called[call.path].add([call.stamp])
            if call.stamp >= self._tally.measure_from_ns:
                self.latency.add(now_ns - call.stamp)

    def answer(self) -> bytes:
        """Return what every request is answered with."""
        if not self.replies:
            return b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {len(REPLY)}\r\nconnection: close"
        return head.encode() + b"\r\n\r\n" + REPLY


def read_call(data: bytes) -> Call | NotYet | None:
    """Return the request in `data`, None when it is no call, NOT_YET when it is not whole."""
    head, end, body = data.partition(b"\r\n\r\n")
    length, name = _LENGTH.search(head), _ID.search(head)
    if not end or (length is not None and len(body) < int(length[1])):
        return NOT_YET
    marks = stamps(body, len(body))
    if name is None or not marks or not head.startswith(b"POST "):
        return None
    return Call(head.split(b" ", 2)[1].decode(), name[1].decode(), marks[0])


class NotYet:
    """A request whose end has not arrived."""


NOT_YET: Final = NotYet()


class Caller(Connection):
    """A connection of the hub to the sink: one request. That it ends is no loss."""

    __slots__ = ("_data", "_sink")

    def __init__(self, connection: socket.socket, sink: Sink) -> None:
        super().__init__(connection)
        self._sink = sink
        self._data = b""

    def take(self, chunk: bytes) -> None:
        """Take a part of the request."""
        self._data += chunk
        call = read_call(self._data)
        if not isinstance(call, NotYet):
            self._data = b""
            self._sink.take(call, monotonic_ns())
            self.send(self._sink.answer())

    def lose(self, reason: str) -> None:
        """End, as every caller does in the end."""
        super().lose(DONE)


class Door(Connection):
    """Listens for callers on a port of its own of 127.0.0.1."""

    __slots__ = ("_sink", "_swarm")

    def __init__(self, listener: socket.socket, swarm: Swarm, sink: Sink) -> None:
        super().__init__(listener)
        self._swarm = swarm
        self._sink = sink

    def readable(self) -> None:
        """Let one in; the swarm comes again for the next."""
        try:
            raw, _ = self._socket.accept()
        except OSError:
            return  # gone before it was let in
        raw.setblocking(False)
        self._swarm.serve(raw, Caller(raw, self._sink))

    def take(self, chunk: bytes) -> None:
        """Nothing is ever said to a listener."""


def open_sink(swarm: Swarm, sink: Sink) -> str:
    """Have the swarm serve `sink`, and return its address, to which a path is added."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=BACKLOG)
    listener.setblocking(False)
    swarm.serve(listener, Door(listener, swarm, sink))
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def differences(expected: dict[str, Account], called: dict[str, Account]) -> Counter[str]:
    """Return how many paths were not called exactly once for each message, and how many calls are missing."""
    found: Counter[str] = Counter()
    for path, account in expected.items():
        if not called.get(path, Account()).agrees(account):
            found["paths"] += 1
            found["missing"] += max(0, account.count - called.get(path, Account()).count)
    return found
