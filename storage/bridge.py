"""The bridge between trio and the database drivers, which know asyncio only.

A `Bridge` runs one private asyncio loop in a thread of its own. Trio awaits asyncio work with `call`; asyncio tells
trio something with `tell`. The work itself is never cancelled: a cancelled database call would leave its transaction
open and the next write "database is locked". Cancelling the trio side abandons the answer, nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeVar

import trio

T = TypeVar("T")

STOP_TIMEOUT_S = 1.0


class Bridge:
    """One asyncio loop in a thread, seen from one trio run. Made by `open_bridge`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._trio = trio.lowlevel.current_trio_token()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped = False
        # daemon: a database call that hangs in the kernel must not keep the process from ending.
        self._thread = threading.Thread(target=self._loop.run_forever, name="storage", daemon=True)

    async def call(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run `work` on the asyncio loop and return or raise what it does. Cancelling abandons the answer only."""
        if self._stopped:
            raise RuntimeError("the storage is closed")
        done = trio.Event()
        finished: list[asyncio.Task[T]] = []

        def finish(task: asyncio.Task[T]) -> None:
            task.exception()  # retrieved: an answer that nobody waits for any more is no news for asyncio's log
            finished.append(task)
            self.tell(done.set)

        self.post(lambda: self.spawn(work).add_done_callback(finish))
        await done.wait()
        return finished[0].result()

    def post(self, callback: Callable[..., object], *args: object) -> None:
        """Run a callback on the asyncio loop soon. From any thread; never blocks."""
        self._loop.call_soon_threadsafe(callback, *args)

    def tell(self, callback: Callable[..., object], *args: object) -> None:
        """Run a callback in the trio thread soon, in order. It must not raise. Nothing happens once trio has ended."""
        with contextlib.suppress(trio.RunFinishedError):
            self._trio.run_sync_soon(callback, *args)

    def spawn(self, work: Callable[[], Coroutine[Any, Any, T]]) -> asyncio.Task[T]:
        """Start a task on the asyncio loop, from that loop. It is kept until it ends."""
        task = self._loop.create_task(work())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def start(self) -> None:
        self._thread.start()

    async def idle(self) -> None:
        """Wait, on the asyncio loop, until every other task has ended."""
        others = self._tasks - {asyncio.current_task()}
        if others:
            await asyncio.wait(others)

    async def stop(self) -> None:
        """End the loop and its thread. Work that hangs is left behind."""
        self._stopped = True
        self.post(self._loop.stop)
        with trio.move_on_after(STOP_TIMEOUT_S, shield=True):
            await trio.to_thread.run_sync(self._thread.join, abandon_on_cancel=True)
        if not self._thread.is_alive():
            self._loop.close()


@contextlib.asynccontextmanager
async def open_bridge() -> AsyncIterator[Bridge]:
    """Run a bridge until the block ends. Call `idle` before, or what is under way is lost."""
    bridge = Bridge()
    bridge.start()
    try:
        yield bridge
    finally:
        await bridge.stop()
