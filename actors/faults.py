"""Why a request got no answer of its own: the one place where faults of runtime and ports become refusals. Pure.

A refusal that is temporary promises that nothing was done, or that doing it again is harmless; what may have been done
half, and cannot be repeated blindly, is `internal`. Every edge, native or HTTP, says it in its own words from there.
"""

from actors.messages.outcomes import Refused, not_found
from actors.ports import LogBusy, PortError
from actors.runtime.errors import Interrupted, MailboxFull, NoSuchActor, Quarantined, Stopped
from protocol.codes import ErrorCode

FULL_RETRY_MS = 200
RESTART_RETRY_MS = 500
STOPPED_RETRY_MS = 2_000


def refusal_for(fault: object) -> Refused:
    """Why a request got no answer of its own: a `RuntimeFault`, a `PortError`, or something that nobody expected."""
    match fault:
        case MailboxFull():
            return _temporary(ErrorCode.BUSY, "too much is waiting here, slow down", FULL_RETRY_MS)
        case Stopped():
            return _temporary(ErrorCode.UNAVAILABLE, "the hub is going away", STOPPED_RETRY_MS)
        case Quarantined(retry_s=retry_s):
            return _temporary(ErrorCode.UNAVAILABLE, "this is out of order for a moment", int(retry_s * 1_000) + 1)
        case Interrupted():
            return _temporary(ErrorCode.UNAVAILABLE, "this was interrupted, repeat it", RESTART_RETRY_MS)
        case NoSuchActor(address=address):
            return not_found(address.kind)
        case LogBusy(retry_ms=retry_ms):
            return _temporary(ErrorCode.BUSY, "the log is behind, slow down", retry_ms)
        case PortError(retry_ms=retry_ms):
            return _temporary(ErrorCode.UNAVAILABLE, "the store does not serve now", retry_ms)
        case _:
            # Crashed and AskTimeout among them: what was asked for may have been done.
            return Refused(code=ErrorCode.INTERNAL, message="something went wrong here; it may or may not be done")


def _temporary(code: ErrorCode, message: str, retry_ms: int) -> Refused:
    return Refused(code=code, message=message, retry_ms=retry_ms)
