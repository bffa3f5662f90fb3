"""The sessions of a hub: found by their id, bounded, counted, ended all at once when the hub stops."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import trio

from actors.runtime.alarms import Alarms
from http_edge.socketio.channel import Line
from http_edge.socketio.errors import Problem, Rejected
from http_edge.socketio.handler import Handler
from http_edge.socketio.handshake import Handshake
from http_edge.socketio.session import Session
from http_edge.socketio.terms import Terms
from protocol.codes import CloseCode
from protocol.socketio.engine import open_packet
from protocol.socketio.transport import Transport


@dataclass(frozen=True, slots=True)
class SocketStatistics:
    """A snapshot. `joined` are those that may be told something; `slow_closes` and `silent_closes` only ever grow."""

    sessions: int
    joined: int
    websockets: int
    waiting_bytes: int
    slow_closes: int
    silent_closes: int


class SocketServer:
    """Keeps the sessions. `run` looks after their times; `drain` ends them."""

    def __init__(self, handler: Handler, terms: Terms) -> None:
        self.terms = terms
        self._handler = handler
        self._alarms = Alarms()
        self._sessions: dict[str, Session] = {}
        self._networks: Counter[str] = Counter()
        self._closes: Counter[int] = Counter()
        self._draining = False

    @property
    def alarms(self) -> Alarms:
        """What goes off while it runs."""
        return self._alarms

    def statistics(self) -> SocketStatistics:
        """Return the counters. Never blocks."""
        sessions = list(self._sessions.values())
        return SocketStatistics(
            sessions=len(sessions),
            joined=sum(session.joined for session in sessions),
            websockets=sum(session.channel.transport is Transport.WEBSOCKET for session in sessions),
            waiting_bytes=sum(session.channel.waiting for session in sessions),
            slow_closes=self._closes[CloseCode.TOO_SLOW],
            silent_closes=self._closes[CloseCode.SILENT],
        )

    async def run(self) -> None:
        """Ping and give up who is due, for ever."""
        await self._alarms.run()

    def find(self, sid: str) -> Session:
        """Return the session with this id. Raises Rejected."""
        try:
            return self._sessions[sid]
        except KeyError:
            raise Rejected(Problem.UNKNOWN_SESSION) from None

    def open(self, handshake: Handshake, line: Line | None = None) -> Session:
        """Begin a session, on polls or on a WebSocket, which the open packet is to be sent to. Raises Rejected."""
        self.check_room(handshake)
        session = Session(handshake, self._handler, self.terms, self._alarms, line, self._ended)
        self._sessions[session.id] = session
        self._networks[handshake.network] += 1
        return session

    def check_room(self, handshake: Handshake) -> None:
        """Raise Rejected when no session can begin now."""
        full = len(self._sessions) >= self.terms.sessions
        if full or self._draining or self._networks[handshake.network] >= self.terms.sessions_per_network:
            raise Rejected(Problem.TOO_MANY)

    def opening(self, session: Session) -> str | bytes:
        """Return the packet that a session begins with."""
        terms = self.terms
        return open_packet(
            session.id,
            upgrades=["websocket"] if session.channel.transport is Transport.POLLING else [],
            interval_ms=round(terms.ping_interval_s * 1_000),
            timeout_ms=round(terms.ping_timeout_s * 1_000),
            max_payload_bytes=terms.max_payload_bytes,
        )

    def drain(self) -> None:
        """Take nobody new and end everybody, for their clients to come back to the hub's next run. Never blocks."""
        self._draining = True
        for session in list(self._sessions.values()):
            session.end(CloseCode.GOING_AWAY, "the hub restarts")

    def tidy(self, session: Session) -> None:
        """Forget the session if it has ended and its peer has its last words."""
        if session.channel.over and not session.channel.has_last_words:
            self._forget(session)

    def _ended(self, session: Session, code: int) -> None:
        self._closes[code] += 1
        if session.channel.has_last_words:
            deadline = trio.current_time() + self.terms.connect_timeout_s
            self._alarms.set(deadline, lambda: self._forget(session))
        else:
            self._forget(session)

    def _forget(self, session: Session) -> None:
        if self._sessions.pop(session.id, None) is None:
            return
        network = session.handshake.network
        self._networks[network] -= 1
        if not self._networks[network]:
            del self._networks[network]
