"""Socket.IO over WebSockets: connections that come from the HTTP listener, carried like the native ones.

Nothing of hypercorn's own WebSockets is used: see docs/decisions/0027-socket-io-over-our-own-websockets.md.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import trio
from trio_websocket import WebSocketRequest
from werkzeug.datastructures import Headers

from http_edge.origins import Origins
from http_edge.peers import Peers, own_url
from http_edge.socketio import Door, Rejected, SocketServer, Visitor
from http_edge.socketio.queries import PATH
from hub.accept import peer_address
from hub.config import Config
from hub.http_connection import Upgrade
from hub.ws.client import Line
from hub.ws.connection import Connection
from hub.ws.handshake import Refusal, check_key
from hub.ws.terms import times_of
from hub.ws.transport import Replayed, opened
from hub.ws.usher import Admission
from protocol.codes import CloseCode
from protocol.websocket import close_frame

HINT: Final = "Socket.IO is spoken here"


class Guest:
    """The peer of one WebSocket, and the line of its session: implements both sides' view of it."""

    __slots__ = ("_door", "_line")

    def __init__(self, line: Line, enter: Callable[[Guest], Door]) -> None:
        self._line = line
        self._door: Door | None = None
        try:
            self._door = enter(self)
        except Rejected as rejected:
            # There was room when it asked.
            self.close(CloseCode.GOING_AWAY, str(rejected))

    @property
    def signed_in(self) -> bool:
        """Whether its session has joined."""
        return self._door is not None and self._door.joined

    @property
    def waiting(self) -> int:
        """Bytes that have not left yet."""
        return self._line.outgoing.waiting

    # ------------------------------------------------------------------ Party

    async def take(self, message: bytes | str) -> None:
        """Hand over one message."""
        if self._door is not None and not self._line.outgoing.finished:
            await self._door.take(message)

    def heard(self) -> None:
        """Something arrived: Engine.IO has a heartbeat of its own."""

    def ponged(self, payload: bytes) -> None:
        """A ping was answered that nobody has sent."""

    def too_big(self) -> None:
        """A message exceeds what is allowed."""
        if self._door is not None:
            self._door.too_big()

    def progressed(self) -> None:
        """Some of what waited has left."""

    def go_away(self, retry_ms: int, deadline: float) -> None:
        """The hub stops: the server of the sessions has ended them."""

    def left(self) -> None:
        """The connection is over."""
        if self._door is not None:
            self._door.left()

    # ------------------------------------------------------------------ Line

    def send(self, frames: bytes) -> None:
        """Send ready-made frames."""
        self._line.outgoing.send(frames)

    def close(self, code: int, reason: str) -> None:
        """End the connection after what waits, or abort it at the close deadline."""
        self._line.end(close_frame(code, reason))

    def drop(self) -> None:
        """Forget the frames of which nothing has left."""
        self._line.outgoing.drop_unsent()


class Guests:
    """Serves WebSockets that were asked for at `/socket.io/`. Implements `hub.http.Guests`."""

    def __init__(self, server: SocketServer, origins: Origins, peers: Peers, config: Config) -> None:
        self._server = server
        self._origins = origins
        self._peers = peers
        self._times = times_of(config)

    def takes(self, target: bytes) -> bool:
        """Whether a request with this target is for Socket.IO."""
        return target.partition(b"?")[0] == PATH.encode()

    async def serve(self, tcp: trio.SocketStream, upgrade: Upgrade) -> None:
        """Serve one until both sides have ended, or the peer's time is up."""
        try:
            address = str(peer_address(tcp))
            host, port, *_ = tcp.socket.getsockname()
        except OSError:  # gone already
            return
        usher = _Usher(self, upgrade, (host, port))
        await Connection(tcp, address, self._times, usher, partial(_reopened, upgrade)).run()

    @property
    def max_bytes(self) -> int:
        """What one message may have."""
        return self._server.terms.max_payload_bytes

    def visitor(self, upgrade: Upgrade, address: str, own: tuple[str, int]) -> Visitor:
        """Judge the request of somebody at `address`, made to the hub's address `own`. Raises Rejected."""
        headers = Headers([(name.decode("latin-1"), value.decode("latin-1")) for name, value in upgrade.headers])
        peer = self._peers.behind(address, headers, tls=isinstance(upgrade.stream, trio.SSLStream))
        target, base = upgrade.target.decode("latin-1"), own_url(headers, peer, own)
        return Visitor(self._server, self._origins, target, headers, peer.network, base)


class _Usher:
    """Lets one connection in. What it asks for is known: the library's request has no `Host`."""

    def __init__(self, guests: Guests, upgrade: Upgrade, own: tuple[str, int]) -> None:
        self._guests = guests
        self._upgrade = upgrade
        self._own = own
        self.max_bytes = guests.max_bytes

    def judge(self, request: WebSocketRequest, address: str) -> Admission:
        """See `hub.ws.usher.Usher`."""
        check_key(request.headers, HINT)
        try:
            visitor = self._guests.visitor(self._upgrade, address, self._own)
        except Rejected as rejected:
            problem = rejected.problem
            raise Refusal(problem.status, problem.body.decode(), "application/json") from None
        return Admission(None, partial(Guest, enter=visitor.enter))


async def _reopened(upgrade: Upgrade) -> Replayed:
    await trio.lowlevel.checkpoint()
    return Replayed(opened(upgrade.stream), upgrade.received)
