"""The WebSocket listener: `hubbub.v1` over trio-websocket, with ready-made frames pushed straight into the sockets.

`listener` accepts, drains and counts. `connection` owns one wire and `client` what is said over it. `handshake` judges
requests, `intake` sorts what arrives (both without I/O), `stream` joins that to trio-websocket. `outbox` decides what
may wait, `outgoing` is the one way out, `transport` is the socket. `watch` keeps all times with one task.
"""

from hub.ws.front import Door, Front
from hub.ws.listener import WsListener, WsStatistics

__all__ = ["Door", "Front", "WsListener", "WsStatistics"]
