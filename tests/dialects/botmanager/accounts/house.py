"""A hub without sockets and disk whose edge speaks Bot Manager, and programs that call it."""

from __future__ import annotations

import json
from http.cookies import SimpleCookie
from typing import Any

from prometheus_client import CollectorRegistry

from http_edge.app import create_app
from http_edge.dialects.botmanager import Parts, assemble
from http_edge.gateway import Gateway
from http_edge.origins import Origins
from http_edge.peers import Peers
from tests.fakes.edge import Answer, HttpClient
from tests.fakes.stage import Stage

PASSWORD = "correct horse"
BASE = "https://hub.example"
ALLOWED, CORS, FOREIGN = "https://board.example", "https://cors.example", "https://evil.example"


class Operations:
    """An `OpsPort` of a hub; `trouble` is why it takes no writes."""

    registry = CollectorRegistry()
    trouble: str | None = None

    def health(self) -> str | None:
        return self.trouble


class Reply:
    """An answer, read as JSON. Equal to its status and content."""

    def __init__(self, status: int, body: bytes, headers: Any) -> None:
        self.status = status
        self.headers = headers
        self.json: Any = json.loads(body)

    def __eq__(self, other: object) -> bool:
        return (self.status, self.json) == other

    def __repr__(self) -> str:
        return f"{self.status} {self.json}"

    @property
    def cookie(self) -> Any:
        """The session's cookie with its attributes, None when none is set."""
        return SimpleCookie(self.headers.get("Set-Cookie", "")).get("session_token")


class Program:
    """A client that keeps its cookie, as browsers and `requests` do, and says nothing of itself unless told to."""

    def __init__(self, house: House, address: str = "192.0.2.1", cookie: str | None = None, scheme: str = "https"):
        self._http = HttpClient(house.app, address, scheme)
        self.cookie = cookie

    async def ask(self, method: str, path: str, content: bytes | str = b"", **headers: str) -> Reply:
        """Send a request; `Content_Type="…"`."""
        sent = {"Host": "hub.example"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if self.cookie is not None:
            sent["Cookie"] = f"session_token={self.cookie}"
        reply = Reply(*await self._http.request(method, path, content, sent))
        if reply.cookie is not None:
            self.cookie = reply.cookie.value or None
        return reply

    async def get(self, path: str, **headers: str) -> Reply:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> Reply:
        return await self.send("POST", path, body, **headers)

    async def put(self, path: str, body: Any = None, **headers: str) -> Reply:
        return await self.send("PUT", path, body, **headers)

    async def delete(self, path: str, **headers: str) -> Reply:
        return await self.ask("DELETE", path, **headers)

    async def send(self, method: str, path: str, body: Any, **headers: str) -> Reply:
        """Send JSON, or nothing for None."""
        if body is None:
            return await self.ask(method, path, **headers)
        return await self.ask(method, path, json.dumps(body), Content_Type="application/json", **headers)


class House:
    """The hub."""

    def __init__(self, *, open_to_all: bool = True, open_bots: bool = False, requests_per_min: int = 60) -> None:
        self.stage = Stage(scripted=False, login_rate_per_min=6)
        self.operations = Operations()
        stage, store = self.stage, self.stage.store
        origins = Origins([ALLOWED], [CORS])
        dialect = assemble(
            Parts(
                accounts=store.accounts,
                addresses=store.accounts,
                library=store.library,
                people=stage.people,
                sessions=stage.sessions,
                commands=store.commands,
                settings=store.bot_settings,
                logs=store.bot_logs,
                messages=store.bot_messages,
                files=store.bot_files,
                feed=stage.feed,
                numbers=store.numbers,
                passwords=stage.passwords,
                guesses=stage.guesses,
                whereabouts=stage.attendance,
                clock=stage.wall,
                gateway=Gateway(stage.system),
                origins=origins,
                trouble=self.operations.health,
                opens_bot_endpoints=open_bots,
                open_to_all=open_to_all,
                requests_per_min=requests_per_min,
            )
        )
        self.botmanager = dialect
        self.app = create_app(self.operations, dialects=[dialect.dialect()], peers=Peers(), origins=origins)

    def program(self, address: str = "192.0.2.1", cookie: str | None = None, scheme: str = "https") -> Program:
        """One program at one address."""
        return Program(self, address, cookie, scheme)

    async def register(self, name: str, **more: Any) -> Reply:
        """Make an account, `NAME@mail.example`, with `PASSWORD`."""
        body = {"username": name, "email": f"{name}@mail.example", "password": PASSWORD, **more}
        return await self.program().post("/api/auth/register", body)

    async def sign_in(self, login: str, password: str = PASSWORD) -> Program:
        """Sign in, and return the program that did."""
        program = self.program()
        reply = await program.post("/api/auth/login", {"username": login, "password": password})
        assert reply.status == 200, reply
        return program

    async def preflight(self, path: str, **headers: str) -> Answer:
        """Ask which methods a path has, as browsers do before they send."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await HttpClient(self.app).request("OPTIONS", path, headers=named)

    def letter(self) -> str:
        """The token of the last letter."""
        link = self.stage.mailer.posted[-1].link
        assert link.startswith(f"{BASE}/reset-password?token=")
        return link.rpartition("=")[2]
