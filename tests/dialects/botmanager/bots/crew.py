"""A hub without sockets and disk whose edge speaks the parts of Bot Manager that bots live by.

alice (user 1) owns the bots `ci` (1) and `cd` (2), bob (2) owns `spy` (3), root (3) administers the hub. A cookie is
the name of its user, a bot's token is `token-NAME`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, cast

import trio
from prometheus_client import CollectorRegistry

from actors.ports import People, WebSessions
from actors.values import Caller, WebSession
from http_edge.app import create_app
from http_edge.dialects.botmanager import BotManager
from http_edge.dialects.botmanager.bots import BotSection
from http_edge.dialects.botmanager.bridging import Bridging
from http_edge.dialects.botmanager.callers import Callers
from http_edge.dialects.botmanager.commands import CommandSection
from http_edge.dialects.botmanager.guard import Guard
from http_edge.gateway import Gateway
from http_edge.origins import Origins
from tests.fakes.edge import Answer, HttpClient
from tests.fakes.managers import FakeManagers
from tests.fakes.stage import Stage

CI, CD, SPY = "1", "2", "3"
NOW = "2023-11-14T22:13:20.000Z"
"""The time at which virtual clocks begin."""


class Operations:
    """An `OpsPort` of a hub that is well."""

    registry = CollectorRegistry()

    def health(self) -> str | None:
        return None


class Sessions:
    """The part of `WebSessions` that is asked for: a cookie is the name of its user."""

    def __init__(self, people: Sequence[Caller]) -> None:
        self._people = {caller.name: caller for caller in people}

    async def find(self, token: str) -> WebSession | None:
        await trio.lowlevel.checkpoint()
        caller = self._people.get(token)
        return None if caller is None else WebSession(f"session of {token}", caller, 10**15)


class Reply:
    """An answer, read as JSON."""

    def __init__(self, answer: Answer) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.json: Any = json.loads(answer.body)

    def __eq__(self, other: object) -> bool:
        return (self.status, self.json) == other

    def __repr__(self) -> str:
        return f"{self.status} {self.json}"


class Crew:
    """The hub, and everybody who calls it."""

    def __init__(self, *, is_open: bool = False, **options: Any) -> None:
        self.stage = Stage(**options)
        store = self.stage.store
        self.alice, self.bob = store.add_user("alice"), store.add_user("bob")
        self.root = store.add_user("root", role="admin")
        for name, owner in (("ci", self.alice), ("cd", self.alice), ("spy", self.bob)):
            store.add_bot(name, owner)
        self.managers = FakeManagers(store.accounts)
        self.settings = store.bot_settings
        gateway, people = Gateway(self.stage.system), cast("People", self.managers)
        sessions = cast("WebSessions", Sessions([self.alice, self.bob, self.root]))
        attendance, commands = self.stage.attendance, store.commands
        guard = Guard(
            callers=Callers(store.accounts, sessions, gateway),
            people=people,
            whereabouts=attendance,
            gateway=gateway,
            origins=Origins(),
            opens_bot_endpoints=is_open,
        )
        section = CommandSection(
            guard=guard,
            gateway=gateway,
            queues=commands,
            people=people,
            whereabouts=attendance,
            clock=self.stage.wall,
        )
        bots = BotSection(
            gateway=gateway,
            people=people,
            whereabouts=attendance,
            commands=commands,
            settings=self.settings,
            numbers=store.numbers,
            bridging=Bridging(store.library, store.accounts, gateway),
        )
        dialect = BotManager(guard, [section, bots])
        self._http = HttpClient(create_app(Operations(), dialects=[dialect.dialect()]))

    async def asks(
        self, method: str, path: str, body: Any = None, *, cookie: str | None = None, token: str | None = None
    ) -> Reply:
        """Send a request, by a cookie or by a bot's token in a header."""
        headers = {"Host": "hub.example"}
        if cookie is not None:
            headers["Cookie"] = f"session_token={cookie}"
        if token is not None:
            headers["X-Bot-Token"] = f"token-{token}"
        content = b""
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = json.dumps(body).encode()
        return Reply(await self._http.request(method, path, content, headers))

    async def queue(self, type: str = "do", bot: str = CI, **payload: Any) -> str:
        """Have alice queue a command, and return its id."""
        answer = await self.asks(
            "POST", f"/api/bot/{bot}/send-command", {"type": type, "payload": payload}, cookie="alice"
        )
        assert answer.status == 200, answer
        return str(answer.json["command"]["id"])

    async def polls(self, query: str = "") -> list[str]:
        """Have ci fetch its commands, and return their ids."""
        answer = await self.asks("GET", f"/api/bot/{CI}/commands{query}", token="ci")
        assert answer.status == 200, answer
        return [command["id"] for command in answer.json["commands"]]

    def events(self, name: str) -> list[dict[str, Any]]:
        """What those who watch were shown of this kind, since the last look."""
        shown = [one.payload for one in self.stage.feed.shown if one.event == name]
        self.stage.feed.shown[:] = [one for one in self.stage.feed.shown if one.event != name]
        return shown


async def open_crew(nursery: trio.Nursery, **options: Any) -> Crew:
    """Build a crew and start its actors."""
    crew = Crew(**options)
    await nursery.start(crew.stage.system.run)
    return crew
