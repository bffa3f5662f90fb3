"""The packets of Engine.IO 4 and Socket.IO 5 that a client on one WebSocket needs: text, the first digits its types."""

from __future__ import annotations

import json
from typing import Final

from loadtest.walker import TEXT
from loadtest.wire import client_frame

PATH: Final = "/socket.io/?EIO=4&transport=websocket"
OPEN: Final = b"0"
PING: Final = b"2"
PONG: Final = client_frame(b"3", TEXT)
CONNECTED: Final = b"40"


def connect(**auth: str) -> bytes:
    """Return the frame that enters the namespace `/`, with what one signs in by, if anything."""
    return client_frame(CONNECTED + (json.dumps(auth).encode() if auth else b""), TEXT)
