"""A non-blocking socket of the swarm: what is common to all that speak over one."""

from __future__ import annotations

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable

READ_BYTES = 65_536
DONE = "done"


class Connection(ABC):
    """Sends in order and takes what comes. `lost` says why it is no more, None while it lives; `DONE` is no loss."""

    __slots__ = ("_outgoing", "_rearm", "_socket", "lost")

    def __init__(self, connection: socket.socket, opening: bytes = b"") -> None:
        self._socket = connection
        self._outgoing = bytearray(opening)
        self._rearm: Callable[[bool], None] = lambda writing: None
        self.lost: str | None = None

    @abstractmethod
    def take(self, chunk: bytes) -> None:
        """Bytes have arrived."""

    def fileno(self) -> int:
        """Return the descriptor of the socket; -1 once it is lost."""
        return self._socket.fileno()

    def on_rearm(self, rearm: Callable[[bool], None]) -> None:
        """Set what is called when it begins (True) or ceases (False) to wait for its socket to take bytes."""
        self._rearm = rearm

    def send(self, data: bytes) -> None:
        """Send now, or as soon as the socket takes it; what is sent never interleaves."""
        if self.lost is not None:
            return
        waiting = bool(self._outgoing)
        self._outgoing += data
        if not waiting:
            self._flush()
            if self._outgoing and self.lost is None:
                self._rearm(True)

    def writable(self) -> None:
        """Send what waits: the socket takes bytes again."""
        self._flush()
        if not self._outgoing and self.lost is None:
            self._rearm(False)

    def readable(self) -> None:
        """Take what arrived."""
        try:
            chunk = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(f"receive: {error.strerror}")
            return
        if chunk:
            self.take(chunk)
        else:
            self.lose("closed by the hub")

    def lose(self, reason: str) -> None:
        """End the connection; the first reason stays."""
        if self.lost is None:
            self.lost = reason
            self._socket.close()

    def _flush(self) -> None:
        try:
            sent = self._socket.send(self._outgoing)
        except BlockingIOError:
            return
        except OSError as error:
            self.lose(f"send: {error.strerror}")
            return
        del self._outgoing[:sent]
