"""The accept loop that both listeners share: contained, capped, counted, drainable.

`trio.serve_listeners` lets one handler's exception end the whole server, and a listener without caps lets one address
take every file descriptor. An `Acceptor` owns the loop instead: whatever a handler raises ends its own connection only.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

import trio

from actors.addresses import Network, address_of, is_in, network_of

Handler = Callable[[trio.SocketStream], Awaitable[None]]

log = logging.getLogger("hubbub.accept")

ACCEPT_BACKOFF_S = 0.1
# With linger on and zero seconds a close resets the connection: what the peer never read is dropped at once.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections a listener holds.

    `total` counts all of them, `per_address` those of one IPv4 address or one IPv6 /64 network (what one customer gets,
    so that a neighbour inside it is no other person). Peers in `exempt` (reverse proxies, which speak for everybody)
    count for `total` only.
    """

    total: int
    per_address: int
    exempt: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True)
class AcceptStatistics:
    """A snapshot. All but `open` only ever grow.

    `refused_*`: closed at once because of a cap. `failed`: the handler raised. `aborted`: cut by `abort`.
    `accept_errors`: the system refused to accept (no file descriptor left, no memory).
    """

    open: int
    accepted: int
    refused_total: int
    refused_address: int
    failed: int
    aborted: int
    accept_errors: int


class Acceptor:
    """Accepts connections on any number of listeners and runs one contained handler for each."""

    def __init__(self, name: str, limits: Limits) -> None:
        self._name = name
        self._limits = limits
        self._listeners: list[trio.SocketListener] = []
        self._open: dict[trio.SocketStream, trio.CancelScope] = {}
        self._per_address: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._idle = trio.Event()
        self._idle.set()

    def statistics(self) -> AcceptStatistics:
        """Return the counters. Never blocks."""
        count = self._counts
        return AcceptStatistics(
            open=len(self._open),
            accepted=count["accepted"],
            refused_total=count["refused_total"],
            refused_address=count["refused_address"],
            failed=count["failed"],
            aborted=count["aborted"],
            accept_errors=count["accept_errors"],
        )

    async def serve(
        self,
        listeners: Sequence[trio.SocketListener],
        handler: Handler,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Accept until `stop_accepting`, then return once the last connection is gone.

        `handler` gets the raw stream and owns its protocol, TLS and polite closing; the socket is closed for certain
        when it returns. Its exceptions are logged and counted here, the end of the line. On cancellation all
        connections are cancelled and closed. The listeners are closed when it returns, however it does.
        May run several times at once, with a handler for each set of listeners: the caps hold over all of them, and
        the first that returns closes the listeners of all.
        """
        self._listeners += listeners
        try:
            async with trio.open_nursery() as connections, trio.open_nursery() as accepting:
                for listener in listeners:
                    accepting.start_soon(self._accept_loop, listener, handler, connections)
                task_status.started()
        finally:
            self.stop_accepting()

    def stop_accepting(self) -> None:
        """Close the listeners; open connections go on. Idempotent."""
        for listener in self._listeners:
            listener.socket.close()

    async def drain(self, deadline: float) -> None:
        """Stop accepting, wait until all connections have ended or `deadline` (trio clock), then abort the rest."""
        self.stop_accepting()
        with trio.CancelScope(deadline=deadline):
            await self._idle.wait()
        self.abort()

    def abort(self) -> None:
        """Reset every open connection now, even one whose peer never reads and whose handler shields its sends."""
        for stream, scope in list(self._open.items()):
            self._counts["aborted"] += 1
            reset(stream)
            scope.cancel()

    async def _accept_loop(self, listener: trio.SocketListener, handler: Handler, nursery: trio.Nursery) -> None:
        while True:
            try:
                stream = await listener.accept()
            except trio.ClosedResourceError:
                return
            except OSError as error:
                # EMFILE and its like: the backlog waits, the loop must not die or spin.
                self._counts["accept_errors"] += 1
                log.warning("cannot accept connections", extra={"listener": self._name, "error": error.strerror})
                await trio.sleep(ACCEPT_BACKOFF_S)
            else:
                self._admit(stream, handler, nursery)

    def _admit(self, stream: trio.SocketStream, handler: Handler, nursery: trio.Nursery) -> None:
        try:
            key = self._address_key(stream)
        except OSError:  # gone between accept and here
            stream.socket.close()
            return
        refusal = self._refusal(key)
        if refusal is not None:
            self._counts[refusal] += 1
            reset(stream)
            return
        self._counts["accepted"] += 1
        self._enter(stream, key)
        nursery.start_soon(self._run, stream, key, handler)

    def _address_key(self, stream: trio.SocketStream) -> str | None:
        """Return what the per-address cap counts by; None for a peer that is exempt."""
        address = peer_address(stream)
        if address is None or is_in(address, self._limits.exempt):
            return None
        return network_of(str(address))

    def _refusal(self, key: str | None) -> str | None:
        if len(self._open) >= self._limits.total:
            return "refused_total"
        if key is not None and self._per_address[key] >= self._limits.per_address:
            return "refused_address"
        return None

    def _enter(self, stream: trio.SocketStream, key: str | None) -> None:
        if not self._open:
            self._idle = trio.Event()
        self._open[stream] = trio.CancelScope()
        if key is not None:
            self._per_address[key] += 1

    def _leave(self, stream: trio.SocketStream, key: str | None) -> None:
        stream.socket.close()
        del self._open[stream]
        if key is not None:
            self._per_address[key] -= 1
            if not self._per_address[key]:
                del self._per_address[key]
        if not self._open:
            self._idle.set()

    async def _run(self, stream: trio.SocketStream, key: str | None, handler: Handler) -> None:
        # The containment point of a connection: `except*` so that a Cancelled in the same group passes through.
        try:
            with self._open[stream]:
                await handler(stream)
        except* Exception as group:
            self._counts["failed"] += 1
            log.warning("connection failed", extra={"listener": self._name, "error": _names(group)}, exc_info=group)
        finally:
            self._leave(stream, key)


async def open_listeners(host: str, port: int, *, backlog: int = 1024) -> list[trio.SocketListener]:
    """Bind `host:port` and listen; port 0 picks one free port for all addresses of the host.

    Raises OSError when the address is taken or does not exist; nothing stays bound then.
    """
    listeners = await trio.open_tcp_listeners(port, host=host, backlog=backlog)
    if port != 0 or len(listeners) == 1:
        return listeners
    # Each address got a port of its own; one is enough, and one is what the ready line can name.
    for extra in listeners[1:]:
        await extra.aclose()
    return listeners[:1]


def peer_address(stream: trio.SocketStream) -> IPv4Address | IPv6Address | None:
    """Return the peer's address, an IPv4-mapped one as IPv4; None when the socket is not TCP.

    Raises OSError when the peer has gone already.
    """
    name = stream.socket.getpeername()
    return address_of(name[0]) if isinstance(name, tuple) else None


def reset(stream: trio.SocketStream) -> None:
    """Close the socket at once, dropping what was not sent. Wakes tasks blocked on it; never blocks or raises."""
    with contextlib.suppress(OSError):  # closed already, or no TCP socket
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    stream.socket.close()


def _names(group: BaseExceptionGroup[Exception]) -> str:
    """Name the leaf exceptions, each kind once: their messages may hold what the peer sent."""
    names: dict[str, None] = {}
    for error in group.exceptions:
        names.setdefault(_names(error) if isinstance(error, BaseExceptionGroup) else type(error).__name__)
    return ",".join(names)
