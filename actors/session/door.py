"""The door of a native connection: bytes come in here and go to whom they concern.

What is hot (publish, edit, delete, react, markers, typing) goes straight to the conversation, without a hop or a task
switch; all else waits at the session's desk, where a slow search holds up nothing but the requests behind it.
"""

from actors.bucket import Bucket
from actors.messages.outcomes import Refused
from actors.messages.session import Frame
from actors.ports import Gate
from actors.runtime.reply import ReplyTo
from actors.session import hot
from actors.session.answers import error
from actors.session.entrance import DoorPorts, Entrance, greeted
from actors.session.replies import Answer, Complaint, send
from actors.switchboard import Connected, Outbox
from protocol import errors
from protocol.codec import Codec
from protocol.codes import CloseCode, ErrorCode
from protocol.connection import ServerConnection
from protocol.errors import Close
from protocol.frames import AnyRequest, Bye, Read


class Door(Entrance):
    """The door of a native client. Calls of `take` must not overlap."""

    __slots__ = ("_bucket", "_connection")

    def __init__(self, ports: DoorPorts, codec: Codec, outbox: Outbox, gate: Gate, address: str) -> None:
        super().__init__(ports, outbox, gate, address)
        self._connection = ServerConnection(codec)
        self._bucket = Bucket(ports.publish_rate, ports.monotonic())

    async def take(self, payload: bytes | str) -> None:
        """Handle one message of the client: bytes for a binary one, str for a text one.

        Raises `protocol.errors.Close` when the connection must end; what was answered before that is to be flushed.
        Only a sign-in takes long. Cancelling a sign-in leaves nothing behind but what `closed` puts away.
        """
        came = self._ports.monotonic()
        try:
            request = self._connection.receive(payload)
        except errors.Refused as refused:
            send(self._outbox, refused.error)
            return
        if self._session is None:
            await self._sign_in(greeted(request))
        elif not self._session.ended:
            self._serve(self._session, request, came)

    def _serve(self, session: Connected, request: AnyRequest, came: float) -> None:
        if isinstance(request, hot.Write):
            self._write(session, request, came)
        elif isinstance(request, hot.Sign):
            self._sign(session, request)
        elif isinstance(request, Bye):
            raise Close(CloseCode.BYE, "bye")
        else:
            self._tell("desk", session.id, Frame(frame=request), Answer(self._outbox, request.ref))

    def _write(self, session: Connected, request: hot.Write, came: float) -> None:
        refused = self._over_the_rate(came)
        if refused is not None:
            send(self._outbox, error(request.ref, refused))
            return
        if hot.needs_files(request):
            self._tell("desk", session.id, Frame(frame=request), Answer(self._outbox, request.ref))
            return
        message = hot.WRITES[type(request)](request, session.caller, came)
        self._tell("conversation", request.conv, message, Answer(self._outbox, request.ref))

    def _sign(self, session: Connected, request: hot.Sign) -> None:
        message = hot.SIGNS[type(request)](request, session.caller)
        self._tell("conversation", request.conv, message, self._listener(request))

    def _listener(self, request: hot.Sign) -> ReplyTo | None:
        """Only `read` is answered when all is well: somebody may count on it."""
        if request.ref is None:
            return None
        return (Answer if isinstance(request, Read) else Complaint)(self._outbox, request.ref)

    def _over_the_rate(self, now: float) -> Refused | None:
        wait_s = self._bucket.take(now)
        if not wait_s:
            return None
        return Refused(code=ErrorCode.RATE_LIMITED, message="slow down", retry_ms=int(wait_s * 1_000) + 1)
