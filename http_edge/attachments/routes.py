"""Upload, download, links, and one message: `/attachments…` and `/rooms/{conv}/messages/{id}`."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from quart import Blueprint, Response, request
from quart_schema import document_querystring, tag_blueprint

from actors.messages.outcomes import Refused
from actors.ports import Accounts, AttachmentStore, Clock, FileTooLarge, Library, LinkSigner, StoredFile
from actors.values import Caller, Who
from http_edge.attachments import wire
from http_edge.attachments.auth import Doorkeeper, seconds_of
from http_edge.attachments.documents import Content, Following, Linking, Uploading, answers
from http_edge.attachments.ranges import Version, cut
from http_edge.errors import error
from http_edge.gateway import Gateway
from http_edge.uploads import RETRY_S, NoSlot, Slots, upload_in
from protocol.codes import MAX_ID
from protocol.frames import Attachment, StoredMessage

FIELD = "file"


@dataclass(frozen=True, slots=True)
class Files:
    """What the routes need. `slots` is shared with every dialect that takes files."""

    accounts: Accounts
    library: Library
    attachments: AttachmentStore
    signer: LinkSigner
    gateway: Gateway
    clock: Clock
    slots: Slots
    max_upload_bytes: int

    def blueprint(self) -> Blueprint:
        """Return the routes."""
        return _blueprint(_Routes(self))


class _Routes:
    def __init__(self, parts: Files) -> None:
        self._parts = parts
        self._door = Doorkeeper(parts.accounts, parts.signer, parts.gateway, parts.clock)

    async def upload(self) -> Response:
        caller = await self._door.bearer(request.headers)
        if not isinstance(caller, Caller):
            return _nobody(caller)
        try:
            with self._parts.slots.take(caller.who):
                return await self._save(caller.who)
        except NoSlot:
            return wire.unavailable(RETRY_S, "too many uploads at once, try again")

    async def _save(self, owner: Who) -> Response:
        parts = self._parts
        upload = await upload_in(request, FIELD, parts.max_upload_bytes)
        if upload is None:
            return error(HTTPStatus.BAD_REQUEST, f"the form has no file in `{FIELD}`")
        try:
            saved = await parts.gateway.read(
                parts.attachments.save(upload, name=upload.name, content_type=upload.content_type, owner=owner)
            )
        except FileTooLarge as too_large:
            return error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, str(too_large))
        if isinstance(saved, Refused):
            return wire.refused(saved)
        response = wire.json(saved, HTTPStatus.CREATED)
        response.headers["Location"] = saved.url
        return response

    async def download(self, id: int, name: str) -> Response:
        viewer = await self._door.viewer(request.headers, request.args, id)
        if not isinstance(viewer, Who):
            return _nobody(viewer)
        file = await self._open(viewer, id)
        if isinstance(file, Refused):
            return wire.refused(file)
        if file is None or file.attachment.name != name:
            return error(HTTPStatus.NOT_FOUND)
        version = Version.of(file.digest, file.saved_at)
        return wire.download(
            file,
            cut(request.headers, file.attachment.size, version),
            version,
            with_body=request.method == "GET",
        )

    async def link(self, id: int) -> Response:
        caller = await self._door.bearer(request.headers)
        if not isinstance(caller, Caller):
            return _nobody(caller)
        seconds = seconds_of(request.args.get("seconds"))
        if seconds is None:
            return error(HTTPStatus.BAD_REQUEST, "a link lasts from 1 to 604800 seconds")
        file = await self._open(caller.who, id)
        if isinstance(file, Refused):
            return wire.refused(file)
        if file is None:
            return error(HTTPStatus.NOT_FOUND)
        url, expires = self._door.link(file.attachment, caller.who, seconds)
        return wire.json(wire.Link(url, expires * 1_000), HTTPStatus.CREATED)

    async def message(self, conv: int, id: int) -> Response:
        caller = await self._door.bearer(request.headers)
        if not isinstance(caller, Caller):
            return _nobody(caller)
        shown = await self._shown(caller.who, conv, id)
        if isinstance(shown, Refused):
            return wire.refused(shown)
        return error(HTTPStatus.NOT_FOUND) if shown is None else wire.json(shown)

    async def _open(self, viewer: Who, id: int) -> StoredFile | Refused | None:
        if id > MAX_ID:
            return None
        return await self._parts.gateway.read(self._parts.attachments.open(viewer, id))

    async def _shown(self, viewer: Who, conv: int, id: int) -> StoredMessage | Refused | None:
        if max(conv, id) > MAX_ID:
            return None
        return await self._parts.gateway.read(self._parts.library.shown(viewer, conv, id))


def _blueprint(routes: _Routes) -> Blueprint:
    files = Blueprint("attachments", __name__)
    tag_blueprint(files, ["files"])

    @files.post("/attachments")
    @document_querystring(Uploading)
    @answers(HTTPStatus.CREATED, Attachment, but=(400, 401, 413, 503))
    async def upload() -> Response:
        """Keep the body, or the part `file` of a form, for the caller to publish within a day."""
        return await routes.upload()

    @files.get("/attachments/<int:id>/<name>")
    @document_querystring(Following)
    @answers(HTTPStatus.OK, Content, but=(401, 404, 503))
    async def download(id: int, name: str) -> Response:
        """Read a file, or a range of it, by token or by a link that was made for somebody who may."""
        return await routes.download(id, name)

    @files.post("/attachments/<int:id>/link")
    @document_querystring(Linking)
    @answers(HTTPStatus.CREATED, wire.Link, but=(400, 401, 404, 503))
    async def link(id: int) -> Response:
        """Make a link that needs no token, for an hour or for `?seconds=`."""
        return await routes.link(id)

    @files.get("/rooms/<int:conv>/messages/<int:id>")
    @answers(HTTPStatus.OK, StoredMessage, but=(401, 404, 503))
    async def message(conv: int, id: int) -> Response:
        """Read one message, as `history` shows it."""
        return await routes.message(conv, id)

    return files


def _nobody(answer: Refused | None) -> Response:
    return wire.unauthorized() if answer is None else wire.refused(answer)
