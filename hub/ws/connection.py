"""One TCP connection, from its accept until both sides have ended or the peer's time is up."""

from __future__ import annotations

import contextlib
import logging
import math
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import trio

from hub.accept import reset
from hub.ws.client import INTERNAL_ERROR
from hub.ws.handshake import OFFER, Refusal, response
from hub.ws.hearing import hear
from hub.ws.intake import Intake
from hub.ws.library import Railing, receive_request
from hub.ws.outgoing import Outgoing
from hub.ws.stream import HandshakeStream
from hub.ws.terms import Times
from hub.ws.transport import Transport, discard
from hub.ws.usher import Admission, Party, Usher
from protocol.websocket import close_frame

Open = Callable[[], Awaitable[Transport | None]]

log = logging.getLogger("hubbub.ws")


class Connection:
    """Owns the wire: a task that reads, and a writer while something waits to leave.

    Whoever ends the connection says its last words with `end`, which moves the one deadline there is. What is said
    before that is the `client`'s matter; there is one from the end of the handshake on.
    """

    __slots__ = (
        "_address",
        "_nursery",
        "_open",
        "_peer_closed",
        "_scope",
        "_shaken",
        "_tcp",
        "_times",
        "_usher",
        "client",
        "outgoing",
    )

    _nursery: trio.Nursery
    outgoing: Outgoing

    def __init__(self, tcp: trio.SocketStream, address: str, times: Times, usher: Usher, open: Open) -> None:
        self._tcp = tcp
        self._address = address
        self._times = times
        self._usher = usher
        self._open = open
        self._scope = trio.CancelScope(deadline=trio.current_time() + times.handshake_s)
        self._peer_closed = False
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
            try:
                await self._converse(transport)
                self._hurry()
                await self.outgoing.flushed()
                await _quietly(transport.end())
            finally:
                self.outgoing.abandon()
        if not self._peer_closed:
            await _quietly(discard(transport))

    async def _converse(self, transport: Transport) -> None:
        invited = await self._shake_hands(transport)
        self._shaken = True
        if invited is None:
            return
        admission, behind = invited
        self._scope.deadline = math.inf
        client = self._admit(admission)
        if client is not None:
            if admission.words is not None:
                await client.take(admission.words)
            await self._listen(behind, transport, client)
            self._leave()

    async def _shake_hands(self, transport: Transport) -> tuple[Admission, bytes] | None:
        """Return whom to let in, and what came behind the request; None for a peer that was refused."""
        stream = HandshakeStream(transport, self.outgoing)
        shaking = trio.CancelScope()
        railing = Railing(self._nursery, shaking.cancel)
        refusal = Refusal(HTTPStatus.BAD_REQUEST, f"not a WebSocket request; {OFFER}")
        try:
            with shaking:
                request = await receive_request(railing, stream)
                admission = self._usher.judge(request, self._address)
                await request.accept(subprotocol=admission.subprotocol)
                return admission, stream.behind
        except Refusal as problem:
            refusal = problem
        finally:
            railing.release()
        if not stream.answered:
            self.end(response(refusal))
        return None

    def _admit(self, admission: Admission) -> Party | None:
        """Open the client's door. Whatever goes wrong behind it ends this connection only."""
        try:
            self.client = admission.open(self)
        except Exception:
            log.exception("cannot open a door")
            self.end(close_frame(INTERNAL_ERROR, "internal error"))
        return self.client

    async def _listen(self, behind: bytes, transport: Transport, client: Party) -> None:
        """Handle what the client says, until it says no more."""
        closing = None
        with contextlib.suppress(OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            closing = await hear(behind, transport, Intake(self._usher.max_bytes), client, self.outgoing)
        if closing is None:
            self.outgoing.abandon()
            return
        self._peer_closed = bool(closing.answer)
        self.end(closing.answer or close_frame(closing.code, closing.reason))

    def _leave(self) -> None:
        client, self.client = self.client, None
        if client is not None:
            client.left()

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
