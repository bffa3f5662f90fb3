"""What stands behind a WebSocket that came for Socket.IO: a session of its own, or one that moves here from polling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import trio
from werkzeug.datastructures import Headers

from actors.runtime.alarms import Alarm
from http_edge.origins import Origins
from http_edge.socketio import queries
from http_edge.socketio.channel import Line
from http_edge.socketio.errors import Problem, Rejected
from http_edge.socketio.server import SocketServer
from http_edge.socketio.session import Session
from protocol.codes import CloseCode
from protocol.socketio.engine import EnginePacket, decode_packet
from protocol.socketio.errors import Violation
from protocol.socketio.parcel import frames_of
from protocol.socketio.transport import Transport

MAX_FIELDS: Final = 50


class Door:
    """One WebSocket's way in. `take` is never called twice at once; `left` once, in the end.

    A session that moves here has until the time for joining runs out; if it does not, it goes on polling.
    """

    def __init__(self, server: SocketServer, line: Line, session: Session, *, opens: bool) -> None:
        self._line = line
        self._session = session
        self._alarms = server.alarms
        self._patience: Alarm | None = None
        if opens:
            line.send(frames_of([server.opening(session)]))
        else:
            deadline = trio.current_time() + server.terms.connect_timeout_s
            self._patience = self._alarms.set(deadline, self._did_not_upgrade)

    @property
    def joined(self) -> bool:
        """Whether its session has, and is carried by it."""
        return self._session.joined and self._carries()

    async def take(self, message: str | bytes) -> None:
        """Handle one message. Raises nothing; when it is cancelled, `left` must follow."""
        try:
            packet = decode_packet(message)
            if not self._carries():
                self._climb(packet)
                return
        except Violation as violation:
            self._refuse(str(violation))
            return
        await self._session.take(packet)

    def too_big(self) -> None:
        """A message is larger than any payload may be."""
        self._refuse("message too big", CloseCode.TOO_BIG)

    def left(self) -> None:
        """The WebSocket has ended."""
        self._calm()
        self._session.channel.lost(self._line)

    def _carries(self) -> bool:
        return self._session.channel.is_on(self._line)

    def _climb(self, packet: EnginePacket) -> None:
        """Take one of the two steps of an upgrade. Raises Violation."""
        channel = self._session.channel
        if channel.over:
            raise Violation("the session has ended")
        if not channel.is_probed_by(self._line):
            channel.probe(self._line, packet)
        else:
            channel.upgrade(self._line, packet)
            self._calm()

    def _refuse(self, reason: str, code: CloseCode = CloseCode.MALFORMED) -> None:
        if self._carries():
            self._session.end(code, reason)
        else:
            self._line.close(code, reason)

    def _did_not_upgrade(self) -> None:
        self._line.close(CloseCode.NO_HELLO, "no upgrade in time")

    def _calm(self) -> None:
        if self._patience is not None:
            self._alarms.cancel(self._patience)


class Visitor:
    """A request for a WebSocket, judged before it is answered. Raises Rejected."""

    def __init__(self, server: SocketServer, origins: Origins, target: str, headers: Headers, network: str, base: str):
        self._server = server
        self.handshake = queries.shake_hands(headers, network, base, origins)
        query = queries.read(_fields(target), "GET", "websocket")
        self._session = None if query.sid is None else server.find(query.sid)
        if self._session is None:
            server.check_room(self.handshake)
        elif self._session.channel.transport is Transport.WEBSOCKET:
            raise Rejected(Problem.BAD_REQUEST)

    def enter(self, line: Line) -> Door:
        """The WebSocket is open. Raises Rejected when there is no room any more."""
        session = self._session
        if session is None:
            return Door(self._server, line, self._server.open(self.handshake, line), opens=True)
        return Door(self._server, line, session, opens=False)


def _fields(target: str) -> Mapping[str, str]:
    try:
        return dict(reversed(parse_qsl(target.partition("?")[2], max_num_fields=MAX_FIELDS)))
    except ValueError:
        raise Rejected(Problem.BAD_REQUEST) from None
