"""Files that messages carry: implements `actors.ports.AttachmentStore`. The bytes are in `files`, all else in
`uploads`.

An upload is on the disk before it is in the database, so that whatever is in the database can be read. What is cut off
in between is a file that nobody knows, and `Expiry` removes it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from typing import IO, Final, TypeVar

import trio

from actors.ports import FileTooLarge, StoreUnavailable
from actors.values import Who, attachment
from protocol.frames import Attachment
from storage import uploads
from storage.bridge import Bridge
from storage.database import Database
from storage.filenames import safe_name
from storage.files import Draft, Files
from storage.sniff import HEAD_BYTES, sniff
from storage.uploads import Stored, Uploads

T = TypeVar("T")

BLOCK_BYTES: Final = 262_144
"""What goes to the disk, or comes from it, in one hop to a thread."""
RETRY_MS: Final = 500
TIDY_S: Final = 5.0
ID_BITS: Final = 52


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Attachments:
    """The `AttachmentStore` port on a folder and a database. `turn` keeps files and rows together, see `Expiry`."""

    def __init__(
        self,
        bridge: Bridge,
        database: Database,
        files: Files,
        *,
        max_bytes: int,
        turn: trio.Lock,
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        self._bridge = bridge
        self._database = database
        self._files = files
        self._max_bytes = max_bytes
        self._turn = turn
        self._now_ms = now_ms
        self._uploads = Uploads(database.dialect)

    async def save(
        self, chunks: AsyncIterable[bytes], *, name: str, content_type: str | None, owner: Who
    ) -> Attachment:
        """Keep what the chunks make, durably, for its owner to attach."""
        draft = await on_disk(self._files.draft)
        try:
            head = await self._fill(draft, chunks)
            await on_disk(draft.sync)
            stored = self._described(draft, name, sniff(head, content_type))
            await self._keep(draft, owner, stored)
        finally:
            with trio.move_on_after(TIDY_S, shield=True):
                await on_disk(draft.discard)
        return stored.attachment

    async def find(self, owner: Who, ids: Sequence[int]) -> list[Attachment]:
        """The owner's uploads that a message may carry now, each once, in the order given; others are left out."""
        now = self._now_ms()
        return await self._bridge.call(
            lambda: self._database.read(lambda connection: uploads.attachable(connection, owner, ids, now))
        )

    async def open(self, viewer: Who, id: int) -> StoredFile | None:
        """The file for whoever may read it. Raises `StoreUnavailable`, too, when its bytes are not there."""
        stored = await self._bridge.call(
            lambda: self._database.look(lambda raw: self._uploads.readable(raw, viewer, id))
        )
        if stored is None:
            return None
        await on_disk(lambda: self._files.place(stored.digest).stat())
        return StoredFile(self._files, stored)

    async def _fill(self, draft: Draft, chunks: AsyncIterable[bytes]) -> bytes:
        """Write the chunks, and return the first bytes of them."""
        head = b""
        block = bytearray()
        async for chunk in chunks:
            head += chunk[: HEAD_BYTES - len(head)]
            block += chunk
            if draft.size + len(block) > self._max_bytes:
                raise FileTooLarge(self._max_bytes)
            if len(block) >= BLOCK_BYTES:
                await self._write(draft, block)
                block = bytearray()
        await self._write(draft, block)
        return head

    async def _write(self, draft: Draft, block: bytearray) -> None:
        await on_disk(lambda: draft.write(block))

    def _described(self, draft: Draft, name: str, kind: str) -> Stored:
        # By chance and not by count: an id that was forgotten must never come to mean another file.
        number = 1 + secrets.randbelow(2**ID_BITS)
        return Stored(attachment(number, safe_name(name), kind, draft.size), draft.digest, self._now_ms())

    async def _keep(self, draft: Draft, owner: Who, stored: Stored) -> None:
        async with self._turn:
            await on_disk(lambda: self._files.keep(draft))
            await self._bridge.call(
                lambda: self._database.write(lambda connection: uploads.add(connection, owner, stored))
            )


class StoredFile:
    """A file that somebody may read: implements `actors.ports.StoredFile`."""

    def __init__(self, files: Files, stored: Stored) -> None:
        self._files = files
        self.attachment = stored.attachment
        self.digest = stored.digest
        self.saved_at = stored.saved_at

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """The bytes from `start` up to and without `stop`. Close it (`contextlib.aclosing`) if you stop before."""
        with await on_disk(lambda: self._files.open(self.digest)) as file:
            await on_disk(lambda: file.seek(start))
            left = stop - start
            while left > 0:
                block = await _read(file, min(left, BLOCK_BYTES))
                left -= len(block)
                yield block


async def on_disk(work: Callable[[], T]) -> T:
    """Run `work` in a thread, to its end even when cancelled. Raises `StoreUnavailable` for what the disk refuses."""
    try:
        return await trio.to_thread.run_sync(work)
    except OSError as error:
        raise StoreUnavailable(error.strerror or "the disk fails", RETRY_MS) from error


async def _read(file: IO[bytes], size: int) -> bytes:
    block = await on_disk(lambda: file.read(size))
    if not block:
        raise StoreUnavailable("the file is shorter than it was", RETRY_MS)
    return block
