"""A hub without sockets and disk, and people and bots who watch and speak over Socket.IO.

The people and bots are those of the crew: alice owns `ci` (1) and `cd` (2), bob owns `spy` (3), root administers.
"""

from __future__ import annotations

import json
from typing import Any, cast

import trio.testing
from werkzeug.datastructures import Headers

from actors.ports import People, WebSessions
from actors.values import Caller
from http_edge.dialects.botmanager import LiveFeed
from http_edge.dialects.botmanager.callers import Callers
from http_edge.dialects.botmanager.guard import Guard
from http_edge.dialects.botmanager.live import Live
from http_edge.gateway import Gateway
from http_edge.origins import Origins
from http_edge.socketio import Door, SocketServer, Terms, Visitor
from tests.dialects.botmanager.bots.crew import Crew, Sessions
from tests.fakes.sockets import FakeLine

ORIGINS = Origins()


class Socket:
    """A stock client, as far as its packets go."""

    def __init__(self, server: SocketServer, **headers: str) -> None:
        self.line = FakeLine()
        fields = Headers({name.replace("_", "-"): value for name, value in headers.items()})
        target = "/socket.io/?EIO=4&transport=websocket"
        visitor = Visitor(server, ORIGINS, target, fields, "192.0.2.1", "https://hub.example")
        self.door: Door = visitor.enter(self.line)
        self.line.take()
        self.client_id = ""

    async def joins(self, auth: dict[str, Any] | None = None) -> dict[str, Any]:
        """Join; return what it is told first."""
        await self.door.take("40" + ("" if auth is None else json.dumps(auth)))
        connected, *rest = self.hears()
        self.client_id = connected["sid"]
        (established,) = [data for name, data in rest if name == "connection_established"]
        return dict(established)

    def hears(self) -> list[Any]:
        """What was said to it since the last look: events as `(name, data)`, acknowledgements, refusals."""
        return [_read(str(packet)) for packet in self.line.take()]

    def sees(self, name: str) -> list[Any]:
        """The data of the events of this name since the last look."""
        return [said[1] for said in self.hears() if isinstance(said, tuple) and said[0] == name]

    async def says(self, name: str, data: Any = None) -> Any:
        """Say something; return what it is acknowledged with, if anything."""
        await self.door.take("427" + json.dumps([name] if data is None else [name, data]))
        said = self.hears()
        self.line_events = [each for each in said if isinstance(each, tuple)]
        ((acknowledged,),) = [each for each in said if isinstance(each, list)] or [[None]]
        return acknowledged

    def leaves(self) -> None:
        """Hang up."""
        self.door.left()


class Gallery:
    """The hub, and whoever watches."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.stage = stage = crew.stage
        self.feed = LiveFeed()
        stage.feed.behind = self.feed
        self.people: dict[str, Caller] = {caller.name: caller for caller in (crew.alice, crew.bob, crew.root)}
        sessions = cast("WebSessions", Sessions(list(self.people.values())))
        gateway, people = Gateway(stage.system), cast("People", crew.managers)
        self.callers = Callers(stage.store.accounts, sessions, gateway)
        guard = Guard(
            callers=self.callers, people=people, whereabouts=stage.attendance, gateway=gateway, origins=ORIGINS
        )
        live = Live(
            feed=self.feed,
            callers=self.callers,
            guard=guard,
            gateway=gateway,
            people=people,
            queues=stage.store.commands,
            doorbell=stage.attendance,
            clock=stage.wall,
        )
        self.server = SocketServer(live, Terms())

    def socket(self, **headers: str) -> Socket:
        """Somebody who has not joined yet."""
        return Socket(self.server, **headers)

    async def person(self, name: str) -> Socket:
        """Somebody with a cookie, who has joined."""
        socket = self.socket(Cookie=f"session_token={name}")
        await socket.joins()
        return socket

    async def bot(self, name: str, **auth: Any) -> Socket:
        """A bot, which has joined."""
        socket = self.socket()
        await socket.joins({"token": f"token-{name}", **auth})
        return socket


def _read(packet: str) -> Any:
    """An event as a pair, an acknowledgement as its list, anything else as its data."""
    head, body = packet[:2], packet[2:]
    digits = len(body) - len(body.lstrip("0123456789"))
    data: Any = json.loads(body[digits:] or "null")
    return tuple(data) if head == "42" else data


async def settle() -> None:
    """Let the actors do what is to be done."""
    await trio.testing.wait_all_tasks_blocked()
