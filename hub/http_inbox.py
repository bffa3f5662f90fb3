"""What a request brings, on its way from hypercorn's parser to the app, without a channel and a task in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final, cast

import trio
from hypercorn.config import Config
from hypercorn.trio.task_group import TaskGroup, _handle
from hypercorn.typing import AppWrapper, ASGIReceiveEvent, ASGISendEvent, HTTPScope, Scope

from http_edge.body import INBOX

MOST_KEPT: Final = 10

Take = Callable[[ASGIReceiveEvent], None]
Wait = Callable[[], Awaitable[None]]
Send = Callable[[ASGISendEvent | None], Awaitable[None]]


class Inbox:
    """Keeps some messages for `receive`, as ASGI has it, or hands each over where it arrives; the parser has to wait.

    The second way saves an app that only collects bodies and waits for the end a task, a nursery and its cancellation.
    """

    __slots__ = ("_arrived", "_kept", "_take", "_taken", "_wait")

    def __init__(self) -> None:
        self._kept: deque[ASGIReceiveEvent] = deque()
        self._take: Take | None = None
        self._wait: Wait = trio.lowlevel.checkpoint
        self._arrived: trio.Event | None = None
        self._taken: trio.Event | None = None

    async def put(self, message: ASGIReceiveEvent) -> None:
        """Bring a message, and wait until there is room for another one."""
        if self._take is not None:
            self._take(message)
            await self._wait()
            return
        self._kept.append(message)
        if self._arrived is not None:
            self._arrived.set()
            self._arrived = None
        while len(self._kept) >= MOST_KEPT:
            self._taken = self._taken or trio.Event()
            await self._taken.wait()

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next message."""
        await trio.lowlevel.checkpoint()
        while not self._kept:
            self._arrived = self._arrived or trio.Event()
            await self._arrived.wait()
        self._make_room()
        return self._kept.popleft()

    def hand_over(self, take: Take, wait: Wait) -> None:
        """Have `take` called with every message that was kept and that comes, in order; then the parser does `wait`."""
        while self._kept:
            take(self._kept.popleft())
        self._take, self._wait = take, wait
        self._make_room()

    def close(self) -> None:
        """Nobody wants anything any more."""
        self._kept.clear()
        self._take, self._wait = _drop, trio.lowlevel.checkpoint
        self._make_room()

    def _make_room(self) -> None:
        if self._taken is not None:
            self._taken.set()
            self._taken = None


class Requests(TaskGroup):
    """hypercorn's, with such an inbox for each request."""

    async def spawn_app(
        self, app: AppWrapper, config: Config, scope: Scope, send: Send
    ) -> Callable[[ASGIReceiveEvent], Awaitable[None]]:
        """Run the app for one request; return how to bring it what comes."""
        inbox = Inbox()
        cast("HTTPScope", scope)["extensions"][INBOX] = inbox  # type: ignore[assignment]  # an object, within the process
        self.spawn(_serve, app, config, scope, inbox, send)
        return inbox.put


async def _serve(app: AppWrapper, config: Config, scope: Scope, inbox: Inbox, send: Send) -> None:
    try:
        await _handle(app, config, scope, inbox.receive, send, trio.to_thread.run_sync, trio.from_thread.run)
    finally:
        inbox.close()


def _drop(message: ASGIReceiveEvent) -> None:
    """Take it to nowhere."""
