"""What is sent to a subscriber on another platform: what connectors make their requests of. Pure."""

from __future__ import annotations

from msgspec import Struct

from actors.chatpion.values import LetterType


class Parcel(Struct, frozen=True, kw_only=True):
    """A message on its way out of the hub, as it waits in the outbox.

    `conv` is the conversation of its subscriber, and `bot` who speaks in it. `attachment` is a URL as it was given;
    `file` the upload that is sent.
    """

    letter: int
    conv: int
    bot: int
    platform_id: str
    body: str
    type: LetterType
    attachment: str | None = None
    file: int | None = None
