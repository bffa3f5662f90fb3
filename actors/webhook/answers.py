"""What a Cordless bot answers: a message, a file, or nothing.

Source: the Cordless document, "Webhook Response": only 200 with a body and a type says something.
"""

import mimetypes
import re
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

from actors.hypertext import Cleaner, TooLong
from actors.ports import AttachmentStore, FileTooLarge, OutboundAnswer, TooLarge
from actors.values import Receiver
from actors.webhook.state import Answered, Reply

OK: Final = 200
_TEXTS: Final = frozenset({"text/plain", "text/html"})
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w.:+-]+)", re.IGNORECASE)
# Python's own table alone: that of the machine has other names for the same types.
_KNOWN: Final = mimetypes.MimeTypes()
_COMMON: Final = {"image/jpeg": "jpg", "image/webp": "webp", "audio/mpeg": "mp3", "application/octet-stream": "bin"}

Chunks = AsyncGenerator[bytes, None]


class Reader:
    """Reads answers. One serves the whole hub."""

    __slots__ = ("_attachments", "_cleaner")

    def __init__(self, attachments: AttachmentStore) -> None:
        self._attachments = attachments
        self._cleaner = Cleaner()

    async def read(self, answer: OutboundAnswer, receiver: Receiver) -> Answered:
        """The answer, with what the bot says by it. Raises `OutboundError` and `StoreUnavailable`."""
        reply = None
        if answer.status == OK and answer.content_type and answer.content_type.strip():
            async with aclosing(answer.chunks()) as chunks:
                reply = await self._reply(answer.content_type, chunks, receiver)
        return Answered(answer.status, reply)

    async def _reply(self, content_type: str, chunks: Chunks, receiver: Receiver) -> Reply | None:
        kind = content_type.partition(";")[0].strip().lower()
        if kind in _TEXTS:
            data = b"".join([chunk async for chunk in chunks])
            return await self._text(kind, _decode(data, content_type), data, receiver)
        if receiver.ignores_json and _is_json(kind):
            return None
        return await self._file(kind, chunks, receiver)

    async def _text(self, kind: str, text: str, data: bytes, receiver: Receiver) -> Reply | None:
        try:
            rich = self._cleaner.read(text)
        except TooLong:
            # More than a message holds is worth a file rather than nothing.
            async with aclosing(_once(data)) as whole:
                return await self._file(kind, whole, receiver)
        return Reply(rich.body, rich.html) if rich.body.strip() else None

    async def _file(self, kind: str, chunks: Chunks, receiver: Receiver) -> Reply | None:
        first = await _first(chunks)
        if not first:
            return None
        name, owner = f"attachment.{extension(kind)}", receiver.bot.who
        async with aclosing(_joined(first, chunks)) as whole:
            try:
                saved = await self._attachments.save(whole, name=name, content_type=kind, owner=owner)
            except FileTooLarge as error:
                raise TooLarge(str(error)) from error
        return Reply("", attachment=saved)


def extension(kind: str) -> str:
    """What the name of a file of this type ends with."""
    guessed = _COMMON.get(kind) or _KNOWN.guess_extension(kind, strict=False)
    return guessed.removeprefix(".") if guessed else "bin"


def _is_json(kind: str) -> bool:
    return kind == "application/json" or kind.endswith("+json")


def _decode(data: bytes, content_type: str) -> str:
    found = _CHARSET.search(content_type)
    try:
        return data.decode(found[1] if found else "utf-8", errors="replace")
    except (LookupError, UnicodeError):
        return data.decode(errors="replace")


async def _first(chunks: Chunks) -> bytes:
    async for chunk in chunks:
        if chunk:
            return chunk
    return b""


async def _joined(first: bytes, rest: Chunks) -> Chunks:
    yield first
    async for chunk in rest:
        yield chunk


async def _once(data: bytes) -> Chunks:
    yield data
