"""Uploads that nobody needs any more go, row and file.

A row goes when two looks, an hour apart, find that no message carries it and none may: a publish that is under way
between the two has its say. A file goes when no row names it. `turn` is held from the look at the rows until the file
is removed, as an upload holds it from its file's arrival until its row is there: so no file goes that is just wanted
again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence

import trio

from actors.ports import PortError
from storage import uploads
from storage.attachments import on_disk
from storage.bridge import Bridge
from storage.database import Database
from storage.files import SHELVES, Files
from storage.names import portions

log = logging.getLogger("hubbub.storage")

EVERY_S = 3_600.0
AT_ONCE = 10_000


class Expiry:
    """Removes what is needless."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        files: Files,
        *,
        turn: trio.Lock,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._files = files
        self._turn = turn
        self._now_ms = now_ms
        self._seen: set[int] = set()

    async def run(self) -> None:
        """Remove what a crash left behind, then every hour what has become needless, until cancelled."""
        await self._trying(self.remove_strays)
        while True:
            await self._trying(self.sweep)
            await trio.sleep(EVERY_S)

    async def remove_strays(self) -> None:
        """Remove the files that no upload has: those whose upload was cut off between file and row."""
        for shelf in SHELVES:
            digests = await on_disk(lambda shelf=shelf: self._files.on(shelf))  # type: ignore[misc]
            if digests:
                async with self._turn:
                    await self._remove(await self._unknown(digests))

    async def sweep(self) -> None:
        """Remove what was needless the last time and is so still."""
        now = self._now_ms()
        found = await self._bridge.call(
            lambda: self._database.read(lambda connection: uploads.needless(connection, now, AT_ONCE))
        )
        gone = self._seen & found
        self._seen = found - gone
        for ids in portions(sorted(gone)):
            async with self._turn:
                await self._remove(await self._forget(ids, now))

    async def _forget(self, ids: Sequence[int], now: int) -> list[str]:
        return await self._bridge.call(
            lambda: self._database.write(lambda connection: uploads.forget(connection, ids, now))
        )

    async def _unknown(self, digests: Sequence[str]) -> list[str]:
        # On the writing connection, which is behind every row whose upload was cancelled while it was being written.
        return await self._bridge.call(
            lambda: self._database.write(lambda connection: uploads.unknown(connection, digests))
        )

    async def _remove(self, digests: Sequence[str]) -> None:
        for digest in digests:
            await on_disk(lambda digest=digest: self._files.remove(digest))  # type: ignore[misc]

    async def _trying(self, work: Callable[[], object]) -> None:
        try:
            await work()  # type: ignore[misc]
        except PortError as error:
            log.warning("needless uploads stay for now", extra={"reason": str(error)})
