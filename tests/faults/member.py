"""A native client that outlives its connections: written only with `websockets` and `msgpack`, from `protocol.md`.

Nothing of the hub or of its SDK is in here, so that a mistake in the one cannot hide a mistake in the other.
"""

from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import suppress
from typing import Any

import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tests.faults.diary import Change, Diary, Frame, Sent

MSGPACK = Subprotocol("hubbub.v1.msgpack")
EVENTS = frozenset({"message", "edited", "deleted", "reacted", "members", "renamed"})
TEMPORARY = frozenset({"rate_limited", "busy", "unavailable"})
EMOJI = "👍"
PATIENCE_S = 5.0


class Member:
    """One device of one user. `run` keeps it connected until `leave`; a publisher has `window` messages under way."""

    def __init__(self, url: str, token: str, device: str, *, seed: int) -> None:
        self.diary = Diary()
        self.device = device
        self.connections = 0
        self.closes: list[int] = []
        self._url = url
        self._token = token
        self._chance = random.Random(f"{seed} {device}")
        self._rooms: list[int] = []
        self._window = 0
        self._socket: ClientConnection | None = None
        self._refs = itertools.count(1)
        self._asked: dict[int, tuple[str, Any]] = {}
        self._answers: dict[int, asyncio.Future[Frame]] = {}
        self._leaving = False
        self.synced = asyncio.Event()

    # What it is made to do

    def publish_in(self, rooms: list[int], window: int) -> None:
        """From the next connection on publish in these rooms as fast as is acknowledged."""
        self._rooms, self._window = rooms, window

    def quiet(self) -> None:
        """Publish nothing new; what is under way still gets its answer."""
        self._window = 0

    def cut(self) -> None:
        """Break the connection, if there is one, as a pulled plug does."""
        if self._socket is not None:
            self._socket.transport.abort()

    def leave(self) -> None:
        """End for good."""
        self._leaving = True
        self.cut()

    async def run(self) -> None:
        """Be connected, again and again."""
        while not self._leaving:
            with suppress(OSError, TimeoutError, ConnectionClosed, InvalidHandshake, EOFError):
                await self._be_connected()
            await asyncio.sleep(self._chance.uniform(0.005, 0.03))

    async def ask(self, t: str, **keys: Any) -> Frame:
        """Send a request and return its answer. Raises when the connection ends first."""
        assert self._socket is not None
        ref = next(self._refs)
        answer = self._answers[ref] = asyncio.get_running_loop().create_future()
        await self._send(t=t, ref=ref, **keys)
        return await asyncio.wait_for(answer, PATIENCE_S)

    # Its connection

    async def _be_connected(self) -> None:
        async with connect(
            self._url,
            subprotocols=[MSGPACK],
            compression=None,
            proxy=None,
            max_size=None,
            max_queue=4096,
            open_timeout=PATIENCE_S,
            close_timeout=0.1,
            ping_interval=None,
        ) as socket:
            self._socket = socket
            try:
                await self._hello()
                async for message in socket:
                    assert isinstance(message, bytes)
                    await self._hear(msgpack.unpackb(message))
            finally:
                self._socket = None
                self.synced.clear()
                self._forget_asked()
                if socket.close_code is not None:
                    self.closes.append(socket.close_code)

    async def _hello(self) -> None:
        self.connections += 1
        cursors = {"cursors": self.diary.cursors} if self.diary.seen else {}
        ref = next(self._refs)
        self._asked[ref] = ("hello", None)
        await self._send(t="hello", ref=ref, token=self._token, device=self.device, **cursors)

    def _forget_asked(self) -> None:
        self._asked.clear()
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ConnectionError("the connection has ended"))
                answer.exception()  # whoever waits sees it; nobody has to
        self._answers.clear()

    async def _send(self, **frame: Any) -> None:
        assert self._socket is not None
        await self._socket.send(msgpack.packb(frame))

    async def _hear(self, frame: Frame) -> None:
        t = frame["t"]
        if t in EVENTS:
            self.diary.seen[frame["conv"]].event(frame)
        elif t == "gap":
            self.diary.seen[frame["conv"]].gap(frame)
        elif t == "reset":
            self.diary.seen[frame["conv"]].reset(frame)
        elif t == "synced":
            self.synced.set()
            await self._resume_publishing()
        elif "ref" in frame:
            await self._answered(frame)

    # Its messages

    async def _resume_publishing(self) -> None:
        for sent in list(self.diary.waiting.values()):
            await self._publish(sent)
        for _ in range(self._window - len(self.diary.waiting)):
            await self._publish_new()

    async def _publish_new(self) -> None:
        number = self.diary.sent
        body = f"{number} **{self.device}** " + "é" * self._chance.choice((1, 20, 200, 2_000))
        sent = Sent(self._chance.choice(self._rooms), f"{self.device}-{number}", body)
        self.diary.publishes(sent)
        await self._publish(sent)

    async def _publish(self, sent: Sent) -> None:
        ref = next(self._refs)
        self._asked[ref] = ("publish", sent)
        await self._send(t="publish", ref=ref, conv=sent.conv, cid=sent.cid, body=sent.body)

    async def _answered(self, frame: Frame) -> None:
        ref = frame["ref"]
        if ref in self._answers:
            self._answers.pop(ref).set_result(frame)
            return
        what, about = self._asked.pop(ref)
        if frame["t"] == "welcome":
            self.diary.welcome(frame)
        elif frame["t"] == "error":
            await self._refused(what, about, frame)
        elif what == "publish":
            self.diary.acknowledged(about.cid, frame)
            await self._go_on(frame)
        else:
            self.diary.changes.append(Change(about[0], frame["seq"], what, about[1]))

    async def _go_on(self, ok: Frame) -> None:
        """Change now and then what was just said, and say something else."""
        whim = self._chance.random()
        if whim < 0.05:
            await self._change("edited", "edit", ok, body="changed")
        elif whim < 0.1:
            await self._change("reacted", "react", ok, emoji=EMOJI, on=True)
        if len(self.diary.waiting) < self._window:
            await self._publish_new()

    async def _change(self, becomes: str, t: str, ok: Frame, **keys: Any) -> None:
        ref = next(self._refs)
        self._asked[ref] = (becomes, (ok["conv"], ok["id"]))
        await self._send(t=t, ref=ref, conv=ok["conv"], id=ok["id"], **keys)

    async def _refused(self, what: str, about: Any, frame: Frame) -> None:
        if frame["code"] not in TEMPORARY:
            self.diary.refusals.append(frame)
        elif what == "publish":
            await asyncio.sleep(min(frame["retry_ms"] / 1000, 0.2))
            await self._publish(about)
