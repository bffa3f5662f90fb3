"""Whether a hub that holds many sessions still answers at once: a publish and a `GET /up` in turns, on time."""

from __future__ import annotations

from time import monotonic_ns
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from loadtest.client import Client
from loadtest.pacer import NS, Pacer
from loadtest.recorder import Percentiles
from loadtest.rest import Asker
from loadtest.server_process import ServerProcess
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.wire import publish

RATE_PER_S: Final = 20.0
"""Of each of the two: below what the hub grants a session, and no load."""
PATIENCE_NS: Final = 3 * NS
POLL_S: Final = 0.1
TEXT: Final = "is anybody there?"


class Signs(NamedTuple):
    """How long the answers took, from when they were due to be asked for, and what went wrong."""

    acks: Percentiles
    up: Percentiles
    problems: list[str]


class Liveness:
    """Asks as one session that is signed in, which says what it says in one conversation, and over HTTP."""

    def __init__(self, server: ServerProcess, swarm: Swarm, client: Client, conv: int) -> None:
        parts = urlsplit(server.ready.http)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        self._request = f"GET /up HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        self._swarm = swarm
        self._client = client
        self._conv = conv
        self._publishes, self._looks = Tally(), Tally()
        client.answers = self._publishes
        self._asker = swarm.add(host, port, lambda raw: Asker(raw, self._looks))

    def watch(self, seconds: float) -> Signs:
        """Ask for so long, wait for the last answers, and tell."""
        pacer = Pacer(2 * RATE_PER_S, seconds, monotonic_ns())
        while monotonic_ns() < pacer.end_ns or (self._waits() and monotonic_ns() < pacer.end_ns + PATIENCE_NS):
            for number, due_ns in pacer.due(monotonic_ns()):
                self._ask(number, due_ns)
            until_ns = pacer.next_ns() or pacer.end_ns
            self._swarm.pump(min(max(until_ns - monotonic_ns(), 0) / NS, POLL_S))
        problems = [*_problems("publishes", self._publishes), *_problems("GET /up", self._looks)]
        return Signs(self._publishes.ack_latency.percentiles(), self._looks.ack_latency.percentiles(), problems)

    def _ask(self, number: int, due_ns: int) -> None:
        ref = number + 1
        if number % 2:
            self._looks.sent(ref, due_ns, monotonic_ns(), Account())
            self._asker.post(ref, self._request)
        else:
            self._publishes.sent(ref, due_ns, monotonic_ns(), Account())
            self._client.send(publish(self._conv, ref, due_ns, TEXT))

    def _waits(self) -> int:
        return self._publishes.unanswered + self._looks.unanswered


def _problems(what: str, tally: Tally) -> list[str]:
    problems = [f"{count} {what} answered {code}" for code, count in sorted(tally.errors.items())]
    return [*problems, f"{tally.unanswered} {what} never answered"] if tally.unanswered else problems
