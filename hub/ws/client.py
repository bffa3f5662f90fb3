"""The peer of an open WebSocket: what it says goes to its door, what it is told waits in its outbox."""

from __future__ import annotations

import logging
import math
from typing import Final, Protocol

import trio

from hub.ws.outbox import ClientOutbox
from hub.ws.outgoing import Outgoing
from hub.ws.pulse import Pulse
from hub.ws.terms import Terms
from protocol.codec import Codec
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.frames import GoAway
from protocol.websocket import close_frame, ping_frame

# RFC 6455, 7.4.1. Not among the protocol's own codes: it says that the hub has a bug.
INTERNAL_ERROR: Final = 1011
PING: Final = ping_frame()
REASONS: Final = {
    CloseCode.TOO_SLOW: "too slow, resume by cursors",
    CloseCode.NO_HELLO: "no hello in time",
    CloseCode.SILENT: "silent too long",
    CloseCode.TOO_BIG: "message too big",
    CloseCode.GOING_AWAY: "the hub restarts",
}

log = logging.getLogger("hubbub.ws")


class Line(Protocol):
    """The connection, as its client sees it."""

    outgoing: Outgoing

    def end(self, last: bytes, deadline: float | None = None) -> None:
        """Say `last` behind what waits, and then nothing more; cut at `deadline`, by default the close deadline."""


class Client:
    """The gate of the connection, the owner of its outbox, and the receiver of its messages."""

    __slots__ = ("_address", "_door", "_line", "_pulse", "_terms", "_watched", "outbox")

    def __init__(self, line: Line, codec: Codec, terms: Terms, address: str) -> None:
        now = trio.current_time()
        self._line = line
        self._terms = terms
        self._address = address
        self._pulse = Pulse(terms.patience, now)
        self.outbox = ClientOutbox(codec, line.outgoing, terms.outbox_bytes, self)
        self._door = terms.front.open(codec, self.outbox, self, address)
        self._watched = terms.watch.add(self._look, self._pulse.look(now, signed_in=False).next_at)

    @property
    def signed_in(self) -> bool:
        """Whether it has a session."""
        return self._door.signed_in

    @property
    def waiting(self) -> int:
        """Bytes in its outbox."""
        return self._line.outgoing.waiting

    def progressed(self) -> None:
        """Some of what waited has left."""
        self.outbox.progressed()

    def left(self) -> None:
        """The connection is over. Called once."""
        self._watched.end()
        self._door.closed()

    def go_away(self, retry_ms: int, deadline: float) -> None:
        """The hub stops: say so, and close once everything has left, or be cut at `deadline`."""
        if self.signed_in:
            self._line.outgoing.send(self.outbox.codec.piece(GoAway(retry_ms=retry_ms)))
        self._end(CloseCode.GOING_AWAY, deadline)

    # ------------------------------------------------------------------ Gate

    def close(self, code: CloseCode, reason: str) -> None:
        """End the connection after its outbox is flushed, or abort it at the close deadline. Never blocks."""
        self._line.end(close_frame(code, reason))

    # ------------------------------------------------------------------ Receiver

    async def take(self, message: bytes | str) -> None:
        """Hand one message to the door. A bug behind it ends this connection only."""
        if self._line.outgoing.finished:
            return
        self._pulse.busy = True
        try:
            await self._door.take(message)
        except Close as close:
            self.close(close.code, close.reason)
        except Exception:
            log.exception("a message could not be handled", extra={"address": self._address})
            self._line.end(close_frame(INTERNAL_ERROR, "internal error"))
        finally:
            self._pulse.busy = False

    def heard(self) -> None:
        """Something arrived, and has been handled."""
        self._pulse.heard_at = trio.current_time()

    def ponged(self, payload: bytes) -> None:
        """A ping with this payload was answered. The hub's own heartbeats have none."""
        if payload:
            self._door.ponged(payload)

    def too_big(self) -> None:
        """A message exceeds what is allowed."""
        self._end(CloseCode.TOO_BIG)

    # ------------------------------------------------------------------ Owner

    def outbox_is_full(self) -> None:
        """Give it some seconds to make room."""
        self._terms.watch.look_by(self._watched, self._pulse.full(trio.current_time()))

    def outbox_has_room(self, convs: list[int]) -> None:
        """It has caught up: what it missed can follow."""
        self._pulse.has_room()
        if convs:
            self._door.drained(convs)

    def too_slow(self) -> None:
        """Cut it. What has not begun to leave is dropped: it would only stand before the close."""
        if self._line.outgoing.finished:
            return
        self._terms.slow_closes += 1
        self._line.outgoing.drop_unsent()
        self._end(CloseCode.TOO_SLOW)

    def _end(self, code: CloseCode, deadline: float | None = None) -> None:
        self._line.end(close_frame(code, REASONS[code]), deadline)

    def _look(self, now: float) -> float:
        if self._line.outgoing.finished:
            return math.inf
        look = self._pulse.look(now, signed_in=self.signed_in)
        if look.close is CloseCode.TOO_SLOW:
            self.too_slow()
        elif look.close is not None:
            self._end(look.close)
        elif look.ping:
            self._line.outgoing.send(PING)
        return look.next_at
