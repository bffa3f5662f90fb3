"""Images of a message: fetched, kept for the room, and looked at.

A few messages at a time: their images are in memory as a whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from http import HTTPStatus
from typing import Final, NamedTuple

import trio

from actors.order.company import Company
from actors.order.facts import Seen
from actors.order.ports import Gallery, Picture, Recogniser
from actors.ports import AttachmentStore, FileTooLarge
from actors.values import Who
from http_edge.dialects.botlive.errors import Failed, expected
from http_edge.dialects.botlive.meters import Kind
from http_edge.gateway import Gateway

AT_ONCE: Final = 4
WAIT_S: Final = 20.0
RETRY_S: Final = 5
PIECE_BYTES: Final = 262_144
BROKEN: Final = Seen(sight="broken")
TROUBLES: Final[dict[str, Kind]] = {"broken": "image", "blurred": "ocr", "unread": "ocr"}


class Sighted(NamedTuple):
    """What came of the images: uploads of the customer, and what each image shows, in order."""

    files: tuple[int, ...] = ()
    seen: tuple[Seen, ...] = ()

    @property
    def troubles(self) -> list[Kind]:
        """What could not be fetched, or read, for the figures."""
        return [TROUBLES[each.sight] for each in self.seen if each.sight in TROUBLES]


class Sights:
    """Looks at images. One for the hub."""

    def __init__(self, gallery: Gallery, recogniser: Recogniser, store: AttachmentStore, gateway: Gateway) -> None:
        self._gallery = gallery
        self._recogniser = recogniser
        self._store = store
        self._gateway = gateway
        self._turns = trio.CapacityLimiter(AT_ONCE)

    async def of(self, company: Company, urls: Sequence[str], owner: Who) -> Sighted:
        """Look at all of them. What cannot be had is `broken`. Raises `Failed`: too many wait, or nothing is kept."""
        if not urls:
            return Sighted()
        await self._wait()
        try:
            pictures = await self._gallery.fetch(urls)
            there = [each for each in pictures if each is not None]
            files = [file for each in there if (file := await self._keep(each, owner)) is not None]
            looked = iter(await self._recogniser.look(company, [each.data for each in there]) if there else ())
            return Sighted(tuple(files), tuple(BROKEN if each is None else next(looked) for each in pictures))
        finally:
            self._turns.release()

    async def _wait(self) -> None:
        with trio.move_on_after(WAIT_S) as scope:
            await self._turns.acquire()
        if scope.cancelled_caught:
            raise Failed(HTTPStatus.SERVICE_UNAVAILABLE, "Too many images are being looked at", RETRY_S)

    async def _keep(self, picture: Picture, owner: Who) -> int | None:
        name = f"image.{picture.content_type.rpartition('/')[2]}"
        saving = self._store.save(_pieces(picture.data), name=name, content_type=picture.content_type, owner=owner)
        try:
            return expected(await self._gateway.read(saving)).id
        except FileTooLarge:
            # A hub may keep smaller files than are looked at: the order goes on, and the room does without.
            return None


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), PIECE_BYTES):
        yield content[at : at + PIECE_BYTES]
