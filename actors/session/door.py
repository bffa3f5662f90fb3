"""The door of one connection: bytes come in here and go to whom they concern.

What is hot (publish, edit, delete, react, markers, typing) goes straight to the conversation, without a hop or a task
switch; all else waits at the session's desk, where a slow search holds up nothing but the requests behind it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import trio

from actors.bucket import Bucket, Rate
from actors.messages.conversation import Unsubscribe
from actors.messages.outcomes import Refused
from actors.messages.presence import Departed
from actors.messages.session import Drained, Frame
from actors.ports import Gate
from actors.runtime.errors import Refusal
from actors.runtime.reply import ReplyTo
from actors.session import hot
from actors.session.answers import error
from actors.session.ports import Doorkeeper, Refs
from actors.session.replies import Answer, Complaint, Greeting, send
from actors.switchboard import Connected, Outbox, Switchboard
from protocol import errors
from protocol.codec import Codec
from protocol.codes import CloseCode, ErrorCode
from protocol.connection import ServerConnection
from protocol.errors import Close
from protocol.frames import AnyRequest, Bye, Hello, Read


@dataclass(frozen=True, slots=True)
class DoorPorts:
    """What all doors share. `publish_rate` bounds what each session writes; `monotonic` answers in seconds."""

    doorkeeper: Doorkeeper
    switchboard: Switchboard
    refs: Refs
    publish_rate: Rate
    monotonic: Callable[[], float] = trio.current_time


class Door:
    """One connection as the actors see it. `take`, `drained` and `closed` are called by the connection's reader.

    Calls of `take` must not overlap.
    """

    __slots__ = ("_address", "_bucket", "_connection", "_gate", "_outbox", "_ports", "_session")

    def __init__(self, ports: DoorPorts, codec: Codec, outbox: Outbox, gate: Gate, address: str) -> None:
        self._ports = ports
        self._connection = ServerConnection(codec)
        self._outbox = outbox
        self._gate = gate
        self._address = address
        self._bucket = Bucket(ports.publish_rate, ports.monotonic())
        self._session: Connected | None = None

    @property
    def signed_in(self) -> bool:
        """Whether `hello` was accepted: what the hello deadline looks at."""
        return self._session is not None

    async def take(self, payload: bytes | str) -> None:
        """Handle one message of the client: bytes for a binary one, str for a text one.

        Raises `protocol.errors.Close` when the connection must end; what was answered before that is to be flushed.
        Only a sign-in takes long. Cancelling a sign-in leaves nothing behind but what `closed` puts away.
        """
        try:
            request = self._connection.receive(payload)
        except errors.Refused as refused:
            send(self._outbox, refused.error)
            return
        if self._session is None:
            await self._sign_in(request)
        elif not self._session.ended:
            self._serve(self._session, request)

    def drained(self, convs: list[int]) -> None:
        """The outbox has room again for what it refused of these conversations. Never blocks or raises."""
        if self._session is not None:
            self._tell("session", self._session.id, Drained(convs=convs), None, urgent=True)

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
        for conv in session.progress.rooms:
            self._forget_place(session, conv)

    def _forget_place(self, session: Connected, conv: int) -> None:
        """By message, behind the `Subscribe` that may still wait; a conversation that takes none has none waiting."""
        ref = self._ports.refs.ref("conversation", conv)
        try:
            ref.tell(Unsubscribe(session=session.id), urgent=True)
        except Refusal:
            self._ports.switchboard.room(conv).forget(session.id)
            self._ports.switchboard.discard(conv)

    async def _sign_in(self, request: AnyRequest) -> None:
        if not isinstance(request, Hello):
            raise Close(CloseCode.NOT_AUTHENTICATED, "not signed in")
        signed_in = await self._ports.doorkeeper.sign_in(request, self._address, self._outbox, self._gate)
        greeting = Greeting(self._outbox, self._gate, request.ref)
        if isinstance(signed_in, Refused):
            greeting.answer(signed_in)
            return
        self._session = signed_in
        self._tell("session", signed_in.id, Frame(frame=request), greeting)

    def _serve(self, session: Connected, request: AnyRequest) -> None:
        if isinstance(request, hot.Write):
            self._write(session, request)
        elif isinstance(request, hot.Sign):
            self._sign(session, request)
        elif isinstance(request, Bye):
            raise Close(CloseCode.BYE, "bye")
        else:
            self._tell("desk", session.id, Frame(frame=request), Answer(self._outbox, request.ref))

    def _write(self, session: Connected, request: hot.Write) -> None:
        refused = self._over_the_rate()
        if refused is not None:
            send(self._outbox, error(request.ref, refused))
            return
        if hot.needs_files(request):
            self._tell("desk", session.id, Frame(frame=request), Answer(self._outbox, request.ref))
            return
        message = hot.WRITES[type(request)](request, session.caller)
        self._tell("conversation", request.conv, message, Answer(self._outbox, request.ref))

    def _sign(self, session: Connected, request: hot.Sign) -> None:
        message = hot.SIGNS[type(request)](request, session.caller)
        self._tell("conversation", request.conv, message, self._listener(request))

    def _listener(self, request: hot.Sign) -> ReplyTo | None:
        """Only `read` is answered when all is well: somebody may count on it."""
        if request.ref is None:
            return None
        return (Answer if isinstance(request, Read) else Complaint)(self._outbox, request.ref)

    def _over_the_rate(self) -> Refused | None:
        wait_s = self._bucket.take(self._ports.monotonic())
        if not wait_s:
            return None
        return Refused(code=ErrorCode.RATE_LIMITED, message="slow down", retry_ms=int(wait_s * 1_000) + 1)

    def _tell(
        self, kind: str, key: int | str, message: object, reply_to: ReplyTo | None, *, urgent: bool = False
    ) -> None:
        try:
            self._ports.refs.ref(kind, key).tell(message, reply_to, urgent=urgent)
        except Refusal as refusal:
            if reply_to is not None:
                reply_to.answer(refusal)
