"""Many connections on one epoll: the whole generator is one thread that never blocks on a socket."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Sequence
from functools import partial
from time import monotonic, monotonic_ns
from types import TracebackType
from typing import Protocol, Self, TypeVar
from urllib.parse import urlsplit

from loadtest.client import Client
from loadtest.connection import DONE, Connection
from loadtest.errors import SignInFailed
from loadtest.tally import Tally
from loadtest.wire import hello, upgrade

C = TypeVar("C", bound=Connection)
L = TypeVar("L", bound="Entering")

BATCH = 64  # so that a flood of arrivals never keeps a due message waiting for long
IN_FLIGHT = 100  # handshakes at once, well under any listener's backlog
POLL_S = 0.05


class Entering(Protocol):
    """A session that is `ready` once the server has taken it in, or `lost`."""

    @property
    def ready(self) -> bool: ...
    @property
    def lost(self) -> str | None: ...


class Swarm:
    """Clients of one hub, and what else speaks to it. Close it, or use it as a context manager."""

    def __init__(self, url: str, tally: Tally) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._port = parts.port or 80
        self._path = parts.path or "/"
        self._tally = tally
        self._epoll = select.epoll()
        self._by_fd: dict[int, Connection] = {}
        self._connections: list[Connection] = []
        self.clients: list[Client] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def sign_in(self, tokens: Sequence[str], *, timeout_s: float = 120.0) -> list[Client]:
        """Open a session for each token, in order, and return them once all are synced.

        Raises SignInFailed when one is refused or the time is up.
        """
        return self.gather(len(tokens), lambda number: self.connect(tokens[number]), timeout_s=timeout_s)

    def gather(self, count: int, begin: Callable[[int], L], *, timeout_s: float = 120.0) -> list[L]:
        """Have `begin` open so many sessions, in order and not all at once, and return them once all are ready.

        Raises SignInFailed when one is refused or the time is up.
        """
        opened: list[L] = []
        waiting: list[L] = []
        deadline = monotonic() + timeout_s
        while waiting or len(opened) < count:
            while len(opened) < count and len(waiting) < IN_FLIGHT:
                waiting.append(begin(len(opened)))
                opened.append(waiting[-1])
            self.pump(POLL_S)
            # Only those that wait are looked at: with all of them, thousands, the generator would be what is measured.
            lost = next((client.lost for client in waiting if client.lost), None)
            waiting = [client for client in waiting if not client.ready]
            if lost or monotonic() > deadline:
                ready = len(opened) - len(waiting)
                raise SignInFailed(f"{ready} of {count} sessions ready: {lost or f'{timeout_s:g} s are over'}")
        return opened

    def pump(self, timeout_s: float) -> int:
        """Serve the sockets that want it, waiting at most `timeout_s` for the first.

        Returns how long that took from the end of the wait on, in nanoseconds: meanwhile nothing else could be done.
        It is 0 when there was nothing to serve.
        """
        if timeout_s > 0:
            # select waits to the microsecond, where epoll's own timeout is rounded up to a millisecond.
            select.select([self._epoll], [], [], timeout_s)
        woken_ns = monotonic_ns()
        ready = self._epoll.poll(0, BATCH)
        for fd, events in ready:
            connection = self._by_fd[fd]
            if events & ~select.EPOLLOUT:
                connection.readable()
            if events & select.EPOLLOUT and connection.lost is None:
                connection.writable()
            if connection.lost is not None:
                del self._by_fd[fd]  # closing the socket took it off the epoll
        return monotonic_ns() - woken_ns if ready else 0

    def lost(self) -> list[str]:
        """Return why connections ended that should not have, one reason for each."""
        return [each.lost for each in self._connections if each.lost not in (None, DONE)]

    def close(self) -> None:
        """End every connection."""
        for connection in self._connections:
            connection.lose(DONE)
        self._epoll.close()

    def connect(self, token: str) -> Client:
        """Begin a session with this token; `ready` or `lost` of the client tells how it went."""
        client = self.join(lambda raw, opening: Client(raw, opening, hello(token), self._tally))
        self.clients.append(client)
        return client

    def join(self, make: Callable[[socket.socket, bytes], C]) -> C:
        """Begin to connect to the hub, and serve what `make` makes of the socket and the opening handshake."""
        opening = upgrade(self._host, self._port, self._path)
        return self.add(self._host, self._port, lambda raw: make(raw, opening))

    def add(self, host: str, port: int, make: Callable[[socket.socket], C]) -> C:
        """Begin to connect to an address, and have the swarm serve what `make` makes of the socket."""
        raw = socket.socket()
        raw.setblocking(False)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.connect_ex((host, port))
        return self.serve(raw, make(raw))

    def serve(self, raw: socket.socket, connection: C) -> C:
        """Serve a connection on this socket, which must not block, until it is lost."""
        fd = raw.fileno()
        connection.on_rearm(partial(self._rearm, fd))
        self._epoll.register(fd, select.EPOLLIN | select.EPOLLOUT)
        self._by_fd[fd] = connection
        self._connections.append(connection)
        return connection

    def pause(self, connection: Connection) -> None:
        """Leave what comes in the socket, whatever becomes of it. Nothing may be sent until `resume`."""
        self._epoll.unregister(connection.fileno())

    def resume(self, connection: Connection) -> None:
        """Serve it again."""
        self._epoll.register(connection.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def _rearm(self, fd: int, writing: bool) -> None:
        self._epoll.modify(fd, select.EPOLLIN | (select.EPOLLOUT if writing else 0))
