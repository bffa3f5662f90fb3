"""One TCP connection, from its accept until both sides have ended or the peer's time is up."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

import trio
from trio_websocket import CloseReason, ConnectionClosed, WebSocketConnection

from hub.accept import reset
from hub.ws.client import INTERNAL_ERROR
from hub.ws.handshake import OFFER, Refusal, response
from hub.ws.library import Railing, receive_request
from hub.ws.outgoing import Outgoing
from hub.ws.stream import HubStream
from hub.ws.terms import Times
from hub.ws.transport import Transport, discard
from hub.ws.usher import Admission, Party, Usher
from protocol.websocket import close_frame

ABNORMAL_CLOSURE: Final = 1006

Open = Callable[[], Awaitable[Transport | None]]

log = logging.getLogger("hubbub.ws")


class Connection:
    """Owns the wire: a task that waits, trio-websocket's reader, and a writer while something waits to leave.

    Whoever ends the connection says its last words with `end`, which moves the one deadline there is. What is said
    before that is the `client`'s matter; there is one from the end of the handshake on.
    """

    __slots__ = (
        "_address",
        "_nursery",
        "_open",
        "_scope",
        "_shaken",
        "_shaking",
        "_stream",
        "_tcp",
        "_times",
        "_usher",
        "client",
        "outgoing",
    )

    _nursery: trio.Nursery
    _stream: HubStream
    outgoing: Outgoing

    def __init__(self, tcp: trio.SocketStream, address: str, times: Times, usher: Usher, open: Open) -> None:
        self._tcp = tcp
        self._address = address
        self._times = times
        self._usher = usher
        self._open = open
        self._scope = trio.CancelScope(deadline=trio.current_time() + times.handshake_s)
        self._shaking = trio.CancelScope()
        self._shaken = False  # the handshake is over, one way or the other
        self.client: Party | None = None

    async def run(self) -> None:
        """Serve the connection. Nothing that a peer does raises out of here; the caller closes the socket.

        A peer that has not ended by its deadline is reset. So it is on cancellation, with what waits for it lost.
        """
        try:
            with self._scope:
                transport = await self._open()
                if transport is not None:
                    await self._live(transport)
        finally:
            self._leave()
        if self._scope.cancelled_caught:
            reset(self._tcp)

    def end(self, last: bytes, deadline: float | None = None) -> None:
        """Say `last` behind what waits, and then nothing more; cut at `deadline`, by default the close deadline.

        Once the peer has got everything it has the close deadline to end too. Only the first call counts.
        """
        if self.outgoing.finished:
            return
        self.outgoing.finish(last)
        self._scope.deadline = self._close_by() if deadline is None else deadline
        self._progressed()

    def go_away(self, retry_ms: int, deadline: float) -> None:
        """The hub stops: the client is told and has until `deadline`; one that is not there yet is cut."""
        if self.client is not None:
            self.client.go_away(retry_ms, deadline)
        elif not self._shaken:
            self._scope.cancel()
        # Otherwise it is ending already, and has its deadline.

    async def _live(self, transport: Transport) -> None:
        async with trio.open_nursery() as self._nursery:
            self.outgoing = Outgoing(transport, self._start_writer, self._progressed)
            self._stream = HubStream(transport, self.outgoing, self._usher.max_bytes)
            try:
                await self._converse()
                self._hurry()
                await self.outgoing.flushed()
                await _quietly(transport.end())
            finally:
                self.outgoing.abandon()
        if not self._stream.peer_closed:
            await _quietly(discard(transport))

    async def _converse(self) -> None:
        try:
            socket, admission = await self._shake_hands()
        except Refusal as refusal:
            self._shaken = True
            self._stream.turn_deaf()
            if not self._stream.answered:
                self.end(response(refusal))
            return
        self._shaken = True
        self._scope.deadline = math.inf
        client = self._admit(admission)
        if client is not None:
            if admission.words is not None:
                await client.take(admission.words)
            self._stream.open(client)
            await self._listen(socket, client)
            self._leave()

    async def _shake_hands(self) -> tuple[WebSocketConnection, Admission]:
        """Return what came of it.

        Raises Refusal, also when the peer sends what is no request at all.
        """
        with self._shaking:
            railing = Railing(self._nursery, self._reader_ended)
            request = await receive_request(railing, self._stream, self._usher.max_bytes)
            admission = self._usher.judge(request, self._address)
            return await request.accept(subprotocol=admission.subprotocol), admission
        raise Refusal(HTTPStatus.BAD_REQUEST, f"not a WebSocket request; {OFFER}")

    def _admit(self, admission: Admission) -> Party | None:
        """Open the client's door. Whatever goes wrong behind it ends this connection only."""
        try:
            self.client = admission.open(self)
        except Exception:
            log.exception("cannot open a door")
            self._stream.turn_deaf()
            self.end(close_frame(INTERNAL_ERROR, "internal error"))
        return self.client

    async def _listen(self, socket: WebSocketConnection, client: Party) -> None:
        """Handle what comes in fragments, until the library has seen the end."""
        try:
            while True:
                await client.take(await socket.get_message())
                self._stream.returned()
        except ConnectionClosed as closed:
            self._answer(closed.reason)

    def _answer(self, reason: CloseReason | None) -> None:
        if reason is None or reason.code == ABNORMAL_CLOSURE:
            self.outgoing.abandon()
        else:
            # The library answers a close by itself, but only notes the code when it finds a violation.
            self.end(close_frame(reason.code, reason.reason or ""))

    def _leave(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            client.left()

    def _reader_ended(self, error: Exception | None) -> None:
        self._shaking.cancel()
        if error is not None and self.client is not None:
            log.error("the reader failed", exc_info=error)
            self.end(close_frame(INTERNAL_ERROR, "internal error"))

    def _start_writer(self) -> None:
        self._nursery.start_soon(self.outgoing.write)

    def _progressed(self) -> None:
        if not self.outgoing.finished:
            if self.client is not None:
                self.client.progressed()
        elif not self.outgoing.waiting:
            self._hurry()

    def _hurry(self) -> None:
        self._scope.deadline = min(self._scope.deadline, self._close_by())

    def _close_by(self) -> float:
        return trio.current_time() + self._times.close_s


async def _quietly(step: Awaitable[None]) -> None:
    """Take a step that a peer which is gone cannot take with us."""
    with contextlib.suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
        await step
