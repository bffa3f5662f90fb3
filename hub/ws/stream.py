"""The stream that trio-websocket is given for the handshake; from then on the hub reads and writes by itself."""

from __future__ import annotations

import re
from typing import Any, Final

import trio

from hub.ws.outgoing import Outgoing
from hub.ws.transport import Transport

RECEIVE_BYTES: Final = 8_192
_END_OF_HEAD: Final = re.compile(rb"\n\r?\n")
_MUTE_REFUSAL: Final = b"HTTP/1.1 400"


class HandshakeStream(trio.abc.Stream):
    """Gives the library the head of the request, and nothing after it; what the library says goes out.

    The library closes it when it has nothing more to read. That ends no TCP connection: the hub does, in its own time.
    `answered`: something of what the library said was sent. `behind`: what came together with the head's end.
    """

    def __init__(self, transport: Transport, outgoing: Outgoing) -> None:
        self._transport = transport
        self._outgoing = outgoing
        self._last = b""
        self._has_head = False
        self.answered = False
        self.behind = b""

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """Return the next bytes of the head; b"" when the peer ends within it. After it this waits for ever."""
        if self._has_head:
            await trio.sleep_forever()
        try:
            data = await self._transport.receive(RECEIVE_BYTES)
        except OSError as error:
            raise trio.BrokenResourceError from error
        return self._part_of_head(data)

    async def send_all(self, data: Any) -> None:
        """Send the response, but for 400. The connection is not open before it has left for good."""
        if bytes(data).startswith(_MUTE_REFUSAL):
            # The library refuses without a word. The hub answers such a peer itself, and says what it would take.
            await trio.lowlevel.checkpoint()
            return
        self.answered = True
        self._outgoing.send(bytes(data))
        await self._outgoing.flushed()

    async def wait_send_all_might_not_block(self) -> None:
        """See `trio.abc.SendStream`."""
        await self._outgoing.flushed()

    async def aclose(self) -> None:
        """Nothing ends by it."""
        await trio.lowlevel.checkpoint()

    def _part_of_head(self, data: bytes) -> bytes:
        """Cut off what is behind the head, whose end may have come in pieces."""
        before, self._last = self._last, (self._last + data)[-2:]
        end = _END_OF_HEAD.search(before + data)
        if end is None:
            return data
        self._has_head = True
        cut = end.end() - len(before)
        self.behind = data[cut:]
        return data[:cut]
