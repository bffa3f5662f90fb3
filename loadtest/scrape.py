"""One look at the hub's `/metrics`, taken by the swarm in passing: the generator never waits for it."""

from __future__ import annotations

import socket
from typing import Final

from loadtest.connection import DONE, Connection
from loadtest.exposition import Metrics, parse
from loadtest.rest import read_answer

EMPTY: Final[Metrics] = {}


class Scrape(Connection):
    """`metrics` is None until the answer is there, and empty when it is none: not every hub tells."""

    __slots__ = ("_rest", "metrics")

    def __init__(self, connection: socket.socket, host: str) -> None:
        super().__init__(connection, f"GET /metrics HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        self._rest = b""
        self.metrics: Metrics | None = None

    def take(self, chunk: bytes) -> None:
        """Take a part of the answer."""
        try:
            answer, self._rest = read_answer(self._rest + chunk)
        except ValueError as error:
            self.lose(str(error))
            return
        if answer is not None:
            self.metrics = parse(answer.body.decode(errors="replace")) if answer.status == 200 else EMPTY
            self.lose(DONE)

    def lose(self, reason: str) -> None:
        """End, which is never a loss: the load goes on without."""
        super().lose(DONE)
        if self.metrics is None:
            self.metrics = EMPTY
