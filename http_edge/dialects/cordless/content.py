"""What a call brings: text, HTML, a file, or a boost."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final, NamedTuple

from quart import Request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from actors.hypertext import MAX_SOURCE_CHARS, Cleaner, TooLong
from actors.ports import AttachmentStore, FileTooLarge
from actors.values import Who
from http_edge.dialects.cordless import wire
from http_edge.dialects.cordless.errors import Declined, expected
from http_edge.gateway import Gateway
from http_edge.uploads import MULTIPART, RETRY_S, NoSlot, Slots, Upload, upload_in
from protocol.frames import Attachment

MAX_TEXT_BYTES: Final = 4 * MAX_SOURCE_CHARS


class Content(NamedTuple):
    """What a message says. `html` is empty where the text says it all, whatever is in it; a file has no text."""

    body: str
    html: str = ""
    attachments: list[Attachment] | None = None


class Reader:
    """Reads bodies. Raises `Declined`, and Werkzeug's errors for those that do not come."""

    __slots__ = ("_attachments", "_cleaner", "_gateway", "_max_upload_bytes", "_slots")

    def __init__(self, attachments: AttachmentStore, gateway: Gateway, slots: Slots, max_upload_bytes: int) -> None:
        self._cleaner = Cleaner()
        self._slots = slots
        self._attachments = attachments
        self._gateway = gateway
        self._max_upload_bytes = max_upload_bytes

    async def message(self, request: Request, owner: Who) -> Content:
        """What is to be said. In a multipart body the file `attachment` is all that counts."""
        if request.mimetype == MULTIPART:
            return await self._file(request, owner)
        return await self.text(request)

    async def text(self, request: Request) -> Content:
        """The text of a body of whatever type: `curl -d` calls everything a form."""
        if request.mimetype == MULTIPART:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            rich = self._cleaner.read(wire.text_in(await self._raw(request)))
        except TooLong:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY) from None
        if not rich.body.strip():
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY)
        return Content(rich.body, rich.html or "")

    async def boost(self, request: Request) -> str:
        """What a boost says."""
        text = wire.boost_in(await self._raw(request))
        if text is None:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY)
        return text

    async def _raw(self, request: Request) -> bytes:
        """The body. What is longer than any text is not read to its end."""
        length = request.content_length or 0
        if length > self._max_upload_bytes:
            raise Declined(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        if length > MAX_TEXT_BYTES:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            return await request.get_data(cache=False, as_text=False, parse_form_data=False)
        except RequestEntityTooLarge:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY) from None

    async def _file(self, request: Request, owner: Who) -> Content:
        try:
            with self._slots.take(owner):
                upload = await upload_in(request, wire.ATTACHMENT, self._max_upload_bytes)
                if upload is None:
                    raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY)
                return Content("", attachments=[await self._save(upload, owner)])
        except NoSlot:
            raise Declined(HTTPStatus.SERVICE_UNAVAILABLE, RETRY_S) from None
        except BadRequest:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY) from None
        except FileTooLarge:
            raise Declined(HTTPStatus.REQUEST_ENTITY_TOO_LARGE) from None

    async def _save(self, upload: Upload, owner: Who) -> Attachment:
        call = self._attachments.save(upload, name=upload.name, content_type=upload.content_type, owner=owner)
        return expected(await self._gateway.read(call))
