"""An outbox that finds out what its client has received.

A view has no frame with which a client could say so, but pongs come in order: behind what it sends this outbox puts a
ping with a number, and the pong says that all before it has arrived. So a socket that dies with bytes on their way,
which looks like one that works for as long as a heartbeat takes, loses nothing.
"""

from collections.abc import Callable, Mapping
from typing import Final

from actors.switchboard import Outbox
from protocol.codec import Codec
from protocol.websocket import ping_frame

Positions = Mapping[int, int]

MAX_ASKED: Final = 8
"""So many pings are open at most: a burst is confirmed message by message, a busy room in strides."""
PING_BYTES: Final = 18
"""What a ping takes at most: the head of a frame, and a number of 16 digits."""


class ConfirmingOutbox:
    """The `Outbox` of a view's session. `ask` says what the outbox has taken so far; `tell` is told what has arrived.

    The ping leaves together with the piece that calls for it, so that a client which hangs up at once has answered it.
    While `MAX_ASKED` are not answered there are no more: what came meanwhile is asked for when the answers are there.
    """

    __slots__ = ("_ask", "_asked", "_known", "_number", "_outbox", "_tell", "codec")

    def __init__(self, outbox: Outbox, ask: Callable[[], Positions], tell: Callable[[dict[int, int]], None]) -> None:
        self.codec: Codec = outbox.codec
        self._outbox = outbox
        self._ask = ask
        self._tell = tell
        self._asked: dict[bytes, Positions] = {}
        self._known: Positions = {}
        self._number = 0

    @property
    def room_left(self) -> int:
        """See `Outbox`. A ping has its room too."""
        return max(0, self._outbox.room_left - PING_BYTES)

    def push(self, piece: bytes) -> bool:
        """See `Outbox`. What has no bytes is taken and not sent."""
        if not piece:
            return True
        return self._outbox.push(piece) if len(self._asked) == MAX_ASKED else self._push_asking(piece)

    def offer(self, piece: bytes) -> bool:
        """See `Outbox`."""
        return not piece or self._outbox.offer(piece)

    def answer(self, piece: bytes) -> None:
        """See `Outbox`."""
        if piece:
            self._outbox.answer(piece)

    def wake_for(self, conv: int) -> None:
        """See `Outbox`."""
        self._outbox.wake_for(conv)

    def ponged(self, payload: bytes) -> None:
        """The client has answered a ping, and with it the earlier ones. Pongs that were not asked for say nothing."""
        if payload not in self._asked:
            return
        got = self._answered(payload)
        news = {conv: seq for conv, seq in got.items() if self._known.get(conv) != seq}
        self._known = got
        if news:
            self._tell(news)
        if not self._asked and self._ask() != got:
            self._push_asking(b"")

    def _answered(self, payload: bytes) -> Positions:
        """Take the question off the list, and those before it, which a client need not answer (RFC 6455, 5.5.3)."""
        for earlier in list(self._asked):
            if earlier == payload:
                break
            del self._asked[earlier]
        return self._asked.pop(payload)

    def _push_asking(self, piece: bytes) -> bool:
        asked = self._ask()
        self._number += 1
        payload = str(self._number).encode()
        taken = self._outbox.push(piece + ping_frame(payload))
        if taken:
            self._asked[payload] = asked
        return taken
