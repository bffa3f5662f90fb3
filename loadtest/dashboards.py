"""People who watch a bot over Socket.IO while it writes logs over REST: what showing a line to everybody costs."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from loadtest.crew import Crew, launch
from loadtest.hub_process import HubProcess
from loadtest.listener import WebSocketListener
from loadtest.pacer import Seats
from loadtest.rest import Asker
from loadtest.results import Aim, LoadResult
from loadtest.run import TEXT, Cast, Room, Run
from loadtest.socketio_packets import CONNECTED, OPEN, PATH, PING, PONG, connect
from loadtest.swarm import Swarm
from loadtest.tally import Account, Tally
from loadtest.terms import Terms
from loadtest.walker import mark
from loadtest.wire import upgrade

OWNER: Final = "owner"
BOT: Final = "bot"
EVENT: Final = b"42"


class Dashboard(WebSocketListener):
    """Signs in with a native token, and counts the log lines that it is shown."""

    __slots__ = ("_token",)

    def __init__(self, connection: socket.socket, opening: bytes, token: str, tally: Tally) -> None:
        super().__init__(connection, opening, tally)
        self._token = token

    def greet(self, answer: bytes) -> None:
        """Wait: Engine.IO's server speaks first."""

    def take_answer(self, payload: bytes, now_ns: int) -> None:
        """Take a packet that shows no log line."""
        if payload == PING:
            self.send(PONG)
        elif payload.startswith(CONNECTED):
            self.ready = True
        elif payload.startswith(OPEN):
            self.send(connect(token=self._token))
        elif not payload.startswith(EVENT):  # others tell of the bot's coming
            self.lose(f"unexpected packet {payload[:80]!r}")


@dataclass(frozen=True, kw_only=True)
class Dashboards:
    """A bot writes `rate_per_s` lines a second, `members` sockets of its owner are shown each.

    Of the result, a publish is a request: its processor time is that of the whole way to every dashboard.
    """

    name: str
    members: int
    rate_per_s: float
    settings: Mapping[str, str] = field(default_factory=dict)
    aims: dict[str, Aim] = field(default_factory=dict)

    def provision(self) -> dict[str, Any]:
        """Return the content of the provisioning file: somebody with a bot."""
        return {"users": [{"username": OWNER}], "bots": [{"name": BOT, "owner": OWNER}]}

    def run(self, hub: HubProcess, terms: Terms) -> LoadResult:
        """Open the dashboards, warm up, measure, and wait for what is still under way."""

        def take_part(crew: Crew) -> LoadResult:
            return self._take_part(hub, terms, crew)

        return launch(1, hub.cores, take_part, take_part)

    def _take_part(self, hub: HubProcess, terms: Terms, crew: Crew) -> LoadResult:
        tally = Tally()
        parts = urlsplit(hub.ready.http)
        host, port = parts.hostname or "127.0.0.1", parts.port or 80
        token, bot = hub.credentials["users"][OWNER]["token"], hub.credentials["bots"][BOT]
        opening = upgrade(host, port, PATH, subprotocol=None)
        with Swarm(hub.ready.ws, tally) as swarm:
            boards = swarm.gather(
                self.members, lambda _: swarm.add(host, port, lambda raw: Dashboard(raw, opening, token, tally))
            )
            room: Room[Dashboard] = Room(bot["id"], boards, Account())
            poster = swarm.add(host, port, lambda raw: Asker(raw, tally))

            def say(number: int, due_ns: int) -> Room[Dashboard]:
                poster.post(number + 1, log_line(f"{host}:{port}", bot["id"], bot["token"], due_ns))
                return room

            return Run(self, Cast(hub, swarm, [room], tally, say, seats=Seats((0,), 1)), crew).measure(terms)


def log_line(host: str, bot: int, token: str, due_ns: int) -> bytes:
    """Return the request by which a bot writes a line with the marker in it."""
    body = json.dumps({"type": "info", "message": f"{mark(due_ns)} {TEXT}"}).encode()
    head = (
        f"POST /api/bot/{bot}/logs HTTP/1.1\r\nHost: {host}\r\nX-Bot-Token: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
