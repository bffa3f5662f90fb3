"""Socket.IO on the HTTP edge: sessions of our own over the cores in `protocol.socketio`.

`server` keeps the sessions. A `session` is what handlers see, over a `channel`, which carries it: by `polling`, or by a
WebSocket that the listener brings and `door` stands behind. `queries` judges requests for both. Nothing here knows what
is said.
"""

from http_edge.socketio.door import Door, Visitor
from http_edge.socketio.errors import Rejected
from http_edge.socketio.handler import Handler, Peer
from http_edge.socketio.handshake import Handshake
from http_edge.socketio.polling import Polling
from http_edge.socketio.server import SocketServer, SocketStatistics
from http_edge.socketio.session import Session
from http_edge.socketio.terms import Terms

__all__ = [
    "Door",
    "Handler",
    "Handshake",
    "Peer",
    "Polling",
    "Rejected",
    "Session",
    "SocketServer",
    "SocketStatistics",
    "Terms",
    "Visitor",
]
