"""Attachments of messages: a URL, which is fetched when the message is sent, or the file itself in base64."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from typing import Final, NamedTuple

from actors.chatpion.files import MAX_BYTES, fits
from actors.chatpion.values import LetterType
from actors.ports import AttachmentStore, FileTooLarge
from actors.values import Who
from http_edge.dialects.chatpion.errors import Failed, bad_input, expected
from http_edge.dialects.chatpion.fields import Fields
from http_edge.gateway import Gateway
from http_edge.uploads import RETRY_S, NoSlot, Slots

MAX_URL_CHARS: Final = 2_048
PIECE_BYTES: Final = 262_144

Sniff = Callable[[bytes], str]
"""The type of a file, by its bytes."""


class Given(NamedTuple):
    """What is to be attached: a URL, or a file with its type. Neither: nothing."""

    url: str | None = None
    content: bytes | None = None
    content_type: str = ""


class Attacher:
    """Reads attachments, and keeps those that are files as uploads of the account's bot."""

    def __init__(self, store: AttachmentStore, gateway: Gateway, slots: Slots, sniff: Sniff) -> None:
        self._store = store
        self._gateway = gateway
        self._slots = slots
        self._sniff = sniff

    def read(self, fields: Fields, type: LetterType) -> Given:
        """The attachment of a message of this type. Raises `Failed`, 400."""
        text = fields.raw("attachment")
        if text is None:
            if type != "text":
                raise bad_input(f"attachment is required for type {type}")
            return Given()
        if text.lstrip().lower().startswith(("http://", "https://")):
            return Given(url=_url(text.strip()))
        content = decoded(text)
        content_type = self._sniff(content)
        if not fits(content_type, type):
            raise bad_input(f"attachment is {content_type}, which is not of type {type}")
        return Given(content=content, content_type=content_type)

    async def keep(self, given: Given, owner: Who) -> int | None:
        """Keep the file, if it is one, and return its upload. Raises `Failed`."""
        if given.content is None:
            return None
        name = f"attachment{mimetypes.guess_extension(given.content_type) or ''}"
        try:
            with self._slots.take(owner):
                saving = self._store.save(
                    _pieces(given.content), name=name, content_type=given.content_type, owner=owner
                )
                return expected(await self._gateway.read(saving)).id
        except FileTooLarge:
            raise _too_large() from None
        except NoSlot:
            raise Failed(HTTPStatus.SERVICE_UNAVAILABLE, "Too many uploads are under way", RETRY_S) from None


def decoded(text: str) -> bytes:
    """What a base64 text, or a `data:` URI of one, stands for. Raises `Failed`, 400."""
    text = text.strip()
    if text[:5].lower() == "data:":
        head, comma, text = text.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            raise bad_input("attachment must be a URL, base64, or a data: URI of base64")
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise bad_input("attachment must be a URL, base64, or a data: URI of base64") from None
    if not content:
        raise bad_input("attachment is empty")
    if len(content) > MAX_BYTES:
        raise _too_large()
    return content


def _too_large() -> Failed:
    return bad_input("attachment may have 10 MB at most")


def _url(text: str) -> str:
    if len(text) > MAX_URL_CHARS:
        raise bad_input(f"attachment may have {MAX_URL_CHARS} characters at most as a URL")
    return text


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), PIECE_BYTES):
        yield content[at : at + PIECE_BYTES]
