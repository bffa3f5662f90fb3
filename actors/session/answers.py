"""What an outcome looks like on the wire: the one place where outcomes and faults become `ok` and `error`. Pure.

An `error` that is temporary promises that nothing was done, or that doing it again is harmless; what may have been done
half, and cannot be repeated blindly, is `internal`.
"""

from typing import cast

from actors.messages.outcomes import (
    AnyOutcome,
    BotSaved,
    Changed,
    Described,
    Done,
    NotMember,
    Outcome,
    Published,
    Refused,
    UserSaved,
    not_found,
)
from actors.ports import LogBusy, PortError
from actors.runtime.errors import Interrupted, MailboxFull, NoSuchActor, Quarantined, Stopped
from protocol.codes import ErrorCode
from protocol.frames import Error, Ok

FULL_RETRY_MS = 200
RESTART_RETRY_MS = 500
STOPPED_RETRY_MS = 2_000


def answer_to(ref: int, outcome: object) -> Ok | Error:
    """The answer to the request with this `ref`. A frame as outcome is the answer already."""
    if isinstance(outcome, Ok | Error):
        return outcome
    if isinstance(outcome, Outcome):
        return ok_or_refused(ref, cast("AnyOutcome", outcome))
    return error(ref, refusal_for(outcome))


def ok_or_refused(ref: int, outcome: AnyOutcome) -> Ok | Error:
    """What an actor answered."""
    match outcome:
        case Published(conv=conv, seq=seq, id=id, at=at, dup=dup):
            return Ok(ref=ref, conv=conv, seq=seq, id=id, at=at, dup=dup)
        case Changed(seq=seq):
            return Ok(ref=ref, seq=seq)
        case Described(summary=summary):
            return Ok(ref=ref, conversation=summary)
        case BotSaved(bot=bot):
            return Ok(ref=ref, bot=bot)
        case UserSaved(user=user):
            return Ok(ref=ref, user=user)
        case Done():
            return Ok(ref=ref)
        case NotMember():
            return error(ref, not_found("conversation", "conv"))
        case Refused():
            return error(ref, outcome)


def error(ref: int | None, refused: Refused) -> Error:
    """The `error` frame for a refusal."""
    return Error(
        ref=ref,
        code=refused.code.value,
        message=refused.message,
        retry_ms=refused.retry_ms,
        field=refused.field,
    )


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
