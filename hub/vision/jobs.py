"""What is asked of the process that decodes images, and what it answers: MessagePack on its standard streams.

A job that cannot be done for want of a readable image is answered with None in place of what was wanted. One that ends
the process is not answered at all.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from msgspec.msgpack import Decoder, Encoder


class Features(Struct, frozen=True, array_like=True):
    """What is known again of an image: places (float32, x and y), what is there (32 bytes each), and a small picture.

    `scale` times a place of the features is its place in the picture, which is `width` wide, in shades of grey.
    """

    points: bytes
    descriptors: bytes
    picture: bytes
    width: int
    scale: float


class Known(Struct, frozen=True, array_like=True):
    """A photo of a product."""

    product: str
    features: Features


class Describe(Struct, frozen=True, tag=True):
    """Find the features of these images."""

    images: tuple[bytes, ...]


class Described(Struct, frozen=True, tag=True):
    """In order; None: no image that can be decoded."""

    features: tuple[Features | None, ...]


class Look(Struct, frozen=True, tag=True):
    """Say which product this is, if one has `min_inliers` features in place; and make it ready for reading."""

    image: bytes
    known: tuple[Known, ...]
    min_inliers: int
    wants_scans: bool


class Looked(Struct, frozen=True, tag=True):
    """`product`: for certain, or None. `scans`: PNGs of the text in it, prepared in different ways."""

    product: str | None
    scans: tuple[bytes, ...] = ()
    is_decoded: bool = True


UNDECODED: Final = Looked(None, is_decoded=False)

pack: Final = Encoder().encode
read_job: Final = Decoder(Describe | Look).decode
read_described: Final = Decoder(Described).decode
read_looked: Final = Decoder(Looked).decode
