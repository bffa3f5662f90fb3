"""What can be wrong with what a client sent.

PeerError              the peer's fault; the hub's own state is untouched
├── Refused            answer `error` (an `error` frame) and go on
└── Close              end the connection with `code` and `reason`
Inconsistent           a request whose fields contradict each other; the codec turns it into `Refused`
"""

from msgspec import Struct

from protocol.codes import CloseCode
from protocol.frames import Error


class PeerError(Exception):
    """The peer broke the protocol."""


class Refused(PeerError):
    """One frame is refused: answer it with `error`, the connection goes on. `request` is its type, where it has one."""

    def __init__(self, error: Error, request: type[Struct] | None = None) -> None:
        super().__init__(f"{error.code}: {error.message}")
        self.error = error
        self.request = request


class Close(PeerError):
    """The connection must end with this close code; `reason` is for people, at most 123 bytes of it are sent."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(f"{code.value} {reason}")
        self.code = code
        self.reason = reason
