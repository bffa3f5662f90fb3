"""The stream that trio-websocket is given: it reads and writes here, the hub does so past it."""

from __future__ import annotations

from typing import Any, Final, Protocol

import trio

from hub.ws.intake import Intake
from hub.ws.outgoing import Outgoing
from hub.ws.transport import Transport
from protocol.codes import MAX_INBOUND_BYTES
from protocol.websocket import Opcode

RECEIVE_BYTES: Final = 8_192
# A peer that pings without reading: beyond this it is not read from either, and so the memory for its pongs is bounded.
PONG_BACKLOG_BYTES: Final = 65_536
_CLOSE: Final = 0x80 | Opcode.CLOSE
_MUTE_REFUSAL: Final = b"HTTP/1.1 400"


class Receiver(Protocol):
    """Who gets what arrives."""

    async def take(self, message: bytes | str) -> None:
        """Handle one message. Never raises anything but Cancelled."""

    def heard(self) -> None:
        """Something arrived."""

    def ponged(self, payload: bytes) -> None:
        """A ping with this payload was answered."""

    def too_big(self) -> None:
        """A message exceeds what is allowed."""


class HubStream(trio.abc.Stream):
    """What arrives is sorted by an `Intake` once `open` was called; what leaves goes through the `Outgoing`.

    The library closes it when it has nothing more to read. That ends no TCP connection: the hub does, in its own time.
    `answered`: something of what the library said was sent. `peer_closed`: the peer has sent its close frame.
    """

    def __init__(self, transport: Transport, outgoing: Outgoing, max_bytes: int = MAX_INBOUND_BYTES) -> None:
        self._transport = transport
        self._outgoing = outgoing
        self._receiver: Receiver | None = None
        self._decided: trio.Event | None = trio.Event()
        self._intake = Intake(max_bytes)
        self._deaf = False
        self._closed = False
        self.answered = False
        self.peer_closed = False

    def open(self, receiver: Receiver) -> None:
        """The handshake is done: frames follow, and this is who gets the messages."""
        self._receiver = receiver
        self._decide()

    def returned(self) -> None:
        """The library has given back one message, and it was handled."""
        self._intake.returned()

    def turn_deaf(self) -> None:
        """From now on nothing that arrives matters: the library's reader sees the end when the peer ends."""
        self._deaf = True
        self._decide()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return what the library has to see; b"" at the end. Messages are handled on the way."""
        while True:
            if self._closed:
                raise trio.ClosedResourceError
            data = await self._receive()
            if self.answered and self._decided is not None:
                # A client may speak as soon as it has the response, and that is before the hub has gone on.
                await self._decided.wait()
            if self._deaf:
                return await self._discard()
            passed = data if self._receiver is None else await self._sort(self._receiver, data)
            if passed or not data:
                return passed

    async def send_all(self, data: Any) -> None:
        """Send what the library says: the handshake's response but for 400, pongs, the answer to the peer's close."""
        if self._receiver is None and bytes(data).startswith(_MUTE_REFUSAL):
            # The library refuses without a word. The hub answers such a peer itself, and says what it would take.
            await trio.lowlevel.checkpoint()
            return
        self.answered = True
        if data[0] == _CLOSE:
            # The only close the library sends answers the peer's.
            self.peer_closed = True
            self._outgoing.finish(bytes(data))
            await trio.lowlevel.checkpoint()
        else:
            self._outgoing.send(bytes(data))
            # Before the response has left for good the connection is not open, and nothing else is sent.
            await self._outgoing.flushed(0 if self._receiver is None else PONG_BACKLOG_BYTES)

    async def wait_send_all_might_not_block(self) -> None:
        """See `trio.abc.SendStream`."""
        await self._outgoing.flushed()

    async def aclose(self) -> None:
        """End the receiving."""
        self._closed = True
        await trio.lowlevel.checkpoint()

    def _decide(self) -> None:
        if self._decided is not None:
            self._decided.set()
            self._decided = None

    async def _sort(self, receiver: Receiver, data: bytes) -> bytes:
        messages, passed = self._intake.sort(data)
        for message in messages:
            await receiver.take(message)
        receiver.heard()
        if self._intake.pongs:
            self._hand_over_pongs(receiver)
        if self._intake.too_big:
            receiver.too_big()
        return passed

    def _hand_over_pongs(self, receiver: Receiver) -> None:
        pongs, self._intake.pongs = self._intake.pongs, []
        for payload in pongs:
            receiver.ponged(payload)

    async def _discard(self) -> bytes:
        while await self._receive():
            pass
        return b""

    async def _receive(self) -> bytes:
        try:
            return await self._transport.receive(RECEIVE_BYTES)
        except OSError as error:
            raise trio.BrokenResourceError from error
