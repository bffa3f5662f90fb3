"""Products and receipts in images: implements `actors.order.ports.Recogniser`.

An image that is the very file of a catalogue is that product; no other process is asked. Each other one is decoded by a
process of its own, `AT_A_TIME` of all customers at a time.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Final, NamedTuple

import trio
from msgspec import DecodeError

from actors.order.company import Company
from actors.order.facts import Seen
from hub.vision.features import WORKER, Album, Photo
from hub.vision.formats import is_fit
from hub.vision.jobs import UNDECODED, Known, Look, Looked, pack, read_looked
from hub.vision.judging import BROKEN, UNREAD, UNSURE, receipt_in, weigh
from hub.vision.processes import Failed, run
from hub.vision.reader import Engine, readings

AT_A_TIME: Final = 2
LOOK_S: Final = 10.0
TOTAL_S: Final = 25.0
"""What the images of one message may take in all; those that have had no turn by then are `unsure`."""

log = logging.getLogger(__name__)


class Shelf(NamedTuple):
    """A company, its photos, and what is known again of them."""

    company: Company
    photos: list[Photo]
    known: tuple[Known, ...]


class Sight:
    """Implements `actors.order.ports.Recogniser`. Without `has_vision` only the files of a catalogue are products.

    Without an `engine`, or for a company that has it off, what is no product is `unread`: somebody has to look at it.
    """

    def __init__(self, album: Album, engine: Engine | None, *, has_vision: bool) -> None:
        self._album = album
        self._engine = engine
        self._has_vision = has_vision
        self._turns = trio.CapacityLimiter(AT_A_TIME)

    async def look(self, company: Company, images: Sequence[bytes]) -> list[Seen]:
        """Say of each image what it is, in order. Never raises: what cannot be decoded is `broken`."""
        seen = [UNSURE if is_fit(image) else BROKEN for image in images]
        photos = await self._album.photos(company)
        same = {photo.digest: photo.product for photo in photos}
        with trio.move_on_after(TOTAL_S):
            strangers = []
            for place, image in enumerate(images):
                product = same.get(hashlib.sha256(image).hexdigest())
                if product is not None:
                    seen[place] = Seen(sight="product", product=product)
                elif seen[place] is UNSURE:
                    strangers.append(place)
            if strangers:
                shelf = Shelf(company, photos, await self._known(photos))
                async with trio.open_nursery() as nursery:
                    for place in strangers:
                        nursery.start_soon(self._look_at, shelf, images[place], seen, place)
        return seen

    async def _known(self, photos: list[Photo]) -> tuple[Known, ...]:
        return await self._album.known(photos) if self._has_vision else ()

    async def _look_at(self, shelf: Shelf, image: bytes, seen: list[Seen], place: int) -> None:
        async with self._turns:
            seen[place] = await self._seen(shelf, image)

    async def _seen(self, shelf: Shelf, image: bytes) -> Seen:
        engine = self._engine if shelf.company.ocr != "off" else None
        looked = await self._looked(shelf, image, wants_scans=engine is not None)
        if not looked.is_decoded:
            return BROKEN
        return weigh(looked.product, await _read(engine, image, looked.scans, shelf.company.country))

    async def _looked(self, shelf: Shelf, image: bytes, *, wants_scans: bool) -> Looked:
        """What the process sees; an image that ends it is as good as none."""
        if not self._has_vision:
            return Looked(None)
        job = Look(image, shelf.known, shelf.company.vision_min_inliers, wants_scans)
        try:
            return read_looked(await run(WORKER, pack(job), wall_s=LOOK_S))
        except (Failed, DecodeError) as error:
            log.warning("an image could not be decoded", extra={"reason": str(error)})
            return UNDECODED


async def _read(engine: Engine | None, image: bytes, scans: Sequence[bytes], country: str) -> Seen:
    if engine is None:
        return UNREAD
    try:
        return receipt_in(await readings(engine, image, scans), country)
    except Failed as error:
        log.warning("an image could not be read", extra={"reason": str(error)})
        return UNREAD
