"""A peer that signs in and never reads again: raw bytes on a socket, since every library reads by itself."""

from __future__ import annotations

import base64
import json
import os
import socket
from urllib.parse import urlsplit

from tests.e2e.peers import JSON

SMALL_BUFFER = 4_096


class DeafPeer:
    """Connected and signed in as a device of its own, with next to no room for what it does not read."""

    def __init__(self, url: str, token: str, device: str) -> None:
        address = urlsplit(url)
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
        self._socket.settimeout(20)
        self._socket.connect((address.hostname, address.port))
        self._socket.sendall(_handshake(address.netloc))
        assert self._socket.recv(SMALL_BUFFER).startswith(b"HTTP/1.1 101")
        hello = {"t": "hello", "ref": 1, "device": device, "token": token}
        self._socket.sendall(_text_frame(json.dumps(hello).encode()))
        assert b"welcome" in self._socket.recv(SMALL_BUFFER)

    def leave(self) -> None:
        """Close the socket."""
        self._socket.close()


def _handshake(host: str) -> bytes:
    return (
        f"GET /ws HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Protocol: {JSON}\r\n\r\n"
    ).encode()


def _text_frame(payload: bytes) -> bytes:
    """One masked text frame; its mask is all zeros, and so the payload stays as it is, but for spaces at its end."""
    payload = payload.ljust(126)
    return b"\x81\xfe" + len(payload).to_bytes(2) + bytes(4) + payload
