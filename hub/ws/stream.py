"""The stream that trio-websocket is given: it reads and writes here, the hub does so past it."""

from __future__ import annotations

from typing import Any, Final, Protocol

import trio

from hub.ws.intake import Intake
from hub.ws.outgoing import Outgoing
from hub.ws.transport import Transport, discard
from protocol.websocket import Opcode

RECEIVE_BYTES: Final = 8_192
_CLOSE: Final = 0x80 | Opcode.CLOSE


class Receiver(Protocol):
    """Who gets what arrives."""

    async def take(self, message: bytes | str) -> None:
        """Handle one message. Never raises anything but Cancelled."""

    def heard(self) -> None:
        """Something arrived."""

    def too_big(self) -> None:
        """A message exceeds what is allowed."""


class HubStream(trio.abc.Stream):
    """What arrives is sorted by an `Intake` once `open` was called; what leaves goes through the `Outgoing`.

    The library closes it when it has nothing more to read. That ends no TCP connection: the hub does, in its own time.
    """

    def __init__(self, transport: Transport, outgoing: Outgoing) -> None:
        self._transport = transport
        self._outgoing = outgoing
        self._receiver: Receiver | None = None
        self._intake = Intake()
        self._deaf = False
        self.answered = False

    def open(self, receiver: Receiver) -> None:
        """The handshake is done: frames follow, and this is who gets the messages."""
        self._receiver = receiver

    def returned(self) -> None:
        """The library has given back one message, and it was handled."""
        self._intake.returned()

    def drop_messages(self) -> None:
        """The hub has said its last: only the peer's close still matters."""
        self._intake.drop_messages()

    def turn_deaf(self) -> None:
        """From now on nothing that arrives matters: the library's reader sees the end when the peer ends."""
        self._deaf = True

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return what the library has to see; b"" at the end. Messages are handled on the way."""
        while True:
            data = await self._receive()
            if self._deaf:
                await discard(self._transport)
                return b""
            passed = data if self._receiver is None else await self._sort(self._receiver, data)
            if passed or not data:
                return passed

    async def send_all(self, data: Any) -> None:
        """Send what the library says. Waits until the peer takes it: a flood of pings fills no memory with pongs."""
        self.answered = True
        if data[0] == _CLOSE:
            self._outgoing.finish(bytes(data))
        else:
            self._outgoing.send(bytes(data))
        await self._outgoing.flushed()

    async def wait_send_all_might_not_block(self) -> None:
        """See `trio.abc.SendStream`."""
        await self._outgoing.flushed()

    async def aclose(self) -> None:
        """Do nothing."""
        await trio.lowlevel.checkpoint()

    async def _sort(self, receiver: Receiver, data: bytes) -> bytes:
        messages, passed = self._intake.sort(data)
        for message in messages:
            await receiver.take(message)
        receiver.heard()
        if self._intake.too_big:
            receiver.too_big()
        return passed

    async def _receive(self) -> bytes:
        try:
            return await self._transport.receive(RECEIVE_BYTES)
        except OSError as error:
            raise trio.BrokenResourceError from error
