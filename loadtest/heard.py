"""What a session that keeps cursors looks at in what it hears."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Raw, Struct


class Summary(Struct):
    """A conversation in `welcome`."""

    id: int
    epoch: int
    seq: int


class Paged(Struct):
    """A message in a page of the history."""

    seq: int
    id: int
    body: str


class Heard(Struct):
    """The keys of all frames together: each has some of them. `first` is a sender in messages, a number in gaps."""

    t: str
    ref: int | None = None
    conv: int = 0
    seq: int = 0
    id: int | None = None
    epoch: int = 0
    first: Raw = msgspec.field(name="from", default=Raw())
    to: int = 0
    code: str | None = None
    retry_ms: int | None = None
    conversations: list[Summary] = []
    messages: list[Paged] = []
    more: bool = False


EVENTS: Final = frozenset({"message", "edited", "deleted", "reacted", "members", "renamed"})

read_heard = msgspec.msgpack.Decoder(Heard).decode
read_number = msgspec.msgpack.Decoder(int).decode
