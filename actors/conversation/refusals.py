"""Why a request is not done.

    NotDone        raised by the rules and the handlers of requests; `outcome` is the answer. Nothing was changed.

`actors.ports.StoreUnavailable` may be raised beside it, and `of_port` makes an answer of that.
"""

from actors.messages.outcomes import Refused
from actors.ports import LogBusy, PortError
from protocol.codes import ErrorCode

BUSY_RETRY_MS = 100


class NotDone(Exception):
    """The request is refused."""

    def __init__(self, outcome: Refused) -> None:
        super().__init__(outcome.message)
        self.outcome = outcome


def busy() -> Refused:
    """Answer for a change that would make too much wait for the disk."""
    message = "too much of this conversation waits for the disk: try again"
    return Refused(code=ErrorCode.BUSY, message=message, retry_ms=BUSY_RETRY_MS)


def unavailable(message: str, retry_ms: int) -> Refused:
    """Answer for what storage or another actor cannot do now."""
    return Refused(code=ErrorCode.UNAVAILABLE, message=message, retry_ms=retry_ms)


def of_port(error: PortError) -> Refused:
    """Answer for what a port refused."""
    code = ErrorCode.BUSY if isinstance(error, LogBusy) else ErrorCode.UNAVAILABLE
    return Refused(code=code, message=str(error), retry_ms=error.retry_ms)


def conflict(message: str) -> Refused:
    """Answer for a change that contradicts what is there."""
    return Refused(code=ErrorCode.CONFLICT, message=message)
