"""The group-commit writer: what piles up while one commit runs is the next commit.

`submit` and `settled` belong to the trio thread, `run` to the asyncio loop; between them stand one deque, whose ends
are atomic, and calls that the bridge carries over. Nothing waits for a batch to fill: an idle writer commits at once;
a busy one starts its commits 2 ms apart or further.

When the storage cannot commit (disk full, database locked), everything that waits fails with it and `submit` refuses,
until a probe of the writer's own gets through. So errors come fast, and no client has to be the one who tries.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

import trio

from actors.messages.changes import AnyChange
from actors.messages.conversation import CommitFailed, Committed
from actors.ports import LogBusy, LogUnavailable
from actors.values import Who
from storage.batch import Admission, Batch, Cutter, Fate, notice
from storage.bridge import Bridge
from storage.commit import Sql, commit
from storage.database import Database
from storage.pulse import beat
from storage.sqlite import breaks_connection, trouble
from storage.statistics import BATCH_ROWS, COMMIT_S, Buckets

log = logging.getLogger("hubbub.storage")

Report = Callable[[int, Committed | CommitFailed], None]
Notices = list[tuple[int, Committed | CommitFailed]]

BUSY_RETRY_MS = 250
UNABLE_RETRY_MS = 500
PROBE_S = 0.25
# A fast disk takes thousands of commits of one row a second, 150 µs of CPU each: more than everything else a publish
# costs. This far apart, 3,000 changes a second are 500 commits.
GATHER_S = 0.002
QUEUED_BATCHES = 10
QUEUE_CHARS = 64 * 2**20
STOPPING = "the hub is stopping"


class Writer:
    """Implements `actors.ports.Log`. Overflow policy of its queue: `submit` refuses."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        sql: Sql,
        report: Report,
        before: Callable[[int], None],
        moved: Callable[[Sequence[Who]], None],
        *,
        batch_rows: int,
        delay_s: float,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._sql = sql
        self._report = report
        self._before = before
        self._moved = moved
        self._delay_s = delay_s
        self._admission = Admission(QUEUED_BATCHES * batch_rows, QUEUE_CHARS)
        self._cutter = Cutter(batch_rows)
        self._queue: deque[AnyChange] = deque()
        self._settling: dict[int, trio.Event] = {}
        self._wake = asyncio.Event()
        self._awake = False
        self._stopping = False
        self._trouble: str | None = None
        self._last_start = 0.0
        self.failed_commits = 0
        self.batch_rows = Buckets(BATCH_ROWS)
        self.commit_s = Buckets(COMMIT_S)

    @property
    def queued_rows(self) -> int:
        """Rows that wait for a commit or are in one."""
        return self._admission.rows

    @property
    def queue_limit(self) -> int:
        """What `queued_rows` may reach."""
        return self._admission.limit_rows

    def health(self) -> str | None:
        """Why nothing can be committed now; None when all is well."""
        return STOPPING if self._stopping else self._trouble

    # ------------------------------------------------------------------------------------------ the trio side

    def submit(self, change: AnyChange) -> None:
        """Queue a change, in order, without waiting. Raises `LogBusy` or `LogUnavailable`: then it is not queued."""
        unable = self.health()
        if unable is not None:
            raise LogUnavailable(unable, UNABLE_RETRY_MS)
        if not self._admission.admit(change):
            raise LogBusy("the storage cannot keep up", BUSY_RETRY_MS)
        self._queue.append(change)
        if not self._awake:
            self._awake = True
            self._bridge.post(self._wake.set)

    async def settled(self, conv: int) -> None:
        """Wait until no change of the conversation is under way, so that the log can be read as it will stay."""
        await trio.lowlevel.checkpoint()
        while self._admission.under_way(conv):
            await self._settling.setdefault(conv, trio.Event()).wait()

    def stop(self) -> None:
        """Take nothing more; `run` returns once all that was taken has its fate."""
        self._stopping = True
        self._bridge.post(self._wake.set)

    def _settle(self, batch: Batch, notices: Notices) -> None:
        idle = self._admission.settle(batch)
        moved = batch.moved
        if moved:
            self._moved(moved)
        for conv, told in notices:
            self._tell(conv, told)
        for conv in idle:
            event = self._settling.pop(conv, None)
            if event is not None:
                event.set()

    def _tell(self, conv: int, told: Committed | CommitFailed) -> None:
        try:
            self._report(conv, told)
        except Exception:
            # One conversation that cannot be told must not keep the others, or trio itself, from going on.
            log.exception("a conversation could not be told of a commit", extra={"conversation": conv})

    # --------------------------------------------------------------------------------------- the asyncio side

    async def run(self) -> None:
        """Commit until `stop`."""
        while not self._stopping or self._queue:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                await self._gather()
                await self._commit(self._cutter.cut(self._queue))
            self._awake = False
            if self._queue:  # came between the last look and the line above, when nobody rang
                self._wake.set()

    async def _gather(self) -> None:
        """Keep some distance from the last commit; a lone change, with none just before it, waits for nothing."""
        pause = self._last_start + GATHER_S - asyncio.get_running_loop().time()
        if pause > 0 and not self._stopping:
            await asyncio.sleep(pause)

    async def _commit(self, batch: Batch) -> None:
        started = self._last_start = asyncio.get_running_loop().time()
        changes = sum(len(group.changes) for group in batch.groups)
        self._before(changes)
        try:
            await self._database.hop(partial(self._store, batch))
        except Exception as error:  # noqa: BLE001 — whatever it was, those who wait must hear of it
            await self._fail(batch, error)
        else:
            self._measure(changes, asyncio.get_running_loop().time() - started)

    def _store(self, batch: Batch, connection: sqlite3.Connection) -> None:
        """Commit, and tell: in the connection's thread, so that nobody waits for the asyncio side to get its turn."""
        if self._delay_s:
            time.sleep(self._delay_s)
        self._conclude(batch, commit(connection, self._sql, batch.groups))

    def _conclude(self, batch: Batch, fates: list[Fate]) -> None:
        notices: Notices = []
        for group, fate in zip(batch.groups, fates, strict=True):
            if fate is not Fate.STORED:
                self._cutter.fail(group)
            told = notice(group, fate, UNABLE_RETRY_MS)
            if told is not None:
                notices.append((group.conv, told))
        self._bridge.tell(self._settle, batch, notices)

    async def _fail(self, batch: Batch, error: Exception) -> None:
        """Fail the batch and all that waits behind it: trying each would only add up the timeouts."""
        known = trouble(error)
        self.failed_commits += 1
        first = self._trouble is None
        self._trouble = known or "the storage failed"
        log.error("cannot commit", extra={"reason": self._trouble}, exc_info=None if known else error)
        self._conclude(batch, [Fate.REJECTED] * len(batch.groups))
        while self._queue:
            behind = self._cutter.cut(self._queue)
            self._conclude(behind, [Fate.REJECTED] * len(behind.groups))
        if first:
            self._bridge.spawn(self._heal)

    async def _heal(self) -> None:
        while self._trouble is not None and not self._stopping:
            await asyncio.sleep(PROBE_S)
            try:
                await self._database.hop(beat)
            except Exception as error:  # noqa: BLE001 — the next probe is the answer to any of them
                await self._after_probe(error)
            else:
                self._trouble = None
                log.warning("commits work again")

    async def _after_probe(self, error: Exception) -> None:
        self._trouble = trouble(error) or "the storage failed"
        if not breaks_connection(error):
            return
        try:
            await self._database.reopen()
        except Exception as failed:  # noqa: BLE001 — as above
            log.warning("cannot reopen the database", extra={"error": type(failed).__name__})

    def _measure(self, changes: int, seconds: float) -> None:
        self.batch_rows.observe(changes)
        self.commit_s.observe(seconds)
