"""A bot's server on a bad day: it is down, it is flaky, it is well; it never forgets who asked for what."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from enum import Enum
from functools import partial
from typing import Any, NamedTuple

import trio

from tests.hub.outbound.server import head, read_request


class Mood(Enum):
    """How the server is."""

    DOWN = "nobody listens"
    FLAKY = "it answers, or says 500, or hangs up, or thinks about it first"
    WELL = "it answers"


class Asked(NamedTuple):
    """One request, and whether it was answered with 204."""

    call: str
    message: int
    taken: bool


class Receiver:
    """Listens on a port of its own. `asked` is every request by path; `refused` those that were not what they claim."""

    def __init__(self, *, seed: int) -> None:
        self.asked: defaultdict[str, list[Asked]] = defaultdict(list)
        self.port = 0
        self._chance = random.Random(seed)
        self._mood = Mood.DOWN
        self._changed = trio.Event()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def become(self, mood: Mood) -> None:
        """Change; what is under way goes on as it was."""
        self._mood = mood
        self._changed.set()

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Be there for ever; started once the port is known."""
        (first,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = first.socket.getsockname()[1]
        await first.aclose()
        task_status.started()
        async with trio.open_nursery() as connections:
            while True:
                self._changed = trio.Event()
                if self._mood is not Mood.DOWN:
                    await self._listen(connections)
                await self._changed.wait()

    async def _listen(self, connections: trio.Nursery) -> None:
        listeners = await trio.open_tcp_listeners(self.port, host="127.0.0.1")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(partial(trio.serve_listeners, self._serve, listeners, handler_nursery=connections))
            while self._mood is not Mood.DOWN:
                await self._changed.wait()
                self._changed = trio.Event()
            nursery.cancel_scope.cancel()

    async def _serve(self, stream: trio.SocketStream) -> None:
        try:
            async with stream:
                request = await read_request(stream)
                if request is not None:
                    path = request.line.split()[1]
                    await self._answer(stream, path, request.headers["webhook-id"], json.loads(request.body))
        except trio.BrokenResourceError:
            return  # the hub was killed in the middle

    async def _answer(self, stream: trio.SocketStream, path: str, call: str, letter: dict[str, Any]) -> None:
        message = (letter.get("data") or letter)["message"]["id"]
        luck = self._chance.random() if self._mood is Mood.FLAKY else 1.0
        if luck < 0.1:
            await trio.sleep(0.2)
        if 0.1 <= luck < 0.2:
            self.asked[path].append(Asked(call, message, taken=False))
            return
        status = 500 if 0.2 <= luck < 0.5 else 204
        await stream.send_all(head(status, None, content_length=0))
        self.asked[path].append(Asked(call, message, taken=status == 204))
