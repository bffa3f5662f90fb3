"""Socket.IO without sockets: a WebSocket that keeps what it is sent, a client that polls, and a handler."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import trio

from http_edge.socketio import Peer
from protocol.socketio.errors import Denied
from tests.fakes.edge import Answer, HttpClient

ORIGIN = "https://dash.example"


class FakeLine:
    """Implements `http_edge.socketio.channel.Line`. `stuck`: nothing leaves any more."""

    def __init__(self) -> None:
        self.closed: tuple[int, str] | None = None
        self.stuck = False
        self._left = b""
        self._kept = b""

    @property
    def waiting(self) -> int:
        return len(self._kept)

    def send(self, frames: bytes) -> None:
        if self.closed is not None:
            return
        if self.stuck:
            self._kept += frames
        else:
            self._left += frames

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)

    def drop(self) -> None:
        self._kept = b""

    def take(self) -> list[str | bytes]:
        """The messages that have left since the last call."""
        messages: list[str | bytes] = []
        while self._left:
            first, length, start = self._left[0], self._left[1], 2
            if length > 125:
                start = 4 if length == 126 else 10
                length = int.from_bytes(self._left[2:start])
            payload = self._left[start : start + length]
            messages.append(payload.decode() if first == 0x81 else payload)
            self._left = self._left[start + length :]
        return messages


class FakeHandler:
    """Implements `http_edge.socketio.Handler`. Refuses whoever says `{"token": "wrong"}`.

    `hear` has its arguments returned, `tell` has them emitted; `slow` takes a minute and `bug` is one.
    """

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.heard: list[tuple[str, list[Any]]] = []
        self.auths: list[Any] = []
        self.lefts = 0

    async def connect(self, peer: Peer, auth: Any) -> Any:
        await trio.lowlevel.checkpoint()
        self.auths.append(auth)
        if auth == {"token": "wrong"}:
            raise Denied("Invalid credentials")
        return auth

    def joined(self, peer: Peer, admitted: Any) -> None:
        assert admitted == self.auths[-1]
        self.peers.append(peer)
        peer.emit("welcome", {"n": len(self.peers)})

    async def event(self, peer: Peer, name: str, args: list[Any]) -> list[Any]:
        await trio.lowlevel.checkpoint()
        self.heard.append((name, args))
        match name:
            case "hear":
                return args
            case "tell":
                peer.emit("told", *args)
            case "slow":
                await trio.sleep(60)
            case "bug":
                raise RuntimeError("injected")
        return []

    def left(self, peer: Peer) -> None:
        self.lefts += 1


class Poller:
    """A client that polls. `sid` is its session's, once it has one."""

    def __init__(self, http: HttpClient, **headers: str) -> None:
        self.http = http
        self.sid: str | None = None
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def path(self, **query: str) -> str:
        """Where its requests go."""
        fields = {"EIO": "4", "transport": "polling", **({} if self.sid is None else {"sid": self.sid}), **query}
        return f"/socket.io/?{urlencode(fields)}"

    async def get(self, **query: str) -> Answer:
        """Poll."""
        return await self.http.request("GET", self.path(**query), headers=self.headers)

    async def post(self, body: str | bytes, **query: str) -> Answer:
        """Say something, as Engine.IO packets."""
        return await self.http.request("POST", self.path(**query), body, self.headers)

    async def open(self) -> dict[str, Any]:
        """Begin a session; return its terms."""
        answer = await self.get()
        assert (answer.status, answer.body[:1]) == (200, b"0"), answer
        terms: dict[str, Any] = json.loads(answer.body[1:])
        self.sid = terms["sid"]
        return terms

    async def join(self, auth: str = "") -> list[str]:
        """Begin a session and join `/`; return what comes of it."""
        await self.open()
        assert (await self.post("40" + auth)).status == 200
        return await self.hear()

    async def hear(self) -> list[str]:
        """The packets that one poll brings."""
        answer = await self.get()
        assert answer.status == 200, answer
        return answer.body.decode().split("\x1e")
