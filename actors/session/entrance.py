"""The way in for one connection, whatever it speaks: who comes in, and what is left when it goes."""

from collections.abc import Callable
from dataclasses import dataclass

import trio

from actors.bucket import Rate
from actors.messages.conversation import Unsubscribe
from actors.messages.outcomes import Refused
from actors.messages.presence import Departed
from actors.messages.session import Drained, Frame
from actors.ports import Clock, Gate
from actors.runtime.errors import Refusal
from actors.runtime.reply import ReplyTo
from actors.session.ports import Doorkeeper, Refs
from actors.session.replies import Greeting
from actors.switchboard import Connected, Outbox, Switchboard
from protocol.codes import CloseCode
from protocol.errors import Close
from protocol.frames import AnyRequest, Hello


@dataclass(frozen=True, slots=True)
class DoorPorts:
    """What all doors share. `publish_rate` bounds what each session writes; `monotonic` answers in seconds."""

    doorkeeper: Doorkeeper
    switchboard: Switchboard
    refs: Refs
    clock: Clock
    publish_rate: Rate
    monotonic: Callable[[], float] = trio.current_time


class Entrance:
    """One connection as the actors see it: what all doors have in common.

    `drained`, `ponged` and `closed` are called by the connection's reader.
    """

    __slots__ = ("_address", "_gate", "_outbox", "_ports", "_session")

    def __init__(self, ports: DoorPorts, outbox: Outbox, gate: Gate, address: str) -> None:
        self._ports = ports
        self._outbox = outbox
        self._gate = gate
        self._address = address
        self._session: Connected | None = None

    @property
    def signed_in(self) -> bool:
        """Whether `hello` was accepted: what the hello deadline looks at."""
        return self._session is not None

    def drained(self, convs: list[int]) -> None:
        """The outbox has room again for what it refused of these conversations. Never blocks or raises."""
        if self._session is not None:
            self._tell("session", self._session.id, Drained(convs=convs), None, urgent=True)

    def ponged(self, payload: bytes) -> None:
        """The client has answered a ping with this payload. Never blocks or raises."""

    def closed(self) -> None:
        """The connection is gone: forget the session everywhere. Never blocks or raises; a second call does nothing."""
        session, self._session = self._session, None
        if session is None:
            return
        # First, so that a session that is just being welcomed takes no further place.
        switchboard = self._ports.switchboard
        switchboard.leave(session.id)
        seen = [conv for conv in session.progress.small if session.id in switchboard.owners(conv)]
        self._tell("presence", "hub", Departed(session=session.id, convs=seen), None, urgent=True)
        for conv in session.progress.rooms | session.progress.invited:
            self._forget_place(session, conv)

    async def _sign_in(self, hello: Hello) -> None:
        signed_in = await self._ports.doorkeeper.sign_in(hello, self._address, self._outbox, self._gate)
        greeting = Greeting(self._outbox, self._gate, hello.ref)
        if isinstance(signed_in, Refused):
            greeting.answer(signed_in)
            return
        self._session = signed_in
        await self._begin(signed_in, hello, greeting)

    async def _begin(self, session: Connected, hello: Hello, greeting: Greeting) -> None:
        """Have the session begin."""
        self._tell("session", session.id, Frame(frame=hello), greeting)

    def _forget_place(self, session: Connected, conv: int) -> None:
        """By message, behind the `Subscribe` that may still wait; a conversation that takes none has none waiting."""
        ref = self._ports.refs.ref("conversation", conv)
        try:
            ref.tell(Unsubscribe(session=session.id), urgent=True)
        except Refusal:
            self._ports.switchboard.room(conv).forget(session.id)
            self._ports.switchboard.discard(conv)

    def _tell(
        self, kind: str, key: int | str, message: object, reply_to: ReplyTo | None, *, urgent: bool = False
    ) -> None:
        try:
            self._ports.refs.ref(kind, key).tell(message, reply_to, urgent=urgent)
        except Refusal as refusal:
            if reply_to is not None:
                reply_to.answer(refusal)


def greeted(request: AnyRequest) -> Hello:
    """The request, which is the first one. Raises `Close` for one behind a hello that was refused."""
    if not isinstance(request, Hello):
        raise Close(CloseCode.NOT_AUTHENTICATED, "not signed in")
    return request
