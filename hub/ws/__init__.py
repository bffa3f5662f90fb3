"""WebSockets: `hubbub.v1` and Socket.IO over trio-websocket, with ready-made frames pushed straight into the sockets.

`listener` accepts, drains and counts. `connection` owns one wire and `client` what is said over it. `handshake` judges
requests, `intake` sorts what arrives (both without I/O), `stream` joins that to trio-websocket. `outbox` decides what
may wait, `outgoing` is the one way out, `transport` is the socket. `watch` keeps all times with one task.
`usher` says who may come in; `guests` are those of Socket.IO, whose connections come from the HTTP listener.
"""

from hub.ws.front import Door, Front
from hub.ws.guests import Guests
from hub.ws.listener import WsListener, WsStatistics

__all__ = ["Door", "Front", "Guests", "WsListener", "WsStatistics"]
