"""What comes in over an open WebSocket: read, sorted by an `Intake`, and handed on, all in one task."""

from __future__ import annotations

from typing import Final, Protocol

from hub.ws.intake import Intake
from hub.ws.judge import Closing
from hub.ws.outgoing import Outgoing
from hub.ws.transport import Transport

RECEIVE_BYTES: Final = 8_192
# A peer that pings without reading: beyond this it is not read from either, and so the memory for its pongs is bounded.
PONG_BACKLOG_BYTES: Final = 65_536


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


async def hear(
    data: bytes, transport: Transport, intake: Intake, receiver: Receiver, outgoing: Outgoing
) -> Closing | None:
    """Hand on `data` and what follows it, until the peer closes or violates the protocol; None: it ended without.

    Raises what `transport.receive` does.
    """
    while data or (data := await transport.receive(RECEIVE_BYTES)):
        for message in intake.sort(data):
            await receiver.take(message)
        data = b""
        receiver.heard()
        if intake.pongs:
            _hand_over_pongs(intake, receiver)
        if intake.too_big:
            receiver.too_big()
        if intake.replies:
            await _reply(intake, outgoing)
        if intake.closing is not None:
            return intake.closing
    return None


def _hand_over_pongs(intake: Intake, receiver: Receiver) -> None:
    pongs, intake.pongs = intake.pongs, ()
    for payload in pongs:
        receiver.ponged(payload)


async def _reply(intake: Intake, outgoing: Outgoing) -> None:
    replies, intake.replies = intake.replies, b""
    outgoing.send(replies)
    await outgoing.flushed(PONG_BACKLOG_BYTES)
