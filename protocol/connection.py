"""The server's side of one connection, without I/O: what may come when.

    GREETING ── hello ──▶ OPEN ── bye ──▶ ENDED
        └──── Close ──────┴──── Close ──────▲

A hello that is refused leaves the connection in GREETING: the client may correct it until the deadline, which the
shell keeps. An ended connection stays ended, and says the same again to whatever still arrives.
"""

from enum import Enum
from typing import Final, NamedTuple

from protocol.codec import Codec
from protocol.codes import CloseCode
from protocol.errors import Close, Refused
from protocol.frames import AnyRequest, Bye, Hello


class State(Enum):
    """Where a connection stands."""

    GREETING = "waits for hello"
    OPEN = "serves"
    ENDED = "ended"


class End(NamedTuple):
    """With what a connection ends."""

    code: CloseCode
    reason: str


NO_HELLO: Final = End(CloseCode.MALFORMED, "the first frame must be hello")
SECOND_HELLO: Final = End(CloseCode.MALFORMED, "only the first frame may be hello")
SAID_BYE: Final = End(CloseCode.BYE, "bye")

STEPS: Final[dict[State, dict[type | None, State | End]]] = {
    State.GREETING: {Hello: State.OPEN, None: NO_HELLO},
    State.OPEN: {Hello: SECOND_HELLO, Bye: State.ENDED, None: State.OPEN},
}
"""What follows a request of this type; None stands for the other types."""


class ServerConnection:
    """Turns inbound WebSocket messages into requests that are in turn."""

    __slots__ = ("_end", "codec", "state")

    def __init__(self, codec: Codec) -> None:
        self.codec: Final = codec
        self.state = State.GREETING
        self._end = SAID_BYE

    def receive(self, payload: bytes | str) -> AnyRequest:
        """Return the next request.

        Raises `Refused`: answer it and go on; or `Close`: end the connection. After the `Bye` that this returns, every
        further message raises `Close` with 1000.
        """
        if self.state is State.ENDED:
            raise Close(*self._end)
        try:
            request = self.codec.decode(payload)
        except Refused as refused:
            self._check_turn(refused.request)
            raise
        except Close as close:
            self._finish(End(close.code, close.reason))
            raise
        self._step(type(request))
        return request

    def _check_turn(self, request: type | None) -> None:
        """End the connection if even a valid frame of this type could not come now; an unknown type always may."""
        if request is not None and isinstance(self._following(request), End):
            self._step(request)

    def _step(self, request: type) -> None:
        following = self._following(request)
        if isinstance(following, End):
            self._finish(following)
            raise Close(*following)
        self.state = following

    def _following(self, request: type) -> State | End:
        steps = STEPS[self.state]
        return steps.get(request, steps[None])

    def _finish(self, end: End) -> None:
        self.state = State.ENDED
        self._end = end
