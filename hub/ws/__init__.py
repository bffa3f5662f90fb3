"""WebSockets: `hubbub.v1` and Socket.IO, with ready-made frames pushed straight into the sockets.

`listener` accepts, drains and counts. `connection` owns one wire and `client` what is said over it. trio-websocket does
the handshake behind `library`, on a `stream` of ours; `handshake` and `usher` say who comes in, `guests` are those of
Socket.IO, whose connections come from the HTTP listener. Then `hearing` reads, and `intake` makes messages of it, with
a `judge` for what is more than a message (both without I/O). `outbox` decides what may wait, `outgoing` is the one way
out, `transport` is the socket. `watch` keeps all times with one task.
"""

from hub.ws.front import Door, Front
from hub.ws.guests import Guests
from hub.ws.listener import WsListener, WsStatistics

__all__ = ["Door", "Front", "Guests", "WsListener", "WsStatistics"]
