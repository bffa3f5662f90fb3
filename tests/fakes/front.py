"""A front whose doors do what the test says."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import trio

from actors.ports import Gate
from actors.switchboard import Outbox
from protocol.codec import Codec
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.websocket import Opcode, frame

Handler = Callable[["FakeDoor", bytes | str], Awaitable[None]]
Opened = Callable[["FakeDoor"], None]


@dataclass(eq=False)
class FakeDoor:
    """Keeps what was taken, and does with it what the front's `handler` says."""

    front: FakeFront
    codec: Codec
    outbox: Outbox
    gate: Gate
    address: str
    signed_in: bool
    taken: list[bytes | str] = field(default_factory=list)
    wanted: list[int] = field(default_factory=list)
    pongs: list[bytes] = field(default_factory=list)
    closings: int = 0
    over: trio.Event = field(default_factory=trio.Event)

    async def take(self, payload: bytes | str, /) -> None:
        self.taken.append(payload)
        await self.front.handler(self, payload)

    def drained(self, convs: list[int], /) -> None:
        self.wanted += convs

    def ponged(self, payload: bytes, /) -> None:
        self.pongs.append(payload)

    def closed(self) -> None:
        self.closings += 1
        self.front.open_doors.remove(self)
        self.over.set()

    def piece(self, payload: bytes | str) -> bytes:
        """The payload as a frame of the client's kind."""
        return piece(payload, binary=self.codec.binary)


async def echo(door: FakeDoor, payload: bytes | str) -> None:
    """Answer with what came; the text `bye` ends the connection, `bug` is one."""
    if payload in (b"bye", "bye"):
        raise Close(CloseCode.BYE, "bye")
    if payload in (b"bug", "bug"):
        raise RuntimeError("a bug in a handler")
    door.outbox.answer(door.piece(payload))


class FakeFront:
    """Every door ever opened is in `doors`, those that are not closed in `open_doors`."""

    def __init__(self, handler: Handler = echo, *, signed_in: bool = True) -> None:
        self.handler = handler
        self.signed_in = signed_in
        self.doors: list[FakeDoor] = []
        self.open_doors: list[FakeDoor] = []

    def open(self, codec: Codec, outbox: Outbox, gate: Gate, address: str, /) -> FakeDoor:
        door = FakeDoor(self, codec, outbox, gate, address, self.signed_in)
        self.doors.append(door)
        self.open_doors.append(door)
        return door


def piece(payload: bytes | str, *, binary: bool = True) -> bytes:
    """The payload as one server frame."""
    data = payload if isinstance(payload, bytes) else payload.encode()
    return frame(Opcode.BINARY if binary else Opcode.TEXT, data)
