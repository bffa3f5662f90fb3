"""One peer of Socket.IO, as handlers see it: it joins, says something, is told something, and leaves."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from typing import Any, Final

import trio

from actors.runtime.alarms import Alarm, Alarms
from http_edge.socketio.channel import Channel, End, Line
from http_edge.socketio.handler import Handler
from http_edge.socketio.handshake import Handshake
from http_edge.socketio.terms import Terms
from protocol.codes import CloseCode
from protocol.socketio import packets
from protocol.socketio.engine import EnginePacket
from protocol.socketio.errors import Denied, Violation
from protocol.socketio.membership import Join, Leave, Said, Step, TurnAway, step
from protocol.socketio.packets import ROOT, Assembler
from protocol.socketio.parcel import Parcel

ID_BYTES: Final = 20
INTERNAL_ERROR: Final = 1011

log = logging.getLogger("hubbub.socketio")


def new_id() -> str:
    """Return an id that nobody guesses: who knows a session's may speak for it."""
    return secrets.token_urlsafe(ID_BYTES)


class Session:
    """A peer from its first request on. `client_id` is what it knows itself by, and is no secret.

    What goes to it never blocks: `emit` for one, `send` for a parcel that many get. A peer that does not keep up is
    disconnected.
    """

    def __init__(
        self,
        handshake: Handshake,
        handler: Handler,
        terms: Terms,
        alarms: Alarms,
        line: Line | None,
        ended: Callable[[Session, int], None],
    ) -> None:
        self.id = new_id()
        self.client_id = new_id()
        self.handshake = handshake
        self.joined = False
        self.channel = Channel(terms, alarms, line, self._over)
        self._handler = handler
        self._terms = terms
        self._alarms = alarms
        self._ended = ended
        self._assembler = Assembler(terms.max_payload_bytes)
        self._turn = trio.Lock()
        self._patience: Alarm = self._run_out()

    def emit(self, event: str, *args: Any) -> None:
        """Tell it something; `args` are JSON, or bytes anywhere in it."""
        self.send(packets.event(event, *args))

    def send(self, parcel: Parcel) -> None:
        """Tell it what was made ready for many."""
        if self.joined:
            self.channel.send(parcel)

    def offer(self, parcel: Parcel) -> bool:
        """Tell it, unless half of what may wait for it does. False: nothing was sent.

        The other half is for what is lost where there is no room.
        """
        if not self.joined or self.channel.waiting > self._terms.outbox_bytes // 2:
            return False
        self.channel.send(parcel)
        return True

    def dismiss(self) -> None:
        """Put it out: stock clients stay away until a person, or their program, has them connect again."""
        if self.joined:
            self.channel.send(packets.dismissed())
        self.channel.end(CloseCode.REVOKED, "not allowed any more", End.LAST_WORDS)

    def end(self, code: int, reason: str) -> None:
        """End it, for its peer to notice and to come back."""
        self.channel.end(code, reason)

    async def take(self, packet: EnginePacket) -> None:
        """Handle what came. What breaks the protocol, and a bug behind the handler, end this session.

        Calls follow one another. One that is cancelled leaves the packet half handled: then the session must end.
        """
        async with self._turn:
            if self.channel.over:
                return
            self.channel.heart.handling()
            try:
                await self._take(packet)
            except Violation as violation:
                self.end(CloseCode.MALFORMED, str(violation))
            except Exception:
                log.exception("a packet could not be handled")
                self.end(INTERNAL_ERROR, "internal error")
            finally:
                self.channel.heart.handled(trio.current_time())

    async def _take(self, packet: EnginePacket) -> None:
        message = self.channel.take(packet)
        assembled = None if message is None else self._assembler.take(message)
        todo = None if assembled is None else step(assembled, joined=self.joined)
        if todo is not None:
            await self._do(todo)

    async def _do(self, todo: Step) -> None:
        match todo:
            case Join(auth):
                await self._join(auth)
            case TurnAway(namespace):
                self.channel.send(packets.denied(namespace, "Invalid namespace"))
            case Leave():
                self._leave()
                self._patience = self._run_out()
            case Said(name, args, id):
                answer = await self._handler.event(self, name, args)
                if id is not None:
                    self.send(packets.ack(id, answer))

    async def _join(self, auth: Any) -> None:
        try:
            admitted = await self._handler.connect(self, auth)
        except Denied as denied:
            self.channel.send(packets.denied(ROOT, denied.message))
            return
        if self.channel.over:
            return
        self._alarms.cancel(self._patience)
        self.joined = True
        self.send(packets.connected(self.client_id))
        if self.joined:
            self._handler.joined(self, admitted)

    def _leave(self) -> None:
        if self.joined:
            self.joined = False
            self._handler.left(self)

    def _over(self, code: int) -> None:
        self._alarms.cancel(self._patience)
        self._leave()
        self._ended(self, code)

    def _run_out(self) -> Alarm:
        deadline = trio.current_time() + self._terms.connect_timeout_s
        return self._alarms.set(deadline, self._did_not_join)

    def _did_not_join(self) -> None:
        self.end(CloseCode.NO_HELLO, "no connect in time")
