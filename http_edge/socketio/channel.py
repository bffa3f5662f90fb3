"""What carries one session: polls, then perhaps a WebSocket; and the heart that beats in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from enum import Enum, auto
from typing import Protocol

import trio

from actors.runtime.alarms import Alarms
from http_edge.socketio.errors import Problem, Rejected
from http_edge.socketio.terms import Terms
from protocol.codes import CloseCode
from protocol.socketio.engine import EnginePacket, Type, join_body
from protocol.socketio.errors import Violation
from protocol.socketio.heartbeat import Beat, Heartbeat
from protocol.socketio.parcel import CLOSE, PING, PROBED, Parcel
from protocol.socketio.transport import Transport
from protocol.socketio.waiting import Waiting

NOOP: bytes = join_body([f"{Type.NOOP:d}"])


class Line(Protocol):
    """A WebSocket. No call blocks or raises; on one that has ended they do nothing."""

    @property
    def waiting(self) -> int:
        """Bytes that have not left yet."""

    def send(self, frames: bytes) -> None:
        """Send ready-made frames."""

    def close(self, code: int, reason: str) -> None:
        """End it after what waits has left, within the listener's time for that."""

    def drop(self) -> None:
        """Forget the frames that wait."""


class End(Enum):
    """How a session ends."""

    GONE = auto()
    """The peer is to notice, and comes back with another session."""
    SAID = auto()
    """The peer has said so itself."""
    LAST_WORDS = auto()
    """The peer gets what waits for it first, and stays away."""


class Channel:
    """One Engine.IO session. `ended` is called once, when nothing goes through it any more."""

    def __init__(self, terms: Terms, alarms: Alarms, line: Line | None, ended: Callable[[int], None]) -> None:
        now = trio.current_time()
        self.heart = Heartbeat(terms.ping_interval_s, terms.ping_timeout_s, now)
        self.over = False
        self._terms = terms
        self._alarms = alarms
        self._line = line
        self._transport = Transport.POLLING if line is None else Transport.WEBSOCKET
        self._prober: Line | None = None
        self._ended = ended
        self._waiting = Waiting(terms.outbox_bytes)
        self._requests: set[str] = set()
        self._news = trio.Event()
        self._end = End.GONE
        self._alarm = alarms.set(self.heart.next_at, self._look)

    @property
    def transport(self) -> Transport:
        """What carries it now."""
        return self._transport

    @property
    def waiting(self) -> int:
        """Bytes that wait for the peer."""
        return self._waiting.size if self._line is None else self._line.waiting

    @property
    def broken(self) -> bool:
        """Whether it is over without its peer having asked for it, or having been told."""
        return self.over and self._end is End.GONE

    @property
    def has_last_words(self) -> bool:
        """Whether it is over but for what the peer's next polls are to bring."""
        return self.over and self._end is End.LAST_WORDS and bool(self._waiting)

    def is_on(self, line: Line) -> bool:
        """Whether this WebSocket carries it."""
        return self._line is line

    def is_probed_by(self, line: Line) -> bool:
        """Whether this WebSocket is on its way to carry it."""
        return self._prober is line

    def send(self, parcel: Parcel) -> None:
        """Send, or keep until the peer polls. One that is too far behind is cut: it would miss something unnoticed."""
        if self.over:
            return
        if not self.has_room:
            self._cut(CloseCode.TOO_SLOW, "too slow")
        elif self._line is not None:
            self._line.send(parcel.frames)
        else:
            self._waiting.put(parcel)
            self._news.set()

    @property
    def has_room(self) -> bool:
        """Whether something more may wait for the peer."""
        return self._waiting.has_room if self._line is None else self._line.waiting < self._terms.outbox_bytes

    # ------------------------------------------------------------------ what comes in

    def take(self, packet: EnginePacket) -> str | bytes | None:
        """Return the message that came, if it is one. Raises Violation."""
        match packet.type:
            case Type.MESSAGE:
                return packet.data
            case Type.PONG:
                self.heart.ponged(trio.current_time())
                self._look()
            case Type.CLOSE:
                self.end(CloseCode.BYE, "bye", End.SAID)
            case Type.PING:
                raise Violation("pings are the server's")
        return None

    async def poll(self) -> bytes:
        """Return what waits, once something does. Raises Rejected when it ends, or is polled already, which ends it.

        A poll that is cancelled ends the session: nobody knows what of the answer has arrived.
        """
        with self._alone("GET"):
            while not (self._waiting or self.over or self._transport is not Transport.POLLING):
                self._news = trio.Event()
                await self._news.wait()
        return self._answer()

    def delivery(self) -> AbstractContextManager[None]:
        """Return the time in which a POST is handled. Raises Rejected as `poll` does; is cancelled as it is."""
        return self._alone("POST")

    # ------------------------------------------------------------------ upgrade

    def probe(self, line: Line, packet: EnginePacket) -> None:
        """A WebSocket wants to take over. Raises Violation."""
        self._transport = self._transport.probed(packet)
        self._prober = line
        line.send(PROBED.frames)
        self._news.set()

    def upgrade(self, line: Line, packet: EnginePacket) -> None:
        """It takes over. Raises Violation."""
        self._transport = self._transport.upgraded(packet)
        self._prober, self._line = None, line
        line.send(self._waiting.take_frames())
        self._news.set()

    def lost(self, line: Line) -> None:
        """This WebSocket has ended: with the session, if it carries it."""
        if self._prober is line:
            self._prober, self._transport = None, Transport.POLLING
        elif self._line is line:
            self.end(CloseCode.BYE, "bye")

    # ------------------------------------------------------------------ end

    def end(self, code: int, reason: str, how: End = End.GONE) -> None:
        """End it, as seen from the hub at once. Only the first call counts."""
        if self.over:
            return
        if how is End.LAST_WORDS:
            self.send(CLOSE)
        self.over, self._end = True, how
        self._alarms.cancel(self._alarm)
        for line in (self._line, self._prober):
            if line is not None:
                line.close(code, reason)
        self._news.set()
        self._ended(code)

    @contextmanager
    def _alone(self, method: str) -> Iterator[None]:
        if self._transport is Transport.WEBSOCKET:
            raise Rejected(Problem.BAD_REQUEST)
        if method in self._requests:
            self.end(CloseCode.MALFORMED, f"two {method}s at once")
            raise Rejected(Problem.BAD_REQUEST)
        self._requests.add(method)
        try:
            yield
        except trio.Cancelled:
            self.end(CloseCode.BYE, "a request was given up")
            raise
        finally:
            self._requests.discard(method)

    def _cut(self, code: int, reason: str) -> None:
        self._waiting.clear()
        if self._line is not None:
            self._line.drop()
        self.end(code, reason)

    def _answer(self) -> bytes:
        if self.broken:
            raise Rejected(Problem.UNKNOWN_SESSION)
        return join_body(self._waiting.take_packets()) if self._waiting else NOOP

    def _look(self) -> None:
        if self.over:
            return
        match self.heart.look(trio.current_time()):
            case Beat.PING:
                self.send(PING)
            case Beat.GIVE_UP:
                self._cut(CloseCode.SILENT, "no pong in time")
        if not self.over:
            self._alarms.cancel(self._alarm)
            self._alarm = self._alarms.set(self.heart.next_at, self._look)
