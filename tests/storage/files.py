"""Moves that tests of attachments share."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from msgspec.structs import replace

from actors.ports import AttachmentStore, StoredFile
from actors.values import Caller
from protocol.frames import Attachment, Message
from tests.storage.subject import MemorySubject, RealSubject, Subject


def store_of(subject: Subject) -> AttachmentStore:
    if isinstance(subject, RealSubject):
        return subject.storage.attachments
    assert isinstance(subject, MemorySubject)
    return subject.store.attachments


class pieces:  # noqa: N801 — reads as the function that it would be, if generators liked to be left halfway
    """The parts, one after the other."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = iter(parts)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            raise StopAsyncIteration from None


async def upload(subject: Subject, owner: Caller, content: bytes = b"hello", name: str = "hello.txt") -> Attachment:
    return await store_of(subject).save(pieces(content), name=name, content_type="text/plain", owner=owner.who)


async def post_with(subject: Subject, conv: int, sender: Caller, *carried: Attachment) -> Message:
    event = replace(subject.message(conv, sender, "look"), attachments=list(carried))
    await subject.commit(subject.append(event))
    return event


async def content_of(file: StoredFile | None, start: int = 0, stop: int | None = None) -> bytes:
    assert file is not None
    found = b""
    async with aclosing(file.chunks(start, file.attachment.size if stop is None else stop)) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            found += chunk
    return found
