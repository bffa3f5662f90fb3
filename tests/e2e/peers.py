"""Native clients that know nothing of this project's code: what a third party would write from `protocol.md`.

`PythonPeer` is written only with `websockets` and `msgpack`, `NodePeer` only with `ws` and `@msgpack/msgpack`. They
are as dumb as they can be: a dialogue sends frames and says which ones it expects.
"""

from __future__ import annotations

import base64
import json
import queue
import shutil
import ssl
import subprocess
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import msgpack
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

MSGPACK = "hubbub.v1.msgpack"
JSON = "hubbub.v1.json"
PATIENCE_S = 20.0
NODE = shutil.which("node")
NODE_DIRECTORY = Path(__file__).parent / "node"

Frame = dict[str, Any]


class Closed(NamedTuple):
    """The connection has ended with this code."""

    code: int
    reason: str


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body


class Silence(Exception):
    """Nothing came, for far longer than anything takes."""


class Peer(Protocol):
    """One connection. `binary`: what kind of messages its subprotocol has."""

    @property
    def binary(self) -> bool: ...

    def send(self, **frame: Any) -> None:
        """Send one frame."""

    def send_raw(self, data: bytes, *, binary: bool) -> None:
        """Send a message that may be no frame."""

    def receive(self) -> Frame | Closed:
        """Return the next frame, or how the connection ended. Raises Silence."""

    def leave(self) -> None:
        """End the connection, if it is still there."""


class PythonPeer:
    """A client of `websockets` and `msgpack`. Raises Refused."""

    def __init__(
        self, url: str, subprotocol: str, *, origin: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.binary = subprotocol == MSGPACK
        self._connected = ExitStack()
        self._connection = self._connect(url, subprotocol, origin, tls)
        assert self._connection.subprotocol == subprotocol
        assert self._connection.protocol.extensions == []

    def send(self, **frame: Any) -> None:
        self._connection.send(msgpack.packb(frame) if self.binary else json.dumps(frame))

    def send_raw(self, data: bytes, *, binary: bool) -> None:
        self._connection.send(data, text=not binary)

    def receive(self) -> Frame | Closed:
        try:
            data = self._connection.recv(PATIENCE_S)
        except TimeoutError:
            raise Silence from None
        except ConnectionClosed as end:
            return Closed(end.rcvd.code, end.rcvd.reason) if end.rcvd else Closed(1006, "")
        assert isinstance(data, bytes) == self.binary
        frame: Frame = msgpack.unpackb(data) if isinstance(data, bytes) else json.loads(data)
        return frame

    def leave(self) -> None:
        self._connected.close()

    def _connect(self, url: str, subprotocol: str, origin: str | None, tls: ssl.SSLContext | None) -> ClientConnection:
        headers = {} if origin is None else {"Origin": origin}
        try:
            return self._connected.enter_context(
                connect(
                    url,
                    subprotocols=[Subprotocol(subprotocol)],
                    additional_headers=headers,
                    open_timeout=PATIENCE_S,
                    proxy=None,
                    ssl=tls,
                )
            )
        except InvalidStatus as refused:
            raise Refused(refused.response.status_code, refused.response.body.decode()) from None


class NodePeer:
    """A client of `ws` and `@msgpack/msgpack` in a process of its own. Raises Refused."""

    def __init__(self, url: str, subprotocol: str) -> None:
        assert NODE is not None
        self.binary = subprotocol == MSGPACK
        self._process = subprocess.Popen(
            [NODE, "peer.mjs", url, subprotocol],
            cwd=NODE_DIRECTORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        opening = self._next()
        if "refused" in opening:
            self.leave()
            raise Refused(opening["refused"], opening["body"])
        assert opening == {"open": subprotocol, "extensions": ""}, opening

    def send(self, **frame: Any) -> None:
        self._order({"send": frame})

    def send_raw(self, data: bytes, *, binary: bool) -> None:
        self._order({"raw": base64.b64encode(data).decode(), "binary": binary})

    def receive(self) -> Frame | Closed:
        line = self._next()
        if "close" in line:
            return Closed(line["close"], line["reason"])
        frame: Frame = line["frame"]
        return frame

    def leave(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _order(self, order: Frame) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _next(self) -> Frame:
        try:
            line: Frame = json.loads(self._lines.get(timeout=PATIENCE_S))
        except queue.Empty:
            raise Silence from None
        return line

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)


def why_node_is_missing() -> str | None:
    """Return why there are no node peers, None when there are."""
    if NODE is None:
        return "node is not installed"
    if not (NODE_DIRECTORY / "node_modules" / "ws").is_dir():
        return "the packages of the node peers are not installed: make node"
    return None
