"""The in-memory `AttachmentStore` and `LinkSigner`: files are bytes in a dictionary."""

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

import trio

from actors.ports import FileTooLarge, Grant, StoreUnavailable
from actors.values import Who, attachment
from protocol.frames import Attachment, Message
from storage.filenames import safe_name
from tests.fakes.memory_rooms import Rooms

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class MemoryFile:
    """One upload."""

    attachment: Attachment
    owner: Who
    content: bytes
    saved_at: int = 1_700_000_000_000

    @property
    def digest(self) -> str:
        return sha256(self.content).hexdigest()

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        for at in range(start, stop, 65_536):
            await trio.lowlevel.checkpoint()
            yield self.content[at : min(stop, at + 65_536)]


class MemoryAttachments:
    """The `AttachmentStore` port over `Rooms`. What is uploaded never expires; the type given is believed."""

    def __init__(self, rooms: Rooms) -> None:
        self.max_bytes = MAX_BYTES
        self.unreadable = False
        self.files: dict[int, MemoryFile] = {}
        self._rooms = rooms

    async def save(
        self, chunks: AsyncIterable[bytes], *, name: str, content_type: str | None, owner: Who
    ) -> Attachment:
        content = b""
        async for chunk in chunks:
            content += chunk
            if len(content) > self.max_bytes:
                raise FileTooLarge(self.max_bytes)
        await self._visit()
        number = len(self.files) + 1
        kind = content_type or "application/octet-stream"
        made = attachment(number, safe_name(name), kind, len(content))
        self.files[number] = MemoryFile(made, owner, content)
        return made

    async def find(self, owner: Who, ids: Sequence[int]) -> list[Attachment]:
        await self._visit()
        files = [self.files[number] for number in dict.fromkeys(ids) if number in self.files]
        return [file.attachment for file in files if file.owner == owner and self._waits_or_is_carried(file)]

    async def open(self, viewer: Who, id: int) -> MemoryFile | None:
        await self._visit()
        file = self.files.get(id)
        if file is None:
            return None
        own = file.owner == viewer and self._waits_or_is_carried(file)
        heard = any(viewer in room.members and _carries(room.messages.values(), id) for room in self._rooms)
        return file if own or heard else None

    def _waits_or_is_carried(self, file: MemoryFile) -> bool:
        number = file.attachment.id
        was = any(_carries((event for event in room.log if isinstance(event, Message)), number) for room in self._rooms)
        return not was or any(_carries(room.messages.values(), number) for room in self._rooms)

    async def _visit(self) -> None:
        await trio.lowlevel.checkpoint()
        if self.unreadable:
            raise StoreUnavailable("the database cannot be read", 500)


def _carries(messages: Iterable[Message], id: int) -> bool:
    return any(id == carried.id for message in messages for carried in message.attachments or ())


class MemoryLinks:
    """The `LinkSigner` port with a secret that everybody knows."""

    def sign(self, grant: Grant) -> str:
        return sha256(f"secret {grant}".encode()).hexdigest()

    def holds(self, grant: Grant, signature: str) -> bool:
        return signature == self.sign(grant)
