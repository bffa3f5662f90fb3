"""Bodies as they were before they were compressed, in bounded pieces. Pure.

Ten kilobytes may unpack to ten megabytes: no call here makes more than `PIECE_BYTES` at a time, so that whoever counts
can stop in time.
"""

import zlib
from collections.abc import Iterator
from typing import Final, Protocol

from actors.ports import OutboundError

PIECE_BYTES: Final = 65_536
EITHER_HEADER: Final = zlib.MAX_WBITS | 32
NO_HEADER: Final = -zlib.MAX_WBITS


class Unpacking(Protocol):
    """Takes a body apart that was packed in one way."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The next pieces of the content. Raises `OutboundError` for what was not packed in this way."""

    def end(self) -> None:
        """Nothing more will come. Raises `OutboundError` if something is missing."""


class Identity:
    """Nothing was packed."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The data itself."""
        yield data

    def end(self) -> None:
        """Whatever came is all."""


class Inflation:
    """gzip, of one member or several, and both kinds of deflate."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(EITHER_HEADER)
        self._begun = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The next pieces of the content. Raises `OutboundError` for what is not compressed."""
        while data:
            if self._inflater.eof:
                self._inflater = zlib.decompressobj(EITHER_HEADER)
            piece = self._inflate(data)
            data = self._inflater.unconsumed_tail or self._inflater.unused_data
            if piece:
                yield piece

    def end(self) -> None:
        """Nothing more will come. Raises `OutboundError` for half a body."""
        if self._begun and not self._inflater.eof:
            raise OutboundError("the compressed body ends too early")

    def _inflate(self, data: bytes) -> bytes:
        try:
            piece = self._inflater.decompress(data, PIECE_BYTES)
        except zlib.error as error:
            if self._begun:
                raise OutboundError("the body is not compressed as it says") from error
            # RFC 9110 says zlib, some servers leave its header out.
            self._begun, self._inflater = True, zlib.decompressobj(NO_HEADER)
            return self._inflate(data)
        self._begun = True
        return piece


def unpacking(encoding: str) -> Unpacking:
    """What undoes a Content-Encoding. Raises `OutboundError` for one that the hub did not ask for."""
    match encoding.strip().lower():
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip" | "deflate":
            return Inflation()
        case _:
            raise OutboundError("the body is compressed in a way that was not asked for")
