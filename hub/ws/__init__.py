"""The WebSocket listener: `hubbub.v1` over trio-websocket, with ready-made frames pushed straight into the sockets.

`listener` accepts, drains and counts; `connection` lives through one connection; `stream` is the only place where bytes
enter and leave a socket; `intake` sorts what arrives, `outbox` keeps what cannot leave yet; `handshake` judges requests;
`watch` keeps every connection's time with one task.
"""

from hub.ws.front import Door, Front
from hub.ws.listener import WsListener, WsStatistics

__all__ = ["Door", "Front", "WsListener", "WsStatistics"]
