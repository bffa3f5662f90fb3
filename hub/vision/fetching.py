"""Images from other servers: implements `actors.order.ports.Gallery`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from typing import Final
from urllib.parse import urlsplit

import trio

from actors.order.ports import Picture
from actors.ports import Outbound, OutboundError
from hub.vision.formats import MAX_BYTES, is_fit, shape_of

EACH_S: Final = 7.0
TOTAL_S: Final = 10.0
OK: Final = 200
SCHEMES: Final = frozenset({"http", "https"})


class Fetching:
    """Fetches through `outbound`, which is to be guarded, and follows no redirect."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def fetch(self, urls: Sequence[str]) -> list[Picture | None]:
        """Return what is there, in order, all of them at once; None: nothing that can be looked at, or not in time."""
        found: list[Picture | None] = [None] * len(urls)
        with trio.move_on_after(TOTAL_S):
            async with trio.open_nursery() as nursery:
                for place, url in enumerate(urls):
                    nursery.start_soon(self._into, found, place, url)
        return found

    async def _into(self, found: list[Picture | None], place: int, url: str) -> None:
        with trio.move_on_after(EACH_S):
            try:
                found[place] = picture(await self._body(url)) if _is_web(url) else None
            except OutboundError:
                # Why is told to nobody: it would say what there is behind the hub.
                return

    async def _body(self, url: str) -> bytes:
        body = bytearray()
        async with self._outbound.get(url, {}) as answer:
            if answer.status != OK:
                return b""
            async with aclosing(answer.chunks()) as chunks:
                async for chunk in chunks:
                    body += chunk
                    # The client has a cap of its own, which may be higher.
                    if len(body) > MAX_BYTES:
                        return b""
        return bytes(body)


def picture(data: bytes) -> Picture | None:
    """Return what can be looked at. What an image is, it says itself: servers are often wrong."""
    shape = shape_of(data)
    return Picture(data, shape.content_type) if shape is not None and is_fit(data) else None


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme.lower() in SCHEMES
    except ValueError:
        return False
