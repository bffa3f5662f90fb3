"""What the writing connection does when nobody waits for it: index texts, checkpoint the write-ahead log.

Before its first checkpoint the log is brought to the length at which it is begun anew (see `storage.pulse.stretch`).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial

from storage.bridge import Bridge
from storage.database import Database
from storage.fulltext import backlog, index_some
from storage.pulse import STRETCH_PAGES, checkpoint, stretch
from storage.sqlite import LOG_PAGES, trouble

log = logging.getLogger("hubbub.storage")

QUIET_S = 0.3
# A commit that comes meanwhile waits for one chunk: a few milliseconds.
CHUNK = 128
# Beyond this many the indexer works beside the commits: every search looks through the backlog.
MAX_BACKLOG = 5_000
RETRY_S = 1.0


class Upkeep:
    """Runs on the asyncio loop. `backlog` is how many messages are not indexed, at most."""

    def __init__(self, bridge: Bridge, database: Database) -> None:
        self._bridge = bridge
        self._database = database
        self._due = asyncio.Event()
        self._end = asyncio.Event()
        self._short_by = LOG_PAGES
        self._last_commit = 0.0
        self._stopping = False
        self.backlog = 0

    async def prepare(self) -> None:
        """Find out what an earlier run left."""
        self.backlog = await self._database.hop(backlog)
        self._last_commit = asyncio.get_running_loop().time()
        self._due.set()

    def committed(self, changes: int) -> None:
        """So many changes are in the commit that begins now. If it fails, the index finds less to do than expected."""
        self.backlog += changes
        self._last_commit = asyncio.get_running_loop().time()
        self._due.set()

    def stop(self) -> None:
        """Let `run` return after the chunk that it is at. From the trio thread."""
        self._stopping = True
        self._bridge.post(self._due.set)
        self._bridge.post(self._end.set)

    async def run(self) -> None:
        """Keep up until `stop`."""
        while not self._stopping:
            await self._due.wait()
            await self._quiet()
            try:
                await self._stretch()
                await self._work()
            except Exception as error:
                # The index may lag: searches look through what is missing. So there is no hurry, and no way out either.
                log.warning("upkeep failed", extra={"reason": trouble(error)}, exc_info=trouble(error) is None)
                await asyncio.sleep(RETRY_S)

    async def _quiet(self) -> None:
        """Wait for a pause in the commits, as long as the backlog allows."""
        while self.backlog <= MAX_BACKLOG and not self._stopping:
            pause = self._last_commit + QUIET_S - asyncio.get_running_loop().time()
            if pause <= 0:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._end.wait(), pause)

    async def _stretch(self) -> None:
        """Once, and with a chance for commits in between."""
        while self._short_by > 0 and not self._stopping:
            self._short_by -= STRETCH_PAGES  # before the work: a disk that is full is not filled again and again
            await self._database.hop(stretch)

    async def _work(self) -> None:
        seen = self.backlog
        self._due.clear()  # before the work: what is committed while it goes on sets it again
        count = await self._database.hop(partial(index_some, limit=CHUNK))
        if count == CHUNK:
            self.backlog = max(self.backlog - count, 0)
            self._due.set()
            return
        self.backlog = max(self.backlog - seen, 0)
        await self._database.hop(checkpoint)
