"""Features of catalogue photos, kept by the digest of the photo: each is decoded once in the life of a hub."""

from __future__ import annotations

import hashlib
import logging
import sys
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeVar

import trio
from msgspec import DecodeError

from actors.order.company import Company
from hub.vision.formats import is_fit
from hub.vision.jobs import Describe, Features, Known, pack, read_described
from hub.vision.processes import Failed, run

MAX_KEPT: Final = 5_000
"""Photos of all companies whose features are kept, 50 kB each at most."""
BATCH: Final = 16
WALL_S: Final = 10.0
WORKER: Final = (sys.executable, "-m", "hub.vision.worker")

V = TypeVar("V")

log = logging.getLogger(__name__)


class Photo(NamedTuple):
    """A photo of a product, by the SHA-256 of its file."""

    product: str
    digest: str
    path: str


class Album:
    """What is known of the photos of all catalogues. A file that has been digested once is taken not to change."""

    def __init__(self) -> None:
        self._digests: OrderedDict[str, str] = OrderedDict()
        self._features: OrderedDict[str, Features | None] = OrderedDict()
        # Two customers of one company do not have the same catalogue described twice.
        self._turn = trio.Lock()

    async def photos(self, company: Company) -> list[Photo]:
        """Return the photos of a catalogue that can be read."""
        found = []
        for product in company.catalogue:
            for path in product.photos:
                digest = await self._digest(path)
                if digest is not None:
                    found.append(Photo(product.name, digest, path))
        return found

    async def known(self, photos: Sequence[Photo]) -> tuple[Known, ...]:
        """Return what is known again of them. A photo that cannot be decoded is never seen."""
        async with self._turn:
            fresh = {photo.digest: photo for photo in photos if photo.digest not in self._features}
            for batch in _batches(list(fresh.values())):
                await self._describe(batch)
        pairs = [(photo.product, self._features.get(photo.digest)) for photo in photos]
        return tuple(Known(product, features) for product, features in pairs if features is not None)

    async def _digest(self, path: str) -> str | None:
        known = self._digests.get(path)
        if known is not None:
            return known
        try:
            data = await trio.Path(path).read_bytes()
        except OSError:
            log.warning("a photo of a product cannot be read", extra={"path": path})
            return None
        digest = hashlib.sha256(data).hexdigest()
        _keep(self._digests, path, digest)
        return digest

    async def _describe(self, photos: list[Photo]) -> None:
        """Have them described by one process; if one of them ends it, find out which by halves."""
        try:
            found = await _described([await trio.Path(photo.path).read_bytes() for photo in photos])
        except (Failed, DecodeError, OSError) as error:
            if len(photos) > 1:
                await self._describe(photos[: len(photos) // 2])
                await self._describe(photos[len(photos) // 2 :])
                return
            log.warning("a photo of a product cannot be used", extra={"path": photos[0].path, "reason": str(error)})
            found = (None,)
        for photo, features in zip(photos, found, strict=True):
            _keep(self._features, photo.digest, features)


async def _described(images: Sequence[bytes]) -> tuple[Features | None, ...]:
    """What is unfit for a decoder is given as nothing, which decodes to nothing."""
    job = Describe(tuple(image if is_fit(image) else b"" for image in images))
    return read_described(await run(WORKER, pack(job), wall_s=WALL_S)).features


def _batches(photos: list[Photo]) -> Iterable[list[Photo]]:
    return (photos[start : start + BATCH] for start in range(0, len(photos), BATCH))


def _keep(kept: OrderedDict[str, V], key: str, value: V) -> None:
    kept[key] = value
    while len(kept) > MAX_KEPT:
        kept.popitem(last=False)
